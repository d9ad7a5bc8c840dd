"""Supervision: findings of a team, sheets about cases that lag, and the negative list of each unit and year."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail
from concierge.models.two_persons import OfTwoPersons


class Finding(Case):
    """Something a supervision team found in a unit, with what is asked of it and within how many working days."""

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        within("team_unit_id", "units"),
        CheckConstraint("limit_days between 1 and 60", name="limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    team_unit_id: Mapped[int | None]
    visited_on: Mapped[date]
    grade: Mapped[str]
    words: Mapped[str]
    asked: Mapped[str]
    limit_days: Mapped[int]
    reply: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("finding", id, district_id)


class SupervisionSheet(Case):
    """A numbered order to a unit to get on with a case (督办单); the case is its parent.

    `cause` names the rule that issued it and `evidence` what the rule saw then; colour and evidence are never changed.
    """

    __tablename__ = "supervision_sheets"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("unit_id", "units"),
        CheckConstraint("colour in ('blue', 'yellow', 'red')", name="colour"),
        CheckConstraint("limit_days between 1 and 10", name="limit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    unit_id: Mapped[int]
    colour: Mapped[str]
    cause: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    asked: Mapped[str]
    limit_days: Mapped[int]
    feedback: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("supervision_sheet", id, district_id)


class Recusal(Identified, Scoped, Base):
    """A member of the supervision team keeps away from a unit (回避), whichever of his accounts he uses."""

    __tablename__ = "recusals"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("unit_id", "units"),
        CheckConstraint("ends_on is null or starts_on <= ends_on", name="dates"),
        Index("ix_recusals_person", "district_id", "person_key", "unit_id"),
    )

    account_id: Mapped[int]
    person_key: Mapped[str]
    unit_id: Mapped[int]
    reason: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    made_by: Mapped[int]


class InspectionVisit(Identified, Scoped, Base):
    """The supervision team went to a unit, announced or not; what it found there are findings of that unit and day."""

    __tablename__ = "inspection_visits"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index("ix_inspection_visits_day", "district_id", "campaign_id", "visited_on"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    visited_on: Mapped[date]
    was_announced: Mapped[bool]
    words: Mapped[str]
    made_by: Mapped[int]
    made_at: Mapped[datetime]


class OutreachContact(Identified, Scoped, Base):
    """A talk with a unit that lags (联系指导、答疑解惑): why, what was advised, what follows by when."""

    __tablename__ = "outreach_contacts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("campaign_id", "campaigns"),
        within("unit_id", "units"),
        Index("ix_outreach_contacts_unit", "district_id", "campaign_id", "unit_id", "happened_on"),
    )

    campaign_id: Mapped[int]
    unit_id: Mapped[int]
    happened_on: Mapped[date]
    reason: Mapped[str]
    advice: Mapped[str]
    next_step: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    made_by: Mapped[int]


class NegativeItem(OfTwoPersons, Base):
    """A version of an item of the negative list (负面清单): its points, whether it fails the year, how long it counts.

    Only what is confirmed has a version, and the newest of a code holds.
    """

    __tablename__ = "negative_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "code", "version"),
        within("proposal_id", "negative_items"),
        UniqueConstraint("district_id", "proposal_id"),
        CheckConstraint("(kind = 'confirmed') = (version is not null)", name="version"),
        CheckConstraint("points between 1 and 100", name="points"),
        CheckConstraint("months is null or months between 1 and 12", name="months"),
    )

    code: Mapped[str]
    version: Mapped[int | None]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    points: Mapped[int]
    is_veto: Mapped[bool]
    months: Mapped[int | None]
    is_used: Mapped[bool]


class NegativeRecord(Identified, Scoped, Base):
    """One deduction of a unit's year: by which version of an item of the list, for which matter, how many points.

    Points, veto and last day are those of that version, whatever the list says later. One matter counts once under one
    item. An appeal suspends it; a lifted one stays in the list and counts no more.
    """

    __tablename__ = "negative_records"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "item", "source_id"),
        within("unit_id", "units"),
        within("source_id", "cases"),
        ForeignKeyConstraint(
            ["district_id", "item", "rule_version"],
            ["negative_items.district_id", "negative_items.code", "negative_items.version"],
        ),
        CheckConstraint("points > 0", name="points"),
        Index("ix_negative_records_unit", "district_id", "year", "unit_id"),
    )

    unit_id: Mapped[int]
    year: Mapped[int]
    item: Mapped[str]
    points: Mapped[int]
    is_veto: Mapped[bool] = mapped_column(default=False)
    rule_version: Mapped[int]
    source_id: Mapped[int]
    evidence: Mapped[str]
    expires_on: Mapped[date | None]
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    made_at: Mapped[datetime]
    appeal: Mapped[str] = mapped_column(default="")
    appealed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="")
    lifted_at: Mapped[datetime | None]


class AssessmentEntry(Identified, Scoped, AppendOnly, Base):
    """A unit's year as it was closed (no `record_id`), and what a deduction lifted later gave back to it.

    `points` is the score told at the closing, or what is added to it; `grade` follows from everything up to this row.
    """

    __tablename__ = "assessment_entries"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("unit_id", "units"),
        within("record_id", "negative_records"),
        Index(
            "uq_assessment_entries_closing",
            "district_id",
            "unit_id",
            "year",
            unique=True,
            postgresql_where=text("record_id is null"),
            sqlite_where=text("record_id is null"),
        ),
        Index("uq_assessment_entries_record", "district_id", "record_id", unique=True),
    )

    unit_id: Mapped[int]
    year: Mapped[int]
    record_id: Mapped[int | None]
    points: Mapped[int]
    grade: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    made_by: Mapped[int]
    made_at: Mapped[datetime]
