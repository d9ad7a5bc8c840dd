"""Where a case stands in its flow: the main line, the way it has come, and the way it will most likely go."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from concierge.engine.declare import FLOWS, State, Workflow


@cache
def main_line(kind: str) -> tuple[str, ...]:
    """The states of a kind that are drawn in one line, from the start to the regular end."""
    return tuple(name for name, state in FLOWS[kind].states.items() if not state.aside and not state.retired)


@dataclass(frozen=True)
class Position:
    """A place on the main line: step `at` of `total`, from 1."""

    at: int
    total: int


def position(kind: str, state: str, trail: str) -> Position:
    """Where a case stands on the main line; beside it, where it left it."""
    line = main_line(kind)
    passed = [name for name in trail.split(",") if name in line]
    here = state if state in line else (passed[-1] if passed else line[0])
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
    for step in flow.steps.values():
        if at not in step.sources or step.side or step.retired or step.to.name in seen or step.to.aside:
            continue
        if all(guard.holds(case, now) for guard in step.when if guard.routes):
            return step.to
    return None
