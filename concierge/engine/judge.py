"""The gate: one SELECT that locks the rows asked for and gives, for each, every reason there may be to refuse.

On PostgreSQL a locked SELECT that waits would judge with an old view of the history. So the rows are joined with
what the statement's snapshot saw, locked with SKIP LOCKED, and a row that moved since is not judged at all: it is
"in another hand". A step never waits for a case.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
)

from concierge.basics.errors import Reason
from concierge.basics.text import _
from concierge.db import BIG, Prepared, prepare
from concierge.engine import binds
from concierge.engine.declare import Earlier, Guard, Limit, Step
from concierge.engine.tables import CASES, HISTORY
from concierge.rules.roles import Role

WANTED = {"id": BIG, "version": Integer()}
NOT_YOUR_ROLE = Reason("not_your_role", _("your role may not do this"))
ANOTHER_HAND = Reason("in_another_hand", _("somebody else is acting on it at this moment; please try again"))
LINE_SHORT = Reason("budget_short", _("the budget line is short"))
WRONG_STATE = Reason("wrong_state", _("it is no longer at that step"))
STALE = Reason("stale", _("it has changed since you looked"))
NOT_YOURS = Reason("not_in_your_hands", _("it is not in your hands"))
OWN_CASE = Reason("own_case", _("nobody may decide his own matter, or that of a relative"))
SAME_PERSON = Reason("same_person", _("another person must do this: you took an earlier step"))

NEEDED = ("state", "clock", "since_nth", "paused_nth", "paused_days", "due_nth", "case_due_nth", "step_due_nth")
KEPT_FOR_UNDO = (
    *NEEDED,
    *("prior_state", "trail", "holder", "holder_id", "assignee_id", "since", "due_on", "due_at"),
    *("case_due_on", "step_due_on", "calendar_version", "is_provisional"),
)
"""What an undoable step leaves in the history, so that it can be taken back (undo.py)."""


@dataclass(frozen=True)
class Judgement:
    """The compiled gate of one step on one dialect; the first column it gives is the case's id."""

    statement: Prepared
    reasons: tuple[Reason, ...]


@cache
def judgement(step: Step, dialect: str, *, alone: bool = False) -> Judgement:
    """The gate of a step; the statement is built once for each dialect, and for a case that is `alone`."""
    cases, detail = CASES, step.flow.subject.__table__
    wanted = binds.one("wanted", WANTED) if alone else binds.rows("wanted", WANTED, dialect).c
    checks = _checks(step, wanted)
    flags = [clause.label(f"ok_{i}") for i, (clause, _reason) in enumerate(checks)]
    picked = [*_state_columns(step), *flags]
    origin: Any = cases
    if detail is not cases:
        origin = origin.join(detail, and_(detail.c.id == cases.c.id, detail.c.district_id == cases.c.district_id))
    here = and_(cases.c.id == wanted.id, binds.in_district(cases.c.district_id, dialect))
    if dialect == "postgresql":
        seen = cases.alias("seen")
        origin = origin.join(seen, and_(seen.c.id == cases.c.id, seen.c.version == cases.c.version))
        few = () if alone else (binds.few(wanted.id),)
        statement = select(*picked).select_from(origin).where(here, *few)
        locked = [cases] if detail is cases else [cases, detail]
        statement = statement.with_for_update(of=locked, skip_locked=True)
    else:
        statement = select(*picked).select_from(origin).where(here)
    return Judgement(prepare(statement, dialect), tuple(reason for _clause, reason in checks))


def _state_columns(step: Step) -> list[Any]:
    c = CASES.c
    names = KEPT_FOR_UNDO if step.undoable else NEEDED
    columns: list[Any] = [c[name] for name in ("id", "version", *names)]
    columns.append(limit_days(step.flow, step.flow.promised).label("case_limit"))
    columns.append(limit_days(step.flow, step.to.due).label("step_limit"))
    columns.append((step.flow.restarts if step.flow.restarts is not None else false()).label("restarts"))
    columns.append(step.flow.calendar_stamp.label("calendar_stamp"))
    if len(step.by) > 1:
        columns.append(case(*((way, literal(role.value, Text)) for role, way in _ways(step))).label("acting"))
    if step.spends is not None:
        columns += [step.spends.line.label("line_id"), step.spends.amount.label("amount_fen")]
    return columns


def limit_days(flow: Any, limit: Limit | None) -> ColumnElement[Any]:
    """A limit as a column: set by the policy version, else by the case's own row, else the default."""
    if limit is None:
        return literal(None, Integer)
    ways: list[Any] = []
    if limit.name is not None and flow.policy_limits is not None:
        ways.append(flow.policy_limits(limit.name))
    if limit.column is not None:
        ways.append(limit.column)
    return func.coalesce(*ways, limit.days, type_=Integer) if ways else literal(limit.days, Integer)


def _checks(step: Step, wanted: Any) -> list[tuple[ColumnElement[bool], Reason]]:
    c = CASES.c
    checks: list[tuple[ColumnElement[bool], Reason]] = [
        (c.state.in_([s.name for s in step.sources]), WRONG_STATE),
        (or_(wanted.version.is_(None), wanted.version == c.version), STALE),
        (_in_hand(step), NOT_YOURS),
    ]
    if not step.own_case:
        kin = or_(binds.is_actor(c.subject_key), binds.is_actor(c.kin_key))
        checks.append((not_(kin), OWN_CASE))
    checks += [(guard.clause(), reason_of(guard)) for guard in step.when]
    if step.not_by:
        checks.append((not_(or_(*(did(earlier) for earlier in step.not_by))), SAME_PERSON))
    return checks


def reason_of(guard: Guard) -> Reason:
    """What a guard says when it refuses."""
    return Reason(guard.code, guard.text)


def _in_hand(step: Step) -> ColumnElement[bool]:
    return or_(*(way for _role, way in _ways(step)))


def _ways(step: Step) -> list[tuple[Role, ColumnElement[bool]]]:
    """Under which clause the actor may take the step by each of its roles, the one he acts in first."""
    reach = step.flow.reach
    return [
        (role, binds.holds_role(role) if role is Role.SYSTEM else and_(binds.holds_role(role), reach.may_act(role)))
        for role in step.by
    ]


def did(earlier: Earlier) -> ColumnElement[bool]:
    """Whether the actor, or the one he stands in for, took one of these earlier steps with the case."""
    h = HISTORY.alias()
    person = or_(binds.is_actor(h.c.actor_key), binds.is_actor(h.c.for_key))
    if earlier.of is not None:
        items = earlier.of.table.alias()
        there = and_(h.c.case_id == items.c.id, items.c[earlier.of.key] == CASES.c.id)
    elif earlier.at is not None:
        there = h.c.case_id == earlier.at
    else:
        there = h.c.case_id == CASES.c.id
    return exists().where(there, h.c.step.in_(earlier.steps), person)
