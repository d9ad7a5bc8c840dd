"""Hand-overs of a specialist's whole work, with the list that was signed."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped


class Handover(Identified, Scoped, Base):
    """One specialist's experts and open cases go to another; the list is kept as it was signed.

    `lines` holds {"experts": [id], "deputy_of": [id], "cases": [[id, number]],
    "cards": [id]}, `seal` its hash. It is empty until
    somebody signs: the list that is signed is the one of that moment.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("giver_id <> taker_id", name="two_people"),
        Index("ix_handovers_people", "district_id", "giver_id", "taker_id"),
        Index(
            "uq_handovers_open",
            "district_id",
            "giver_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )

    giver_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    taker_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    is_leaving: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    lines: Mapped[dict[str, Any] | None]
    seal: Mapped[str | None]
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    signed_by: Mapped[int | None]
    signed_at: Mapped[datetime | None]
