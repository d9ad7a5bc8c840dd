"""What the clocks show: the lamp of a case, and with whom its time went (product: time with whom, adding up)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from concierge.basics.text import Text
from concierge.engine.declare import Clock
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.lights import Light, light


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time with one party. `worked_days` counts working days, those of a pause too.

    `set_by` (an account) and `reason` belong to the step that began it: who paused the clock, and why.
    """

    holder: str
    holder_id: int | None
    from_at: datetime
    to_at: datetime
    worked_days: int
    is_paused: bool
    cause: Text | None
    set_by: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class HolderTime:
    """The working days a party had a case in hand, and those in which the clock stood still there."""

    holder: str
    holder_id: int | None
    worked_days: int
    paused_days: int


def light_of(row: Any, *, now: datetime, calendar: WorkingCalendar, due_nth: int | None = None) -> Light:
    """The lamp of a case or a row of a list (due_nth, clock, is_open, since_nth and, if selected, paused_nth).

    It shows the nearer of the two limits, or the case's own one where its working day is given: that one has been
    answered for as soon as the clock says so, however long the steps after it take.
    """
    is_over = not row.is_open or row.clock == Clock.STOPPED or (due_nth is not None and row.clock == Clock.MET)
    return light(
        now_nth=calendar.nth_of(now),
        due_nth=row.due_nth if due_nth is None else due_nth,
        paused=row.clock == Clock.PAUSED,
        closed_nth=_answered(row) if is_over else None,
        paused_nth=getattr(row, "paused_nth", None),
    )


def _answered(row: Any) -> int:
    """When the case's own limit was answered for: at the step that stopped its clock, else at the last step."""
    stopped: int | None = getattr(row, "paused_nth", None)
    return int(row.since_nth) if stopped is None else stopped


def intervals(history_rows: Iterable[Any], *, now: datetime, calendar: WorkingCalendar) -> list[Interval]:
    """With whom a case was, from its opening until its clock stopped or until now, without gaps.

    Takes the lines of one case's history in any order. Each line says how things stood after it, so every interval
    ends where the next begins; their working days add up to those from the first moment to the last.
    """
    lines = sorted(history_rows, key=lambda line: line.version)
    ends = [line.at for line in lines[1:]]
    if lines and lines[-1].clock != Clock.STOPPED:
        ends.append(now)
    found, moment = [], lines[0].at if lines else now
    for line, end in zip(lines, ends, strict=False):
        until = max(moment, end)  # machines' clocks may differ by a little; time does not run backwards
        if until > moment:
            found.append(_interval(line, moment, until, calendar))
        moment = until
    return found


def _interval(line: Any, start: datetime, end: datetime, calendar: WorkingCalendar) -> Interval:
    return Interval(
        holder=line.holder,
        holder_id=line.holder_id,
        from_at=start,
        to_at=end,
        worked_days=calendar.nth_of(end) - calendar.nth_of(start),
        is_paused=line.clock in (Clock.PAUSED, Clock.STOPPED),
        cause=Text(line.cause) if line.cause else None,
        set_by=line.actor_id,
        reason=line.reason,
    )


def time_by_holder(parts: Sequence[Interval]) -> list[HolderTime]:
    """The working days of each party, in the order in which they first held the case."""
    sums: dict[tuple[str, int | None], tuple[int, int]] = {}
    for part in parts:
        worked, paused = sums.get((part.holder, part.holder_id), (0, 0))
        days = (worked, paused + part.worked_days) if part.is_paused else (worked + part.worked_days, paused)
        sums[part.holder, part.holder_id] = days
    return [HolderTime(*party, *days) for party, days in sums.items()]
