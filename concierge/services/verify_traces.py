"""Proof that what leaves two traces has both: a role and who granted it, a step and its notice, a limit and its date.

Each of these could be written by hand behind our back and would then take effect at once; the other trace hangs on the
audit chain, is a row that nobody thinks of, or follows from the calendar.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import among
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.tables import AuditEntry, Case, History, Outbox
from concierge.models.account import AccountGrant
from concierge.rules.calendar import WorkingCalendar
from concierge.services.calendars import calendar_as_of
from concierge.services.verify_money import Check

MANY = 500
LIMITS = (Case.case_due_nth, Case.case_due_on), (Case.step_due_nth, Case.step_due_on), (Case.due_nth, Case.due_on)


def verify_traces(session: Session) -> list[Check]:
    """What needs a look at two places, and a computation, to be proved."""
    return [
        _check("roles_were_granted", _roles_nobody_granted(session)),
        _check("dates_follow_the_calendar", _dates_by_hand(session)),
    ]


def _check(name: str, broken: Iterator[str]) -> Check:
    found = list(broken)
    return Check(name, not found, found[0] if found else "", len(found))


def steps_are_told() -> Select[Any]:
    """A step that tells somebody has its row in the outbox, sent or not."""
    h, told = History, defaultdict[str, list[ColumnElement[bool]]](list)
    for kind, flow in FLOWS.items():
        for step in flow.steps.values():
            if step.tell is not None:
                told[step.tell].append(and_(Case.kind == kind, h.step == step.name))
    row = and_(Outbox.district_id == h.district_id, Outbox.subject_id == h.case_id, Outbox.subject_version == h.version)
    lost = [
        and_(or_(*steps), ~select(Outbox.id).where(row, Outbox.topic == topic).exists())
        for topic, steps in told.items()
    ]
    return select(Case.number, h.version, h.step).join(h, h.case_id == Case.id).where(or_(false(), *lost))


def the_nearer_limit_counts() -> Select[Any]:
    """An open case is due when the nearer of its running limits is; in a pause the whole case's does not run."""
    whole = case((Case.clock.in_((Clock.PAUSED.value, Clock.MET.value)), None), else_=Case.case_due_nth)
    step = Case.step_due_nth
    near = case((whole.is_(None), step), (step.is_(None), whole), (whole < step, whole), else_=step)
    wrong = Case.due_nth.is_distinct_from(func.coalesce(near, Case.case_due_nth))
    running = and_(Case.is_open, Case.clock != Clock.STOPPED.value)
    return select(Case.number, Case.state, Case.due_on).where(running, wrong)


def _roles_nobody_granted(session: Session) -> Iterator[str]:
    """Grants that the audit trail does not know with this account and role, and ended ones that are in force again."""
    g, last = AccountGrant, 0
    wanted = select(g.id, g.account_id, g.role, g.ends_on).order_by(g.id).limit(MANY)
    while rows := session.execute(wanted.where(g.id > last)).all():
        last = rows[-1].id
        given, ended = _told(session, [row.id for row in rows])
        for row in rows:
            if (row.id, row.account_id, row.role) not in given:
                yield f"grant {row.id}, account {row.account_id}, {row.role}: nobody granted it"
            elif row.id in ended and row.ends_on is None:
                yield f"grant {row.id}, account {row.account_id}, {row.role}: it was ended"


def _told(session: Session, ids: Sequence[int]) -> tuple[set[tuple[int, int, str]], set[int]]:
    """What the audit trail tells about grants: as whose and as what each was granted, and which were ended."""
    e = AuditEntry
    entries = select(e.act, e.subject_id, e.data).where(
        e.subject_kind == "grant", among(e.subject_id, ids), e.act.in_(("grant-role", "end-grant")), e.result == "done"
    )
    found = session.execute(entries).all()
    given = {(row.subject_id, row.data["account"], row.data["role"]) for row in found if row.act == "grant-role"}
    return given, {row.subject_id for row in found if row.act == "end-grant"}


def _dates_by_hand(session: Session) -> Iterator[str]:
    """Limits whose date is not that of their working day on the calendar they were counted on."""
    district: int = session.info["district"]
    calendar = cache(lambda version: calendar_as_of(session, district, version))
    version, number = Case.calendar_version, func.min(Case.number).label("number")
    for nth, day in LIMITS:
        dated = select(version, nth.label("nth"), day.label("day"), number).group_by(version, nth, day)
        for row in session.execute(dated):
            if not _is_day(calendar(row.calendar_version), row.nth, row.day):
                yield f"{row.number}, {day.key} {row.day}"
    for due in session.execute(select(Case.due_on, Case.due_at, number).group_by(Case.due_on, Case.due_at)):
        at = None if due.due_at is None else local_date(due.due_at, calendar("").zone)
        if at != due.due_on:
            yield f"{due.number}, due_at {due.due_at}"


def _is_day(calendar: WorkingCalendar, nth: int | None, day: date | None) -> bool:
    return day == (None if nth is None else calendar.day(nth))
