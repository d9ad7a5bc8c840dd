"""The engine's tables: cases, their history, the outbox, keys of repeated requests, numbers and the audit trail."""

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ColumnElement, Index, Table, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import AppendOnly, Base, Identified, Scoped, constant, within


class Case(Identified, Scoped, Base):
    """One matter that moves through a flow. Kinds add a detail table; only the engine writes this one.

    `since_nth`, `paused_nth`, `case_due_nth` and `step_due_nth` are working-day ordinals (the nth working day), the
    dates beside them are for people. `due_on` is the nearer of the two clocks, which lists sort by.
    """

    __tablename__ = "cases"
    __table_args__: Any = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "number"),
        within("parent_id", "cases"),
        CheckConstraint("waits >= 0", name="waits"),
        Index(
            "ix_cases_mine",
            "assignee_id",
            "due_on",
            "id",
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
        Index(
            "ix_cases_queue",
            "holder_id",
            "due_on",
            "id",
            postgresql_where=text("is_open AND holder <> 'specialist'"),
            sqlite_where=text("is_open = 1 AND holder <> 'specialist'"),
        ),
        Index(
            "ix_cases_of_specialist",
            "specialist_id",
            "due_on",
            "id",
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
        Index("ix_cases_of_expert", "expert_id", "kind", "id"),
        Index("ix_cases_parent_id", "parent_id"),
        Index("ix_cases_state", "district_id", "kind", "state", "due_on", "id"),
    )

    kind: Mapped[str]
    number: Mapped[str]
    title_zh: Mapped[str] = mapped_column(default="")
    title_en: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    prior_state: Mapped[str | None]
    trail: Mapped[str] = mapped_column(default=",")
    is_open: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    clock: Mapped[str] = mapped_column(default="waiting")
    holder: Mapped[str]
    holder_id: Mapped[int | None]
    assignee_id: Mapped[int | None]
    expert_id: Mapped[int | None]
    subject_key: Mapped[str | None]
    kin_key: Mapped[str | None]
    specialist_id: Mapped[int | None]
    office_id: Mapped[int | None]
    employer_id: Mapped[int | None]
    parent_id: Mapped[int | None]
    waits: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    since: Mapped[datetime]
    since_nth: Mapped[int]
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    due_nth: Mapped[int | None]
    case_due_on: Mapped[date | None]
    case_due_nth: Mapped[int | None]
    step_due_on: Mapped[date | None]
    step_due_nth: Mapped[int | None]
    paused_nth: Mapped[int | None]
    paused_days: Mapped[int] = mapped_column(default=0)
    calendar_version: Mapped[str] = mapped_column(default="")
    is_provisional: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "case"}


def of_kind(cls: Any) -> ColumnElement[bool]:
    """That a case is of the kind which this class keeps, in words by which an index finds it.

    The detail row says it too; but SQLite keeps no statistics here and would rather walk through every case of the
    district, most of which are rights that wait.
    """
    return cast(ColumnElement[bool], cls.kind == constant(cls.__mapper__.polymorphic_identity))


def detail(kind: str, id: Any, district_id: Any) -> dict[str, Any]:
    """The mapper arguments of a kind's detail table: one row beside its case, in the same district."""
    return {
        "polymorphic_identity": kind,
        "inherit_condition": (id == Case.id) & (district_id == Case.district_id),
        "inherit_foreign_keys": [id.column, district_id.column],
    }


def beside(detail: Any) -> ColumnElement[bool]:
    """The condition that joins a detail table (its columns) to `Case`.

    The detail's class would bring the table of cases along once more, and for an outer join of both SQLite goes
    through all cases.
    """
    return and_(detail.id == Case.id, detail.district_id == Case.district_id)


