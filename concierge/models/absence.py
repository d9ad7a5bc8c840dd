"""Who is away, and who stands in for him."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped


class Absence(Identified, Scoped, Base):
    """An account is away from a day to a day. The deputy does its work within a scope and up to an amount.

    What the deputy does not cover, or cannot do because he is away himself, is the fallback's.
    """

    __tablename__ = "absences"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("ends_on >= starts_on", name="days"),
        CheckConstraint("cap_fen >= 0", name="cap"),
        CheckConstraint(
            "deputy_id <> account_id and fallback_id <> account_id and fallback_id <> deputy_id", name="three_people"
        ),
        Index("ix_absences_account", "district_id", "account_id", "ends_on"),
        Index("ix_absences_deputy", "deputy_id", "ends_on"),
        Index("ix_absences_fallback", "fallback_id", "ends_on"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    fallback_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    covers: Mapped[str]
    cap_fen: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def away_on(day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Absences that run on a business day and were not ended early."""
    return (Absence.starts_on <= day) & (Absence.ends_on >= day) & Absence.ended_at.is_(None)
