"""Publicity and honours: what was reported of experts and teams with their consent, and how they were honoured."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class PressItem(Identified, Scoped, Base):
    """An item of publicity (宣传报道) of a unit: written, checked by somebody else, published on a day in a channel.

    It may tell of one expert or of one team; `consent` says how those agreed whose file the district does not keep.
    """

    __tablename__ = "press_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        within("expert_id", "service_experts"),
        within("team_id", "service_teams"),
        CheckConstraint("expert_id is null or team_id is null", name="subject"),
        CheckConstraint("published_on is null or checked_at is not null", name="checked"),
        Index("ix_press_items_day", "district_id", "campaign_id", "published_on"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    channel: Mapped[str]
    title: Mapped[str]
    words: Mapped[str]
    expert_id: Mapped[int | None]
    team_id: Mapped[int | None]
    consent: Mapped[str] = mapped_column(default="")
    written_by_key: Mapped[str]
    written_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    published_on: Mapped[date | None]
    link: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")


class Honour(Identified, Scoped, Base):
    """An honour of an expert whose file the district keeps; it stands in his applications for recognition."""

    __tablename__ = "honours"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "person_id", "name", "awarded_on"),
        within("person_id", "persons"),
        Index("ix_honours_person", "person_id", "awarded_on"),
    )

    person_id: Mapped[int]
    name: Mapped[str]
    level: Mapped[str]
    basis: Mapped[str]
    awarded_on: Mapped[date]
