"""When a calendar table changes, open deadlines move: the promised number of working days stays, the dates follow.

What lies before the present step keeps its ordinals' distance, so only days after `since` can move a deadline.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, select, update
from sqlalchemy.orm import Session

from concierge.engine.clocks import dated
from concierge.engine.tables import Case
from concierge.rules.calendar import WorkingCalendar

CHUNK = 1000
_NAMES = ("since", "since_nth", "case_due_nth", "step_due_nth", "paused_nth", "paused_days", "due_on", "clock")
_COLUMNS = [Case.id, Case.number, Case.title_zh, Case.title_en, *(getattr(Case, name) for name in _NAMES)]


@dataclass(frozen=True)
class MovedDeadline:
    """One open deadline that another calendar moves."""

    case_id: int
    number: str
    title_zh: str
    title_en: str
    old: date | None
    new: date | None


def moved_deadlines(session: Session, old: WorkingCalendar, new: WorkingCalendar) -> list[MovedDeadline]:
    """Every open deadline that would move, with its old and new date. Writes nothing."""
    found = []
    for rows in _open_rows(session, _COLUMNS):
        for row in rows:
            due_on = _recounted(row, old, new)["due_on"]
            if due_on != row["due_on"]:
                found.append(
                    MovedDeadline(row["id"], row["number"], row["title_zh"], row["title_en"], row["due_on"], due_on)
                )
    return found[::-1]


def recount(session: Session, olds: Callable[[str], WorkingCalendar], new: WorkingCalendar) -> int:
    """Move every open case that is counted on another calendar onto the new one, inside the caller's transaction.

    `olds` gives the calendar of a version. The rows are held from when they are read: a step that is just being taken
    is waited for, and none comes between reading and writing. Returns how many were recounted.
    """
    count = 0
    for rows in _open_rows(
        session, [*_COLUMNS, Case.calendar_version], Case.calendar_version != new.version, hold=True
    ):
        recounted = [(row["id"], _recounted(row, olds(row["calendar_version"]), new)) for row in rows]
        values = [{"case_id": case_id, **_named(fresh)} for case_id, fresh in recounted]
        table: Any = Case.__table__
        named: dict[str, Any] = {name: bindparam(f"new_{name}") for name in recounted[0][1]}
        statement = update(table).where(table.c.id == bindparam("case_id")).values(**named)
        session.connection().execute(statement, values)
        count += len(values)
    return count


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


def _open_rows(
    session: Session, columns: Sequence[Any], *wanted: ColumnElement[bool], hold: bool = False
) -> Iterator[Sequence[RowMapping]]:
    """The open cases, the newest first: a child is held before its parent, as by whoever closes it, else the two would
    stop each other."""
    statement = select(*columns).where(Case.is_open, *wanted).order_by(Case.id.desc()).limit(CHUNK)
    statement = statement.with_for_update() if hold else statement
    last = 2**63 - 1
    while rows := session.execute(statement.where(Case.id < last)).mappings().all():
        last = rows[-1]["id"]
        yield rows


def _recounted(row: RowMapping, old: WorkingCalendar, new: WorkingCalendar) -> dict[str, Any]:
    since = new.nth_of(row["since"])
    shift = since - row["since_nth"]
    case_due = row["case_due_nth"] + shift if row["case_due_nth"] is not None else None
    step_due = row["step_due_nth"] + shift if row["step_due_nth"] is not None else None
    paused = new.nth(old.day(row["paused_nth"])) if row["paused_nth"] is not None else None
    near = [d for d in (case_due if row["clock"] not in ("paused", "met") else None, step_due) if d is not None]
    clocks = dated(case_due, step_due, min(near) if near else case_due, paused, row["paused_days"], new)
    names = ("case_due_nth", "case_due_on", "step_due_nth", "step_due_on", "due_nth", "due_on", "due_at", "paused_nth")
    values = {name: getattr(clocks, name) for name in names}
    return values | {"since_nth": since, "is_provisional": clocks.provisional, "calendar_version": new.version}
