"""What persons ask of the office about their own data, with its limit and its answer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class DataRequest(Identified, Scoped, Base):
    """One request (rules/data_requests.py). Words and answer are sealed with the person's key, and so is the copy.

    `state`: open, done, refused. At most one of a kind is open for a person. `storage_key` is the finished copy while
    it may be fetched, until `expires_on`; `receipt` what an erasure removed and what it kept (rules/erasure.py).
    """

    __tablename__ = "data_requests"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        Index(
            "uq_data_requests_open",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
        Index("ix_data_requests_due", "district_id", "state", "due_on"),
    )

    person_id: Mapped[int]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    words_sealed: Mapped[bytes | None]
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]
    due_on: Mapped[date]
    answer_sealed: Mapped[bytes | None]
    basis: Mapped[str] = mapped_column(default="")
    receipt: Mapped[dict[str, Any] | None]
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    storage_key: Mapped[str | None]
    sha256: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    expires_on: Mapped[date | None]
