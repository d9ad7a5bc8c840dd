"""What a granted step writes: the case, its history, the outbox. Set-based, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    insert,
    literal,
    null,
    select,
    update,
)

from concierge.basics.ids import new_id
from concierge.db import BIG, JSON_DATA, UTCDateTime
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.clocks import Clocks, clocks_after
from concierge.engine.declare import Clock, Step
from concierge.engine.judge import KEPT_FOR_UNDO
from concierge.engine.prepared import Prepared, prepare
from concierge.engine.tables import CASES, HISTORY, OUTBOX
from concierge.rules.calendar import WorkingCalendar

MOVED = {
    "id": BIG,
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
    "history_id": BIG,
    "outbox_id": BIG,
    "before": JSON_DATA,
}


def _update(step: Step, dialect: str) -> Any:
    cases, detail = CASES, step.flow.subject.__table__
    moved = binds.rows("moved", MOVED, dialect)
    to, here = step.to, CASES.c
    same = and_(here.id == moved.c.id, binds.in_district(here.district_id, dialect))
    if detail is not cases and any(_is_of(column, detail) for column in (to.holder.unit, to.holder.account)):
        same = and_(same, detail.c.id == moved.c.id)
    values: dict[str, Any] = {
        "state": literal(to.name, Text),
        "prior_state": here.state,
        "trail": here.trail + literal(f"{to.name},", Text),
        "is_open": literal(not to.final, Boolean),
        "version": here.version + 1,
        "clock": literal(to.clock.value, Text),
        "holder": literal(to.holder.name, Text),
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


def _is_of(column: Any, table: Any) -> bool:
    return column is not None and getattr(column, "expression", column).table is table


@cache
def move_statements(step: Step, dialect: str) -> tuple[Prepared, ...]:
    """The statements of a granted step: one CTE on PostgreSQL, two or three statements on SQLite."""
    return tuple(prepare(statement, dialect) for statement in _writes(step, dialect))


def _writes(step: Step, dialect: str) -> tuple[Any, ...]:
    statement, moved = _update(step, dialect)
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
        "actor_key": bindparam("act_actor_key", type_=Text),
        "for_id": bindparam("act_for_id", type_=BIG),
        "for_key": bindparam("act_for_key", type_=Text),
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
    judged: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    role: str,
    now: datetime,
    calendar: WorkingCalendar,
    reason: str | None,
    data: dict[str, Any] | None,
) -> list[int]:
    """Move judged rows and write their history and outbox. Returns the outbox ids to ring for."""
    now_nth = calendar.nth_of(now)
    dialect = connection.dialect.name
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    moved, rings = [], []
    for row in judged:
        key = _DEPEND_ON(row)
        if row["clock"] == Clock.STOPPED.value:
            key = (*key, row["due_nth"], row["since_nth"])
        clocks = found.get(key)
        if clocks is None:
            after = clocks_after(row, step.to, now_nth=now_nth, calendar=calendar)
            clocks = found[key] = binds.as_bound(_CLOCKS(after), dialect)
        rings.append(new_id())
        moved.append(_moved_row(row, clocks, now_nth, rings[-1], step))
    values = binds.actor_values(actor, ()) | binds.row_values("moved", MOVED, moved, dialect)
    act = {
        "now": now,
        "now_nth": now_nth,
        "calendar_version": calendar.version,
        "role": role,
        "reason": reason,
        "data": data,
    }
    act |= {"actor_key": actor.person_key, "for_id": actor.for_account, "for_key": actor.for_person_key}
    values |= {f"act_{name}": value for name, value in act.items()}
    for statement in move_statements(step, dialect):
        statement.run(connection, values)
    return rings if step.tell is not None else []


def _moved_row(row: Mapping[str, Any], clocks: tuple[Any, ...], now_nth: int, ring: int, step: Step) -> tuple[Any, ...]:
    paused = row["clock"] == Clock.PAUSED.value
    worked = 0 if paused else max(0, now_nth - row["since_nth"])
    before = {name: _plain(row[name]) for name in KEPT_FOR_UNDO} if step.undoable else None
    left = (row["id"], row["version"], row["state"], worked, row["step_due_nth"])
    return (*left, *clocks, new_id(), ring, before)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


_DEPEND_ON = itemgetter("case_due_nth", "paused_nth", "paused_days", "case_limit", "step_limit", "restarts")
_CLOCKS = attrgetter(*(field.name for field in fields(Clocks)))  # in the order of MOVED
