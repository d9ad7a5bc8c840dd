"""How the clocks of a case stand after a step: working-day ordinals first, dates made of them by the calendar."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from concierge.engine.declare import Clock, State
from concierge.rules.calendar import WorkingCalendar


class Clocks(NamedTuple):
    """The clocks of one case after a step. Ordinals are of working days, dates are business dates."""

    case_due_nth: int | None
    case_due_on: date | None
    step_due_nth: int | None
    step_due_on: date | None
    due_nth: int | None
    due_on: date | None
    due_at: datetime | None
    paused_nth: int | None
    paused_days: int
    provisional: bool


def clocks_after(row: Mapping[str, Any], to: State, *, now_nth: int, calendar: WorkingCalendar) -> Clocks:
    """The clocks after a step into `to` (domain §5: pause keeps what is left, RESTART gives a fresh limit)."""
    case_due, paused, paused_days = row["case_due_nth"], row["paused_nth"], row["paused_days"]
    counts = to.clock in (Clock.RUNNING, Clock.WAITING)
    if paused is not None and counts:
        away = now_nth - paused
        paused_days += away
        if case_due is not None:
            case_due = (
                now_nth + row["case_limit"] if row["restarts"] and row["case_limit"] is not None else case_due + away
            )
        paused = None
    elif paused is None and not counts:
        paused = now_nth
    if to.clock is Clock.RUNNING and case_due is None and row["case_limit"] is not None:
        case_due = now_nth + row["case_limit"]
    step_due = now_nth + row["step_limit"] if row["step_limit"] is not None else None
    near = [d for d in (case_due if to.clock not in (Clock.PAUSED, Clock.MET) else None, step_due) if d is not None]
    due = min(near) if near else case_due
    if to.clock is Clock.STOPPED and row.get("clock") == Clock.STOPPED.value:
        # What was finished in time stays so when it is filed away later; what was late stays late.
        due = row["due_nth"] if row["due_nth"] is not None and row["since_nth"] > row["due_nth"] else None
    return dated(case_due, step_due, due, paused, paused_days, calendar)


def dated(
    case_due: int | None,
    step_due: int | None,
    due: int | None,
    paused: int | None,
    days: int,
    calendar: WorkingCalendar,
) -> Clocks:
    """Ordinals of the two clocks with their dates; `due` is the nearer one, at its close of business."""
    case_on, far = _day(case_due, calendar)
    step_on, near = _day(step_due, calendar)
    due_on, _ = _day(due, calendar)
    due_at = calendar.closing(due_on) if due_on is not None else None
    return Clocks(case_due, case_on, step_due, step_on, due, due_on, due_at, paused, days, far or near)


def _day(nth: int | None, calendar: WorkingCalendar) -> tuple[date | None, bool]:
    return (None, False) if nth is None else calendar.provisional_day(nth)
