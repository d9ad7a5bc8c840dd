"""What a campaign is to reach and who answers for it: bases, plans with their tasks, posts, topics, contributions."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class BasisDocument(Identified, Scoped, Base):
    """A document that a campaign and its plans rest on; `level` tells who issued it, from the centre downwards."""

    __tablename__ = "basis_documents"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "number"),
        within("campaign_id", "campaigns"),
    )

    campaign_id: Mapped[int]
    level: Mapped[str]
    number: Mapped[str]
    title: Mapped[str]
    issued_on: Mapped[date]


class Plan(Identified, Scoped, Base):
    """The plan (实施方案) of one field of a campaign, under a basis document."""

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "field_id"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("basis_id", "basis_documents"),
        CheckConstraint("starts_on <= ends_on", name="dates"),
    )

    campaign_id: Mapped[int]
    field_id: Mapped[int]
    basis_id: Mapped[int]
    title: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class PlanTask(Identified, Scoped, Base):
    """A task of a plan: how much of which measure is to be reached by when, and which unit answers for it.

    How much was reached is never kept: it is counted from the records of the plan's field whenever it is read.
    """

    __tablename__ = "plan_tasks"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("plan_id", "plans"),
        within("unit_id", "units"),
        CheckConstraint("target > 0", name="target"),
        Index("ix_plan_tasks_plan", "district_id", "plan_id", "due_on"),
    )

    plan_id: Mapped[int]
    unit_id: Mapped[int]
    words: Mapped[str]
    measure: Mapped[str]
    target: Mapped[int]
    due_on: Mapped[date]


class CampaignPost(Identified, Scoped, Base):
    """Who holds a post in a campaign, from and to a day: in the leading group, or as the one who answers for a unit.

    A unit has one first responsible person at a time.
    """

    __tablename__ = "campaign_posts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index(
            "uq_campaign_posts_first",
            "district_id",
            "campaign_id",
            "unit_id",
            unique=True,
            postgresql_where=text("post = 'first' and ends_on is null"),
            sqlite_where=text("post = 'first' and ends_on is null"),
        ),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    post: Mapped[str]
    person_name: Mapped[str]
    duty: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class Topic(Case):
    """A topic that is posted and claimed (揭榜领题): a deliverable by a day, the unit that took it, what came of it.

    Its title is the case's; the limit of the whole case is the day by which it is to be delivered.
    """

    __tablename__ = "topics"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index("ix_topics_campaign", "district_id", "campaign_id", "deliver_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    deliverable: Mapped[str]
    deliver_by: Mapped[date]
    unit_id: Mapped[int | None]
    report: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("topic", id, district_id)


class Contribution(Identified, Scoped, Base):
    """What a unit that supports the campaign or takes part in it did on a day, in its own words."""

    __tablename__ = "contributions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index("ix_contributions_unit", "district_id", "campaign_id", "unit_id", "happened_on"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    happened_on: Mapped[date]
    words: Mapped[str]
    recorded_by: Mapped[int]
    recorded_at: Mapped[datetime]
