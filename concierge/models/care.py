"""Care requests and their ratings."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class CareRequest(Case):
    """Something an expert asked for (人文关怀). Medical and family notes are sealed, for the specialist alone."""

    __tablename__ = "care_requests"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("handling_unit_id", "units"),
        CheckConstraint("limit_days >= 0", name="limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    category: Mapped[str]
    channel: Mapped[str]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    limit_days: Mapped[int]
    text: Mapped[str]
    private_sealed: Mapped[bytes | None]
    handling_unit_id: Mapped[int | None]
    handler_id: Mapped[int | None]
    first_contact_id: Mapped[int]
    on_behalf: Mapped[bool] = mapped_column(default=False)
    authorisation: Mapped[str] = mapped_column(default="")
    was_extended: Mapped[bool] = mapped_column(default=False)
    extension_days: Mapped[int] = mapped_column(default=0)
    reply: Mapped[str] = mapped_column(default="")
    is_rated: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = detail("care_request", id, district_id)


class CareShare(Case):
    """What one of several units is asked about a care request: a child case with its own holder and clock."""

    __tablename__ = "care_shares"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("unit_id", "units"),
        CheckConstraint("limit_days >= 0", name="limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    unit_id: Mapped[int]
    handler_id: Mapped[int | None]
    limit_days: Mapped[int]
    asked: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("care_share", id, district_id)


class Rating(Identified, Scoped, Base):
    """The rating of one care request, answer or service: five levels (好差评), one per case, never edited."""

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "case_id"),
        within("case_id", "cases"),
        CheckConstraint("level between 1 and 5", name="level"),
        Index("ix_ratings_specialist", "specialist_id", "at"),
    )

    case_id: Mapped[int]
    specialist_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    level: Mapped[int]
    words: Mapped[str] = mapped_column(default="")
    tags: Mapped[list[Any] | None]
    at: Mapped[datetime]


class RatingAppeal(Identified, Scoped, Base):
    """Whoever was rated says that a rating is mistaken; somebody else decides. An accepted one leaves the results."""

    __tablename__ = "rating_appeals"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "rating_id"),
        within("rating_id", "ratings"),
    )

    rating_id: Mapped[int]
    reason: Mapped[str]
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    made_at: Mapped[datetime]
    is_accepted: Mapped[bool | None]
    decision: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None]
    decided_at: Mapped[datetime | None]
