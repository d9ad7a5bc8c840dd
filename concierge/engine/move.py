"""What a granted step writes: the case, its history, the outbox. Set-based, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Boolean,
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
from concierge.db import JSON_DATA, Series, UTCDateTime, in_series
from concierge.engine import alike, binds
from concierge.engine.alike import Alike, Shared
from concierge.engine.clocks import Clocks, clocks_after
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


def _update(step: Step, dialect: str, *, alone: bool) -> Any:
    cases, detail = CASES, step.flow.subject.__table__
    moved = alike.rows("moved", OWN, MOVED, dialect, alone=alone)
    to, here = step.to, CASES.c
    same = and_(here.id == moved.c.id, binds.in_district(here.district_id, dialect))
    if detail is not cases and any(_reads(column, detail) for column in (to.holder.unit, to.holder.account)):
        same = and_(same, detail.c.id == moved.c.id)
    values: dict[str, Any] = {
        "state": literal(to.name, Text),
        "prior_state": here.state,
        "trail": here.trail + literal(f"{to.name},", Text),
        "is_open": literal(not to.final, Boolean),
        "version": here.version + 1,
        "clock": literal(to.clock.value, Text),
        "holder": to.holder.party if to.holder.party is not None else literal(to.holder.name, Text),
        "holder_id": to.holder.unit if to.holder.unit is not None else null(),
        "assignee_id": to.holder.account if to.holder.account is not None else null(),
        "since": bindparam("act_now", type_=UTCDateTime()),
        "since_nth": bindparam("act_now_nth", type_=Integer),
        "calendar_version": bindparam("act_calendar_version", type_=Text),
        "is_provisional": moved.c.provisional,
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
    values |= {name: moved.c[name] for name in names}
    statement = update(cases).values(**values).where(same)
    if dialect == "postgresql":
        return statement.where(binds.few(moved.c.id)).returning(
            here.id,
            here.version,
            here.holder,
            here.holder_id,
            here.assignee_id,
            *(moved.c[n] for n in _HISTORY_FROM_MOVED),
        ), moved
    return statement, moved


_HISTORY_FROM_MOVED = ("from_state", "worked", "left_due_nth", "history_id", "outbox_id", "before")


def _reads(expression: Any, table: Any) -> bool:
    """Whether an expression reads a column of the table."""
    return expression is not None and any(getattr(part, "table", None) is table for part in iterate(expression))


@cache
def move_statements(step: Step, dialect: str, *, alone: bool = False) -> Series:
    """The statements of a granted step: one CTE on PostgreSQL, two or three statements on SQLite."""
    return in_series(_writes(step, dialect, alone=alone), dialect)


def _writes(step: Step, dialect: str, *, alone: bool) -> tuple[Any, ...]:
    statement, moved = _update(step, dialect, alone=alone)
    if dialect == "postgresql":
        done = statement.cte("done")
        history = _insert_history(step, done, done)
        return (history,) if step.tell is None else (_insert_outbox(step, done).add_cte(history.cte("written")),)
    joined = moved.join(CASES, CASES.c.id == moved.c.id)
    history = _insert_history(step, moved, CASES, joined)
    return (statement, history) if step.tell is None else (statement, history, _insert_outbox(step, moved))


def _insert_history(step: Step, moved: Any, case: Any, origin: Any = None) -> Any:
    new_version = moved.c.version if origin is None else moved.c.version + 1
    values: dict[str, Any] = {
        "id": moved.c.history_id,
        "district_id": binds.DISTRICT,
        "case_id": moved.c.id,
        "version": new_version,
        "step": literal(step.name, Text),
        "from_state": moved.c.from_state,
        "to_state": literal(step.to.name, Text),
        "actor_id": binds.ACCOUNT,
        "actor_key": func.coalesce(binds.ACTOR_KEY, literal("", Text)),
        "for_id": binds.FOR_ACCOUNT,
        "for_key": binds.FOR_KEY,
        "role": bindparam("act_role", type_=Text),
        "at": bindparam("act_now", type_=UTCDateTime()),
        "nth": bindparam("act_now_nth", type_=Integer),
        "worked": moved.c.worked,
        "step_due_nth": moved.c.left_due_nth,
        "reason": bindparam("act_reason", type_=Text),
        "data": bindparam("act_data", type_=JSON_DATA),
        "before": moved.c.before,
        "holder": case.c.holder,
        "holder_id": case.c.holder_id,
        "assignee_id": case.c.assignee_id,
        "clock": literal(step.to.clock.value, Text),
        "cause": literal(step.to.cause.msgid if step.to.cause is not None else None, Text),
        "flow_version": literal(step.flow.version, Integer),
    }
    source = select(*values.values())
    source = source.select_from(origin if origin is not None else moved)
    return insert(HISTORY).from_select(list(values), source)


def _insert_outbox(step: Step, moved: Any) -> Any:
    sqlite = moved.name == "moved"
    values: dict[str, Any] = {
        "id": moved.c.outbox_id,
        "district_id": binds.DISTRICT,
        "topic": literal(step.tell, Text),
        "subject_id": moved.c.id,
        "subject_version": moved.c.version + 1 if sqlite else moved.c.version,
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
    values = {**who, **alike.row_values("moved", OWN, MOVED, moved, dialect, alone=alone)}
    values |= {"act_now": now, "act_now_nth": now_nth, "act_calendar_version": calendar.version}
    values |= {"act_role": role, "act_reason": reason, "act_data": data}
    move_statements(step, dialect, alone=alone).run(connection, values)
    return [ring for each in moved for _id, _line, ring in each.own] if step.tell is not None else []


def _after(row: Mapping[str, Any], step: Step, now_nth: int, calendar: WorkingCalendar) -> tuple[Any, ...]:
    """The values of MOVED for cases that are alike."""
    paused = row["clock"] == Clock.PAUSED.value
    worked = 0 if paused else max(0, now_nth - row["since_nth"])
    before = {name: _plain(row[name]) for name in KEPT_FOR_UNDO} if step.undoable else None
    clocks = clocks_after(row, step.to, now_nth=now_nth, calendar=calendar)
    return (row["version"], row["state"], worked, row["step_due_nth"], *_CLOCKS(clocks), before)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


_CLOCKS = attrgetter(*(field.name for field in fields(Clocks)))  # in the order of MOVED
