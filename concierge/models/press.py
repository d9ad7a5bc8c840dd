"""Publicity and honours: what was reported of experts and teams with their consent, and how they were honoured."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class PressItem(Case):
    """An item of publicity (宣传报道) of a unit: written, checked by somebody else, published on a day in a channel.

    Its headline is the case's title. It may tell of one expert or of one team; `consent` says how those agreed whose
    file the district does not keep.
    """

    __tablename__ = "press_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        within("of_expert_id", "service_experts"),
        within("of_team_id", "service_teams"),
        CheckConstraint("of_expert_id is null or of_team_id is null", name="subject"),
        Index("ix_press_items_day", "district_id", "campaign_id", "published_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    channel: Mapped[str]
    words: Mapped[str]
    of_expert_id: Mapped[int | None]
    of_team_id: Mapped[int | None]
    consent: Mapped[str] = mapped_column(default="")
    published_on: Mapped[date | None]
    link: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("press_item", id, district_id)


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
