"""The rows behind the leadership's figures, and the matters longest past their limit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.tables import Case
from concierge.models.care import CareRequest
from concierge.models.district import Unit
from concierge.queries.dashboard import Period, closed_in, in_area, overdue, rows_clause
from concierge.queries.dashboard_charts import pending_by_age


@dataclass(frozen=True)
class OverdueRow:
    """A matter on the supervision list, or behind a figure."""

    id: int
    number: str
    title: Bilingual
    kind: str
    state: str
    holder: str
    holder_unit: Bilingual | None
    due_nth: int | None
    due_on: date | None
    clock: str
    is_open: bool
    since_nth: int


@dataclass(frozen=True)
class Knot:
    """The state and the unit at which most of the overdue matters are, and how many they are.

    `unit_id` is None where no unit holds them, but a person.
    """

    kind: str
    state: str
    holder: str
    unit_id: int | None
    unit: Bilingual | None
    cases: int


def held_at(kind: str, state: str, unit_id: int | None) -> ColumnElement[bool]:
    """Cases in one state with one unit, or with no unit."""
    return (Case.kind == kind) & (Case.state == state) & (Case.holder_id == unit_id)


NARROWED = ("step", "unit", "category", "month", "policy", "waited")
"""By what an address may narrow a figure: a step (with its unit), a field of care, a month, a policy and an age."""


def clause_behind(
    session: Session, name: str, period: Period, kept: Mapping[str, str], nth_of: Callable[[datetime], int]
) -> ColumnElement[bool]:
    """The clause of a figure as an address narrows it. Raises NotFound for a figure, a month or an age that is none."""
    found = closed_in(kept["month"]) & in_area(period.area) if "month" in kept else rows_clause(name, period)
    if found is None or ("month" in kept and name != "closed"):
        raise NotFound()
    if "step" in kept:
        kind, _dot, state = kept["step"].partition(".")
        found &= held_at(kind, state, parse_id(kept["unit"]) if "unit" in kept else None)
    if "category" in kept:
        found &= Case.id.in_(select(CareRequest.id).where(CareRequest.category == kept["category"]))
    if "policy" in kept:
        found &= among(Case.id, _waited(session, period, parse_id(kept["policy"]), kept.get("waited", ""), nth_of))
    return found


def _waited(
    session: Session, period: Period, policy_id: int, band: str, nth_of: Callable[[datetime], int]
) -> Sequence[int]:
    """The pending benefits of a policy in one of the ages, by its place."""
    bands = next((row.cases for row in pending_by_age(session, period, nth_of) if row.policy_id == policy_id), ())
    if band not in map(str, range(len(bands))):
        raise NotFound()
    return bands[int(band)]


def where_most_wait(session: Session, period: Period) -> Knot | None:
    """Where most of the overdue matters are; None when nothing is overdue."""
    place = (Case.kind, Case.state, Case.holder, Case.holder_id, Unit.name_zh, Unit.name_en)
    statement = select(*place, func.count()).select_from(Case).outerjoin(Unit, Unit.id == Case.holder_id)
    statement = statement.where(overdue(period.now) & in_area(period.area)).group_by(*place)
    found = session.execute(statement.order_by(func.count().desc(), Case.kind, Case.state).limit(1)).first()
    if found is None:
        return None
    kind, state, holder, unit_id, zh, en, cases = found
    return Knot(kind, state, holder, unit_id, Bilingual(zh, en) if zh else None, cases)


def _rows(clause: ColumnElement[bool]) -> Select[Any]:
    columns = (Case.id, Case.number, Case.title_zh, Case.title_en, Case.kind, Case.state, Case.holder, Unit.name_zh)
    more = (Unit.name_en, Case.due_nth, Case.due_on, Case.clock, Case.is_open, Case.since_nth)
    return select(*columns, *more).outerjoin(Unit, Unit.id == Case.holder_id).where(clause)


def rows_behind(session: Session, clause: ColumnElement[bool], *, after: int = 0, limit: int = 50) -> list[OverdueRow]:
    """The rows behind a figure in the order they came in, from the one after `after`."""
    statement = _rows(clause & (Case.id > after)).order_by(Case.id).limit(limit)
    return [_row(r) for r in session.execute(statement)]


def most_overdue(session: Session, period: Period, limit: int = 5) -> list[OverdueRow]:
    """The matters longest past their limit."""
    late = _rows(overdue(period.now) & in_area(period.area))
    return [_row(r) for r in session.execute(late.order_by(Case.due_on, Case.id).limit(limit))]


def _row(r: Any) -> OverdueRow:
    unit = Bilingual(r[7], r[8]) if r[7] else None
    return OverdueRow(r[0], r[1], Bilingual(r[2], r[3]), r[4], r[5], r[6], unit, *r[9:])
