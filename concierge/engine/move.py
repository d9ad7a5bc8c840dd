"""What a granted step writes: the case, its history, the outbox. Set-based, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.sql.visitors import iterate

from concierge.basics.ids import new_ids
from concierge.db import BIG, JSON_DATA, Series, UTCDateTime, in_series
from concierge.engine import alike, binds
from concierge.engine.alike import Alike, Shared
from concierge.engine.clocks import clocks_after
from concierge.engine.declare import Clock, Step
from concierge.engine.judge import KEPT_FOR_UNDO
from concierge.engine.tables import CASES, HISTORY, OUTBOX
from concierge.rules.calendar import WorkingCalendar

OWN = ("id", "history_id", "outbox_id")
MOVED = {
    "version": Integer(),
    "from_state": Text(),
    "worked": Integer(),
    "left_due_nth": Integer(),
    "case_due_nth": Integer(),
    "case_due_on": Date(),
    "step_due_nth": Integer(),
    "step_due_on": Date(),
    "due_nth": Integer(),
    "due_on": Date(),
    "due_at": UTCDateTime(),
    "paused_nth": Integer(),
    "paused_days": Integer(),
    "provisional": Boolean(),
    "before": JSON_DATA,
}
_ALL = dict.fromkeys(OWN, BIG) | MOVED
_ALONE = binds.names("moved", _ALL)


def _update(step: Step, dialect: str, *, alone: bool) -> Any:
    cases, detail = CASES, step.flow.subject.__table__
    moved = binds.one("moved", _ALL) if alone else alike.rows("moved", OWN, MOVED, dialect).c
    to, here = step.to, CASES.c
    same = and_(here.id == moved.id, binds.in_district(here.district_id, dialect))
    values: dict[str, Any] = {
        "state": literal(to.name, Text),
        "prior_state": here.state,
        "trail": here.trail + literal(f"{to.name},", Text),
        "is_open": literal(not to.final, Boolean),
        "version": here.version + 1,
        "clock": literal(to.clock.value, Text),
        "holder": _of_case(to.holder.party, detail) if to.holder.party is not None else literal(to.holder.name, Text),
        "holder_id": _of_case(to.holder.unit, detail) if to.holder.unit is not None else null(),
        "assignee_id": _of_case(to.holder.account, detail) if to.holder.account is not None else null(),
        "since": bindparam("act_now", type_=UTCDateTime()),
        "since_nth": bindparam("act_now_nth", type_=Integer),
        "calendar_version": bindparam("act_calendar_version", type_=Text),
        "is_provisional": moved.provisional,
    }
    names = (
        "case_due_nth",
        "case_due_on",
        "step_due_nth",
        "step_due_on",
        "due_nth",
        "due_on",
        "due_at",
        "paused_nth",
        "paused_days",
    )
    values |= {name: moved[name] for name in names}
    statement = update(cases).values(**values).where(same)
    if dialect == "postgresql":
        few = () if alone else (binds.few(moved.id),)
        return statement.where(*few).returning(
            here.id,
            here.version,
            here.holder,
            here.holder_id,
            here.assignee_id,
            *(moved[n] for n in _HISTORY_FROM_MOVED),
        ), moved
    return statement, moved


_HISTORY_FROM_MOVED = ("from_state", "worked", "left_due_nth", "history_id", "outbox_id", "before")


def _of_case(expression: Any, detail: Any) -> Any:
    """An expression for the row that is written; one that reads the detail looks it up, which SQLite does in place."""
    if detail is CASES or all(getattr(part, "table", None) is not detail for part in iterate(expression)):
        return expression
    column = detail.c.get(getattr(expression, "key", None), expression)  # of the table; a class would bring its cases
    return select(column).where(detail.c.id == CASES.c.id).scalar_subquery()


@cache
def move_statements(step: Step, dialect: str, *, alone: bool = False) -> Series:
    """The statements of a granted step: one CTE on PostgreSQL, two or three statements on SQLite."""
    return in_series(_writes(step, dialect, alone=alone), dialect)


def _writes(step: Step, dialect: str, *, alone: bool) -> tuple[Any, ...]:
    statement, moved = _update(step, dialect, alone=alone)
    if dialect == "postgresql":
        done = statement.cte("done")
        history = _insert_history(step, done.c, done.c)
        told = _insert_outbox(step, done.c, done.c.version) if step.tell is not None else None
        return (history,) if told is None else (told.add_cte(history.cte("written")),)
    history = _insert_history(step, moved, CASES.c, CASES.c.id == moved.id)
    told = _insert_outbox(step, moved, moved.version + 1) if step.tell is not None else None
    return (statement, history) if told is None else (statement, history, told)


def _insert_history(step: Step, moved: Any, case: Any, *same: ColumnElement[bool]) -> Any:
    """A line for each moved row, with the case's columns as they are after it."""
    values: dict[str, Any] = {
        "id": moved.history_id,
        "district_id": binds.DISTRICT,
        "case_id": case.id,
        "version": case.version,
        "step": literal(step.name, Text),
        "from_state": moved.from_state,
        "to_state": literal(step.to.name, Text),
        "actor_id": binds.ACCOUNT,
        "actor_key": func.coalesce(binds.ACTOR_KEY, literal("", Text)),
        "for_id": binds.FOR_ACCOUNT,
        "for_key": binds.FOR_KEY,
        "role": bindparam("act_role", type_=Text),
        "at": bindparam("act_now", type_=UTCDateTime()),
        "nth": bindparam("act_now_nth", type_=Integer),
        "worked": moved.worked,
        "step_due_nth": moved.left_due_nth,
        "reason": bindparam("act_reason", type_=Text),
        "data": bindparam("act_data", type_=JSON_DATA),
        "before": moved.before,
        "holder": case.holder,
        "holder_id": case.holder_id,
        "assignee_id": case.assignee_id,
        "clock": literal(step.to.clock.value, Text),
        "cause": literal(step.to.cause.msgid if step.to.cause is not None else None, Text),
        "flow_version": literal(step.flow.version, Integer),
    }
    return insert(HISTORY).from_select(list(values), select(*values.values()).where(*same))