class History(Identified, Scoped, AppendOnly, Base):
    """One step of one case: who, for whom, in which role, when, from where to where, why. Never edited or deleted."""

    __tablename__ = "history"
    erasable = ("reason", "data", "before")
    __table_args__ = (
        UniqueConstraint("district_id", "case_id", "version"),
        within("case_id", "cases"),
        Index("ix_history_case_id", "case_id", "version"),
        Index("ix_history_holder", "holder_id", "case_id"),
        Index("ix_history_actor", "actor_id", "id"),
    )

    case_id: Mapped[int]
    version: Mapped[int]
    step: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[int]
    actor_key: Mapped[str]
    for_id: Mapped[int | None]
    for_key: Mapped[str | None]
    role: Mapped[str]
    at: Mapped[datetime]
    nth: Mapped[int]
    worked: Mapped[int]
    step_due_nth: Mapped[int | None]
    reason: Mapped[str | None]
    data: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    holder: Mapped[str]
    holder_id: Mapped[int | None]
    assignee_id: Mapped[int | None]
    clock: Mapped[str]
    cause: Mapped[str | None]
    flow_version: Mapped[int]
    erased_at: Mapped[datetime | None]


class Outbox(Identified, Scoped, Base):
    """What must leave the house, written in the transaction that caused it. The relay expands it into deliveries."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "topic", "subject_id", "subject_version"),
        Index(
            "ix_outbox_pending",
            "next_at",
            "id",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
    )

    topic: Mapped[str]
    subject_id: Mapped[int]
    subject_version: Mapped[int]
    data: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    next_at: Mapped[datetime]
    error: Mapped[str | None]


class RepeatKey(Identified, Scoped, Base):
    """The first answer to a request that may be repeated: same key and body give the same answer."""

    __tablename__ = "repeat_keys"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "account_id", "act", "key"),
    )

    account_id: Mapped[int]
    act: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class NumberSeries(Identified, Scoped, Base):
    """The last number given in a series (case numbers run per prefix and year)."""

    __tablename__ = "number_series"
    __table_args__ = (UniqueConstraint("district_id", "id"), UniqueConstraint("district_id", "series", "year"))

    series: Mapped[str]
    year: Mapped[int]
    last: Mapped[int] = mapped_column(default=0)


class AuditEntry(Identified, AppendOnly, Base):
    """One write that was not a step, or one sensitive read. Sealed in batches; never edited or deleted.

    `sequence` orders the chain and is given by the sealing job, with `digest` over the entry and its predecessor.
    """

    __tablename__ = "audit"
    set_once = ("sequence", "digest")
    __table_args__ = (
        Index("ix_audit_subject", "subject_kind", "subject_id", "id"),
        Index("ix_audit_person", "person_id", "id"),
        Index(
            "ix_audit_unsealed", "id", postgresql_where=text("sequence is null"), sqlite_where=text("sequence is null")
        ),
        UniqueConstraint("sequence"),
    )

    district_id: Mapped[int | None]
    act: Mapped[str]
    result: Mapped[str] = mapped_column(default="done")
    actor_id: Mapped[int | None]
    for_id: Mapped[int | None]
    role: Mapped[str | None]
    unit_id: Mapped[int | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    person_id: Mapped[int | None]
    purpose: Mapped[str | None]
    data: Mapped[dict[str, Any] | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    at: Mapped[datetime]
    sequence: Mapped[int | None]
    digest: Mapped[str | None]


class AuditSeal(Identified, AppendOnly, Base):
    """The head of the audit chain after a batch; the same head is anchored in a file outside the database.

    The append-only rows with ids up to `upto` hang on the chain.
    """

    __tablename__ = "audit_seals"

    sequence: Mapped[int] = mapped_column(unique=True)
    entries: Mapped[int]
    upto: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str]
    at: Mapped[datetime]


# What the set-based statements write to.
CASES = cast(Table, Case.__table__)
HISTORY = cast(Table, History.__table__)
OUTBOX = cast(Table, Outbox.__table__)
AUDIT = cast(Table, AuditEntry.__table__)
