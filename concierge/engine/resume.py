"""A pause ends although no step was taken: the clock goes on, the state stays, and the history says so."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, insert, select, update
from sqlalchemy.orm import Session

from concierge.db import BIG, among
from concierge.engine.clocks import Clocks, dated
from concierge.engine.declare import Clock
from concierge.engine.lines import line_without_step
from concierge.engine.run import Act
from concierge.engine.tables import CASES, HISTORY

RESUMED = "clock_resumed"
_KEPT = ("id", "version", "kind", "state", "holder", "holder_id", "assignee_id", "paused_nth", "paused_days")
_CLOCKS = ("case_due_nth", "step_due_nth")


def end_pauses(session: Session, ids: Iterable[int], act: Act) -> int:
    """Let the clocks of paused cases go on, inside the caller's transaction; returns how many did.

    What was left of the limit before the pause is left now, and a new stretch begins, in which days count again. Cases
    on which somebody is acting are left for next time.
    """
    session.flush()
    c = CASES.c
    here = and_(among(c.id, list(ids)), c.district_id == act.actor.district_id, c.clock == Clock.PAUSED.value)
    chosen = select(*(c[name] for name in (*_KEPT, *_CLOCKS))).where(here)
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    rows = connection.execute(chosen).mappings().all()
    if not rows:
        return 0
    nth, running = act.calendar.nth_of(act.now), Clock.RUNNING.value
    moved = [_resumed(row, act, nth) for row in rows]
    one = update(CASES).where(c.id == bindparam("this", type_=BIG), c.district_id == act.actor.district_id)
    connection.execute(one, moved)
    connection.execute(insert(HISTORY), [line_without_step(row, act, nth, RESUMED, clock=running) for row in rows])
    return len(rows)


def _resumed(row: RowMapping, act: Act, nth: int) -> dict[str, Any]:
    away = nth - (nth if row["paused_nth"] is None else row["paused_nth"])
    case_due, step_due = row["case_due_nth"], row["step_due_nth"]
    case_due = None if case_due is None else case_due + away
    due = min((day for day in (case_due, step_due) if day is not None), default=None)
    clocks: Clocks = dated(case_due, step_due, due, None, row["paused_days"] + away, act.calendar)
    names = ("case_due_nth", "case_due_on", "due_nth", "due_on", "due_at", "paused_nth", "paused_days")
    return {name: getattr(clocks, name) for name in names} | {
        "this": row["id"],
        "version": row["version"] + 1,
        "clock": Clock.RUNNING.value,
        "since": act.now,
        "since_nth": nth,
        "is_provisional": clocks.provisional,
        "calendar_version": act.calendar.version,
    }
