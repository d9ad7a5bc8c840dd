"""Rows that satisfy a step's guards, or all but one, found by trying values on the guards' Python halves."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Text
from sqlalchemy.inspection import inspect

from concierge.db import UTCDateTime
from concierge.engine.declare import FLOWS, Guard, State, Step, Workflow
from tests.cases import BATCH, LINE, NOW, plain_row

MOMENTS = (None, NOW - timedelta(days=1), NOW, NOW + timedelta(days=1))
EXISTING = {"budget_line_id": LINE, "batch_id": BATCH}
OWN_OF_CASES = ("waits", "due_at", "prior_state", "trail")


def steps() -> list[Step]:
    """Every step of every flow."""
    return [step for flow in FLOWS.values() for step in flow.steps.values()]


def named(step: Step) -> str:
    """How a test names a step."""
    return f"{step.flow.kind}.{step.name}"


def columns(flow: type[Workflow[Any]]) -> dict[str, Column[Any]]:
    """The columns guards may depend on: those of the detail, and a few of the case."""
    found = {c.name: c for c in flow.subject.__table__.columns if c.name not in ("id", "district_id")}
    return found | {name: inspect(flow.subject).columns[name] for name in OWN_OF_CASES}


def candidates(flow: type[Workflow[Any]], column: Column[Any]) -> Sequence[Any]:
    """Values to try in a column."""
    if column.name == "prior_state":
        return [None, *flow.states]
    if column.name == "trail":
        return [",", *(f",{name}," for name in flow.states)]
    if isinstance(column.type, Boolean):
        return [False, True]
    if isinstance(column.type, UTCDateTime | DateTime):
        return MOMENTS if column.nullable else MOMENTS[1:]
    if column.foreign_keys or column.name.endswith("_id"):
        return [None, EXISTING[column.name]] if column.name in EXISTING else []
    if isinstance(column.type, Integer | BigInteger):
        return [None, 0, 1] if column.nullable else [0, 1]
    return ["", "x", "director"] if isinstance(column.type, Text) else []


def holds(flow: type[Workflow[Any]], guard: Guard, row: dict[str, Any], now: datetime = NOW) -> bool:
    """What a guard's Python half says of a row."""
    return guard.holds(flow.subject(**{name: row[name] for name in row.keys() & _own_names(flow)}), now)


@cache
def _own_names(flow: type[Workflow[Any]]) -> frozenset[str]:
    """The columns of a case and its detail."""
    return frozenset(inspect(flow.subject).columns.keys())


@cache
def depends_on(flow: type[Workflow[Any]], guard: Guard) -> list[str]:
    """The columns whose value can change what a guard says, whatever single other column stands in its way."""
    base = plain_row(flow)
    found = set()
    for row in [base, *variants(flow, base)]:
        said = holds(flow, guard, row)
        found |= {name for name, other in changed(flow, row) if holds(flow, guard, other) is not said}
    return sorted(found)


def variants(flow: type[Workflow[Any]], row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The row with one column changed, for columns of text (tiers) only."""
    for name, other in changed(flow, row):
        if isinstance(columns(flow)[name].type, Text) and name not in ("trail", "prior_state"):
            yield other


def changed(flow: type[Workflow[Any]], row: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row that differs in one column, with that column's name."""
    for name, column in columns(flow).items():
        for value in candidates(flow, column):
            if value != row.get(name):
                yield name, row | {name: value}


def arrange(
    flow: type[Workflow[Any]], wanted: Sequence[tuple[Guard, bool]], fixed: Sequence[str] = ()
) -> dict[str, Any]:
    """Column values under which each guard says what is wanted; AssertionError if none are found."""
    return dict(_found(flow, tuple(wanted), tuple(fixed)))


@cache
def _found(flow: type[Workflow[Any]], wanted: tuple[tuple[Guard, bool], ...], fixed: tuple[str, ...]) -> dict[str, Any]:
    """Searched once: every test of a step asks for the same rows, on either database."""
    base = row = plain_row(flow)
    for _turn in range(4):
        wrong = [(guard, want) for guard, want in wanted if holds(flow, guard, row) is not want]
        if not wrong:
            return {name: value for name, value in row.items() if value != base.get(name)}
        for guard, want in wrong:
            row = next(
                (
                    other
                    for name, other in changed(flow, row)
                    if name not in fixed and holds(flow, guard, other) is want
                ),
                row,
            )
    raise AssertionError(f"no row satisfies {[guard.code for guard, _want in wanted]}")


@cache
def path_to(step: Step) -> list[Step]:
    """A shortest way from the flow's start that ends with the step, along which every guard can be satisfied.

    Guards about the way itself (came from there, has passed there) are respected, all others are arranged.
    """
    start = step.flow.initial
    queue: deque[tuple[State, str | None, str, list[Step]]] = deque([(start, None, f",{start.name},", [])])
    seen = set()
    while queue:
        state, prior, trail, way = queue.popleft()
        for next_step in step.flow.steps.values():
            if state not in next_step.sources or not _on_the_way(next_step, prior, trail):
                continue
            if next_step is step:
                return [*way, step]
            after = (next_step.to, state.name, f"{trail}{next_step.to.name},", [*way, next_step])
            known = (next_step.to.name, state.name, frozenset(trail.split(",")))
            if known not in seen:
                seen.add(known)
                queue.append(after)
    raise AssertionError(f"no way leads to {named(step)}")


def _on_the_way(step: Step, prior: str | None, trail: str) -> bool:
    row = {"prior_state": prior, "trail": trail}
    return all(
        holds(step.flow, guard, row) for guard in step.when if guard.code in ("came_from_elsewhere", "was_not_passed")
    )


def about_the_way(guard: Guard) -> bool:
    """Whether a guard speaks of the way the case has come."""
    return guard.code in ("came_from_elsewhere", "was_not_passed")
