"""Contacts of specialists with their experts."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class CareContact(Identified, Scoped, Base):
    """One call, visit or message: who was in touch with whom, when, and a few words. No place, no photograph."""

    __tablename__ = "care_contacts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "number"),
        within("person_id", "persons"),
        CheckConstraint("way in ('call', 'visit', 'message')", name="way"),
        Index("ix_care_contacts_person", "person_id", "on_day"),
    )

    number: Mapped[str]
    person_id: Mapped[int]
    way: Mapped[str]
    on_day: Mapped[date]
    words: Mapped[str] = mapped_column(default="")
    wish: Mapped[str] = mapped_column(default="")
    made_by: Mapped[int]
    at: Mapped[datetime]
