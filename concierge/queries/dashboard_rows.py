"""The rows behind the leadership's figures, and the matters longest past their limit."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.queries.dashboard import Period, in_area, overdue


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
