"""An extension: the limit of a case moves, its state does not. Only the engine writes clocks."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, and_, select, update
from sqlalchemy.orm import Session

from concierge.db import BIG, UTCDateTime, among
from concierge.engine import binds
from concierge.engine.run import Act
from concierge.engine.tables import CASES, Case

LATER = {
    "id": BIG,
    "case_due_nth": Integer(),
    "case_due_on": Date(),
    "due_nth": Integer(),
    "due_on": Date(),
    "due_at": UTCDateTime(),
    "provisional": Integer(),
}
_DATES = ("case_due_nth", "case_due_on", "due_nth", "due_on", "due_at")


def extend(session: Session, days: Mapping[int, int], act: Act) -> None:
    """Give cases further working days, each its own number; cases without a limit stay as they are.

    Runs inside the caller's transaction, after the step that grants it; two statements whatever the number of cases.
    """
    c = Case
    found = session.execute(
        select(c.id, c.case_due_nth, c.step_due_nth, c.paused_nth).where(
            among(c.id, list(days)), c.case_due_nth.is_not(None)
        )
    ).all()
    rows = [_moved(row, row.case_due_nth + days[row.id], act) for row in found]
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect.name
    values = binds.row_values("later", LATER, rows, dialect) | {"district": act.actor.district_id}
    connection.execute(_statement(dialect), values)


def _moved(row: Any, case_due: int, act: Act) -> tuple[Any, ...]:
    near = [nth for nth in (None if row.paused_nth is not None else case_due, row.step_due_nth) if nth is not None]
    due = min(near) if near else case_due
    case_on, far = act.calendar.provisional_day(case_due)
    due_on, soon = act.calendar.provisional_day(due)
    return (row.id, case_due, case_on, due, due_on, act.calendar.closing(due_on), int(far or soon))


@cache
def _statement(dialect: str) -> Any:
    later = binds.rows("later", LATER, dialect)
    here = CASES.c
    values: dict[str, Any] = {name: later.c[name] for name in _DATES}
    values["is_provisional"] = later.c.provisional == 1
    same = and_(here.id == later.c.id, binds.in_district(here.district_id, dialect))
    return update(CASES).values(**values).where(same)
