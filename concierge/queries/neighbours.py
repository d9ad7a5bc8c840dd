"""The case before and the case after, through the list one came from."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import Session

from concierge.engine.tables import Case
from concierge.queries.filters import Place, WorkFilter
from concierge.queries.worklist import DUE
from concierge.queries.worklist_figures import CAP
from concierge.queries.worklist_scope import RANK, Desk, matching


@dataclass(frozen=True)
class Neighbours:
    """The ids of the neighbours, and the place among all (0 where the case is no longer on the list)."""

    earlier: int | None
    later: int | None
    at: int
    total: int


def neighbours(session: Session, desk: Desk, wanted: WorkFilter, place: Place) -> Neighbours:
    """Where a case stands in a list, in one statement; figures are capped."""
    key = tuple_(RANK, DUE, Case.id)
    here = tuple_(literal(place.rank), literal(place.due_on, Case.due_on.type), literal(place.id))
    rows = select(Case.id).where(*matching(desk, wanted))
    back = [column.desc() for column in (RANK, DUE, Case.id)]
    parts = [
        _first("earlier", rows.where(key < here).order_by(*back)),
        _first("later", rows.where(key > here).order_by(RANK, DUE, Case.id)),
        _counted("before", rows.where(key < here)),
        _counted("here", rows.where(Case.id == place.id)),
        _counted("total", rows),
    ]
    found = {row.name: row.n for row in session.execute(union_all(*parts))}
    at = found["before"] + 1 if found["here"] else 0
    return Neighbours(found.get("earlier"), found.get("later"), min(at, CAP), min(found["total"], CAP))


def _first(name: str, rows: Select[Any]) -> Select[Any]:
    inner = rows.limit(1).subquery()
    return select(literal(name).label("name"), inner.c.id.label("n"))


def _counted(name: str, rows: Select[Any]) -> Select[Any]:
    inner = rows.limit(CAP).subquery()
    return select(literal(name).label("name"), func.count().label("n")).select_from(inner)
