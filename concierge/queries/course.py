"""Where a case stands in its flow: the main line, the way it has come, and the way it will most likely go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from concierge.basics.clock import local_date
from concierge.basics.text import Bilingual, Text
from concierge.engine.declare import FLOWS, Clock, State, Workflow
from concierge.queries.holders import Names
from concierge.rules.calendar import WorkingCalendar

QUIET = frozenset({"draft", "determined", "budget_reserved", "archived", "signed"})
"""States that last a moment: left out of a step line unless the case is there now."""


@cache
def main_line(kind: str) -> tuple[str, ...]:
    """The states of a kind that are drawn in one line, from the start to the regular end."""
    states = FLOWS[kind].states.items()
    return tuple(name for name, state in states if not (state.aside or state.retired or name in QUIET))


@dataclass(frozen=True)
class Position:
    """A place on the main line: step `at` of `total`, from 1."""

    at: int
    total: int


def position(kind: str, state: str, trail: str) -> Position:
    """Where a case stands on the main line; beside it, where it left it."""
    line = main_line(kind)
    passed = [name for name in trail.split(",") if name in line]
    here = state if state in line else (passed[-1] if passed else line[0])  # beside the line, or only passing through
    return Position(line.index(here) + 1, len(line))


def state_of(kind: str, name: str) -> State | None:
    """A state by its name; None for one that the code no longer knows."""
    flow = FLOWS.get(kind)
    return flow.states.get(name) if flow is not None else None


def ahead(case: Any, *, now: datetime) -> list[State]:
    """The states a loaded case will most likely go through, nearest first: side ways are left out, roads that its
    policy does not take are closed by their guards."""
    flow: type[Workflow[Any]] = FLOWS[case.kind]
    found: list[State] = []
    at: State | None = flow.states.get(case.state)
    while at is not None and not at.final:
        at = _next(flow, at, case, now, {case.state, *(s.name for s in found)})
        if at is not None:
            found.append(at)
    return found


def _next(flow: type[Workflow[Any]], at: State, case: Any, now: datetime, seen: set[str]) -> State | None:
    line = list(flow.states.values())
    for step in flow.steps.values():
        if at not in step.sources or step.side or step.retired or step.to.name in seen or step.to.aside:
            continue
        if not at.aside and line.index(step.to) < line.index(at):
            continue  # what puts a case back on the main line mends something, and is not the way ahead
        if all(guard.holds(case, now) for guard in step.when if guard.routes):
            return step.to
    return None


@dataclass(frozen=True)
class Stop:
    """One step of a case's step line: `done`, `now` or `todo`. `loops` counts the ways aside taken from here."""

    state: str
    text: Text
    day: date | None
    who: str | Text | Bilingual
    used: int | None
    promised: int | None
    loops: int
    aside: Text | None


def stops(case: Any, rows: Sequence[Any], names: Names, *, now: datetime, calendar: WorkingCalendar) -> list[Stop]:
    """The step line of a loaded case from its history (oldest first) and the way it will most likely go."""
    flow = FLOWS[case.kind]
    loops = _loops(flow, rows)
    passed = (_done(flow, name, rows, loops, calendar) for name in _passed(flow, case, rows, loops))
    found = [stop for stop in passed if stop is not None]
    found.append(_here(case, flow.states[case.state], rows, names, now, calendar))
    for state in ahead(case, now=now):
        if state.name not in QUIET:
            found.append(Stop("todo", state.label, None, "", None, state.due.days if state.due else None, 0, None))
    return found


def _loops(flow: type[Workflow[Any]], rows: Sequence[Any]) -> set[int]:
    """The lines (by index) that went aside and came back, or still wait there with the clock stopped."""
    found, seen = set(), set()
    for i, row in enumerate(rows):
        state = flow.states.get(row.to_state)
        if state is not None and state.aside:
            back = next((r.to_state for r in rows[i + 1 :] if r.to_state != row.to_state), None)
            if back in seen or (back is None and row.clock == Clock.PAUSED):
                found.add(i)
        seen.add(row.to_state)
    return found


def _passed(flow: type[Workflow[Any]], case: Any, rows: Sequence[Any], loops: set[int]) -> list[str]:
    """The states that the case has left for good, in the order of their last visit; ways aside and back left out."""
    order: dict[str, None] = {}
    for i, row in enumerate(rows):
        if row.to_state in flow.states and row.to_state not in QUIET and i not in loops:
            order.pop(row.to_state, None)
            order[row.to_state] = None
    order.pop(case.state, None)
    return list(order)


def _done(
    flow: type[Workflow[Any]], name: str, rows: Sequence[Any], loops: set[int], calendar: WorkingCalendar
) -> Stop | None:
    visits = [(row, rows[i + 1], i + 1) for i, row in enumerate(rows[:-1]) if row.to_state == name]
    visits = [visit for visit in visits if visit[1].to_state != name] or visits[-1:]
    if not visits:
        return None
    left = visits[-1][1]
    asides = [after for _entered, after, at in visits if at in loops]
    used = sum(after.nth - entered.nth for entered, after, _at in visits)
    aside = flow.states[asides[-1].to_state].label if asides else None
    day = local_date(left.at, calendar.zone)
    return Stop("done", flow.states[name].label, day, left.doer or "", used, None, len(asides), aside)


def _here(case: Any, state: State, rows: Sequence[Any], names: Names, now: datetime, calendar: WorkingCalendar) -> Stop:
    """Where the case is; what was promised there is what its policy, an extension or the flow made of it."""
    entered = rows[-1]
    for row in reversed(rows):
        if row.to_state != state.name:
            break
        entered = row
    used = None if state.final else max(calendar.nth_of(now) - entered.nth, 0)
    who = "" if state.final else names.who(rows[-1])
    day = local_date(entered.at, calendar.zone)
    promised = case.step_due_nth - entered.nth if case.step_due_nth is not None else None
    return Stop("done" if state.final else "now", state.label, day, who, used, promised, 0, None)
