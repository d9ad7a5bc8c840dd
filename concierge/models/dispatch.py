"""Dispatch orders: who was sent where, what was done there, and who was asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class DispatchOrder(Case):
    """One batch (批次): a need of a host unit, answered by one or more experts who go there together.

    It counts in the figures from the day in `served_on`; each of its members is one person-time (人次).
    `half_days` is the length of the service in half days. `named` counts who was named or asked. For a village its
    township answers (`answering_unit_id`), every other host answers for itself. `reference` is the order's number in
    the bureau's own list that it was imported from.
    """

    __tablename__ = "dispatch_orders"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("sector_id", "units"),
        within("host_unit_id", "units"),
        within("answering_unit_id", "units"),
        CheckConstraint("half_days > 0", name="half_days"),
        CheckConstraint("named >= 0", name="named"),
        Index("ix_dispatch_orders_served", "district_id", "campaign_id", "served_on", "field_id"),
        Index("ix_dispatch_orders_host", "host_unit_id", "served_on"),
        Index("ix_dispatch_orders_lead", "lead_person_id"),
        Index("uq_dispatch_orders_reference", "district_id", "field_id", "reference", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    field_id: Mapped[int]
    sector_id: Mapped[int]
    host_unit_id: Mapped[int]
    answering_unit_id: Mapped[int]
    channel: Mapped[str]
    mode: Mapped[str] = mapped_column(default="")
    need: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    caller: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    half_days: Mapped[int] = mapped_column(default=2)
    named: Mapped[int] = mapped_column(default=0)
    lead_person_id: Mapped[int | None]
    served_on: Mapped[date | None]
    serves: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(default="")
    solved: Mapped[int] = mapped_column(default=0)
    is_rated: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str | None]

    __mapper_args__ = detail("dispatch_order", id, district_id)


class DispatchMember(Identified, Scoped, Base):
    """An expert who goes with an order: one person-time.

    `added_by_key` is who named him after the host had confirmed the service; until another person confirms him for the
    host, his days are not due to him. None for everybody else.
    """

    __tablename__ = "dispatch_members"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "order_id", "expert_id"),
        within("order_id", "dispatch_orders"),
        within("expert_id", "service_experts"),
        within("home_unit_id", "units"),
        Index("ix_dispatch_members_expert", "expert_id", "order_id"),
        Index(
            "uq_dispatch_members_lead",
            "order_id",
            unique=True,
            postgresql_where=text("is_lead"),
            sqlite_where=text("is_lead = 1"),
        ),
    )

    order_id: Mapped[int]
    expert_id: Mapped[int]
    home_unit_id: Mapped[int]
    is_lead: Mapped[bool] = mapped_column(default=False)
    added_by_key: Mapped[str | None]


class DispatchOffer(Identified, Scoped, Base):
    """An order offered to an expert: his rank, the points with the inputs they were made from, and his answer."""

    __tablename__ = "dispatch_offers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "order_id", "expert_id", "offered_at"),
        within("order_id", "dispatch_orders"),
        within("expert_id", "service_experts"),
        Index(
            "ix_dispatch_offers_open",
            "order_id",
            "person_id",
            postgresql_where=text("answer is null"),
            sqlite_where=text("answer is null"),
        ),
    )

    order_id: Mapped[int]
    expert_id: Mapped[int]
    person_id: Mapped[int | None]
    rank: Mapped[int]
    points: Mapped[int]
    inputs: Mapped[dict[str, Any]]
    offered_at: Mapped[datetime]
    answer: Mapped[str | None]
    cause: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]


class Activity(Identified, Scoped, Base):
    """What was done: one line with its kind and amount (periods, people served, people trained, copies, calls).

    `reference` is the line's own number in the sheet it came from, so that a sheet read twice adds nothing.
    """

    __tablename__ = "activities"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "kind", "reference"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("order_id", "dispatch_orders"),
        within("unit_id", "units"),
        CheckConstraint("amount > 0", name="amount"),
        Index("ix_activities_day", "district_id", "campaign_id", "happened_on", "kind"),
        Index("ix_activities_order", "order_id"),
    )

    campaign_id: Mapped[int]
    field_id: Mapped[int]
    order_id: Mapped[int | None]
    unit_id: Mapped[int | None]
    kind: Mapped[str]
    happened_on: Mapped[date]
    amount: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    reference: Mapped[str | None]
    recorded_at: Mapped[datetime]


class Mentorship(Identified, Scoped, Base):
    """A mentor follows somebody, until `ended_on` if that is over; whoever is followed again has another row.

    The same person of the same unit is one mentee, however many mentors.
    """

    __tablename__ = "mentorships"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "campaign_id", "unit_id", "mentee_name", "expert_id", "starts_on"),
        within("campaign_id", "campaigns"),
        within("field_id", "service_fields"),
        within("expert_id", "service_experts"),
        within("unit_id", "units"),
        Index("ix_mentorships_day", "district_id", "campaign_id", "starts_on"),
    )

    campaign_id: Mapped[int]
    field_id: Mapped[int]
    expert_id: Mapped[int]
    unit_id: Mapped[int]
    mentee_name: Mapped[str]
    starts_on: Mapped[date]
    ended_on: Mapped[date | None]


class Prescription(Identified, Scoped, Base):
    """Written advice that stays with the one who asked (写方开药): the problem, what to do, with what."""

    __tablename__ = "prescriptions"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("order_id", "dispatch_orders"),
        Index("ix_prescriptions_order", "order_id", "id"),
    )

    order_id: Mapped[int]
    problem: Mapped[str]
    advice: Mapped[str]
    inputs: Mapped[str] = mapped_column(default="")
    written_by: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime]