def _insert_outbox(step: Step, moved: Any, version: Any) -> Any:
    values: dict[str, Any] = {
        "id": moved.outbox_id,
        "district_id": binds.DISTRICT,
        "topic": literal(step.tell, Text),
        "subject_id": moved.id,
        "subject_version": version,
        "state": literal("pending", Text),
        "attempts": literal(0, Integer),
        "at": bindparam("act_now", type_=UTCDateTime()),
        "next_at": bindparam("act_now", type_=UTCDateTime()),
    }
    return insert(OUTBOX).from_select(list(values), select(*values.values()))


def write(
    connection: Connection,
    step: Step,
    judged: Sequence[Alike],
    *,
    who: Mapping[str, Any],
    role: str,
    now: datetime,
    calendar: WorkingCalendar,
    reason: str | None,
    data: dict[str, Any] | None,
) -> list[int]:
    """Move judged cases and write their history and outbox. Returns the outbox ids to ring for."""
    now_nth = calendar.nth_of(now)
    dialect = connection.dialect.name
    count = sum(len(each.ids) for each in judged)
    ids = iter(new_ids(2 * count))
    moved = [
        Shared(_after(each.row, step, now_nth, calendar), list(zip(each.ids, ids, ids, strict=False)))
        for each in judged
    ]
    alone = count == 1
    if alone:
        rows = dict(zip(_ALONE, (*moved[0].own[0], *moved[0].values), strict=True))
    else:
        rows = alike.row_values("moved", OWN, MOVED, moved, dialect)
    act = {"act_now": now, "act_now_nth": now_nth, "act_calendar_version": calendar.version}
    act |= {"act_role": role, "act_reason": reason, "act_data": data}
    move_statements(step, dialect, alone=alone).run(connection, {**who, **act, **rows})
    return [ring for each in moved for _id, _line, ring in each.own] if step.tell is not None else []


def _after(row: Mapping[str, Any], step: Step, now_nth: int, calendar: WorkingCalendar) -> tuple[Any, ...]:
    """The values of MOVED for cases that are alike."""
    paused = row["clock"] == Clock.PAUSED.value
    worked = 0 if paused else max(0, now_nth - row["since_nth"])
    before = {name: _plain(row[name]) for name in KEPT_FOR_UNDO} if step.undoable else None
    clocks = clocks_after(row, step.to, now_nth=now_nth, calendar=calendar)
    return (row["version"], row["state"], worked, row["step_due_nth"], *clocks, before)  # in the order of MOVED


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
