"""The worklist: what waits, with whom, how long, and the one next act; grouped by due band (ux: specialist worklist).

Statements: rows, figures, holders to choose from, tags to choose from; their number does not depend on the rows.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, true, tuple_, union_all
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.comment import CaseTag, Selection
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.queries.filters import BANDS, VIEWS, Place, WorkFilter
from concierge.queries.worklist_rows import WorkRow, columns, make_row
from concierge.queries.worklist_scope import FAR, RANK, STILL, Desk, in_band, in_view, matching, scope

PAGE = 25
CAP = 1000
DUE: ColumnElement[Any] = func.coalesce(Case.due_on, literal(FAR, Case.due_on.type))


@dataclass(frozen=True)
class Count:
    """A figure, at most 1,000; `is_more` when there are more."""

    n: int

    @property
    def is_more(self) -> bool:
        """Whether the true figure is larger."""
        return self.n > CAP

    def __str__(self) -> str:
        return f"{CAP}+" if self.is_more else str(self.n)


@dataclass(frozen=True)
class Worklist:
    """One page of a worklist. `bands` and `views` count the whole scope, `found` what the filter leaves."""

    wanted: WorkFilter
    rows: tuple[WorkRow, ...]
    bands: dict[str, Count]
    views: dict[str, Count]
    found: Count
    selected: int
    holders: tuple[tuple[int, Bilingual], ...]
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    earlier: Place | None
    later: Place | None
    is_unit: bool

    @property
    def groups(self) -> list[tuple[str, list[WorkRow]]]:
        """The rows by due band, in their order."""
        found: list[tuple[str, list[WorkRow]]] = []
        for row in self.rows:
            if not found or found[-1][0] != row.band:
                found.append((row.band, []))
            found[-1][1].append(row)
        return found


def worklist(session: Session, desk: Desk, wanted: WorkFilter) -> Worklist:
    """One page of the list, with its figures."""
    rows, earlier, later = _page(session, desk, wanted)
    figures = _figures(session, desk, wanted)
    return Worklist(
        wanted=wanted,
        rows=tuple(make_row(row, desk) for row in rows),
        bands={name: Count(figures.get(f"band:{name}", 0)) for name in BANDS},
        views={name: Count(figures.get(f"view:{name}", 0)) for name in views_of(desk)},
        found=Count(figures.get("found", 0)),
        selected=figures.get("selected", 0),
        holders=_holders(session, desk, wanted),
        tags=_tags(session, desk, wanted),
        kinds=kinds_of(desk),
        earlier=earlier,
        later=later,
        is_unit=desk.unit,
    )


def views_of(desk: Desk) -> tuple[str, ...]:
    """The views offered on this list."""
    return ("all", "mine", "followed") if desk.unit else VIEWS


def kinds_of(desk: Desk) -> tuple[str, ...]:
    """The kinds of cases that may be on this list."""
    if desk.unit:
        return ("claim", "care_request", "consultation", "joint_opinion", "entitlement", "recognition")
    return ("claim", "care_request", "consultation", "payment_item", "entitlement", "recognition")


def all_rows(desk: Desk, wanted: WorkFilter) -> Select[tuple[int]]:
    """The ids of everything the filter leaves, on whatever page: for "select all"."""
    return select(Case.id).where(*matching(desk, wanted)).order_by(RANK, DUE, Case.id)


def export_rows(session: Session, desk: Desk, wanted: WorkFilter) -> list[WorkRow]:
    """What the filter leaves, in the list's order and on one sheet: at most 1,000 rows."""
    statement = columns(desk).where(*matching(desk, wanted)).order_by(RANK, DUE, Case.id).limit(CAP)
    return [make_row(row, desk) for row in session.execute(statement)]


def _page(session: Session, desk: Desk, wanted: WorkFilter) -> tuple[list[Any], Place | None, Place | None]:
    backwards = wanted.before is not None
    rows = _nearest(session, desk, wanted, backwards=backwards)
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if backwards:
        rows.reverse()
    if not rows:
        return rows, None, None
    first, last = _place(rows[0]), _place(rows[-1])
    earlier = first if (more if backwards else wanted.after is not None) else None
    later = last if (True if backwards else more) else None
    return rows, earlier, later


def _nearest(session: Session, desk: Desk, wanted: WorkFilter, *, backwards: bool) -> list[Any]:
    """One row more than a page from a place on, nearest first.

    The two ranks are read one after the other, each in the order of an index, so that a page costs the same wherever
    it is in however long a list; one statement over both would sort the whole list for each page.
    """
    at = wanted.before or wanted.after
    ranks, key = ((1, 0), [Case.due_on.desc(), Case.id.desc()]) if backwards else ((0, 1), [Case.due_on, Case.id])
    rows: list[Any] = []
    for rank in ranks[ranks.index(at.rank) if at is not None else 0 :]:
        if len(rows) <= PAGE:
            part = columns(desk).where(*matching(desk, wanted), STILL if rank else STILL.is_not(true()))
            if at is not None and rank == at.rank:
                place, here = tuple_(Case.due_on, Case.id), tuple_(literal(at.due_on, Case.due_on.type), literal(at.id))
                part = part.where(place < here if backwards else place > here)
            rows += session.execute(part.order_by(*key).limit(PAGE + 1 - len(rows))).all()
    return rows


def _place(row: Any) -> Place:
    return Place(row.rank, row.due_on or FAR, row.id)


def place_of(row: Any) -> Place:
    """The place of a case (a row with rank, due_on, id) in the list's order."""
    return _place(row)


def _figures(session: Session, desk: Desk, wanted: WorkFilter) -> dict[str, int]:
    base = [scope(desk), visible_cases(desk.actor)]
    asked: dict[str, list[ColumnElement[bool]]] = {f"band:{name}": [*base, in_band(desk, name)] for name in BANDS}
    for name in views_of(desk):
        asked[f"view:{name}"] = (
            matching(desk, WorkFilter(view=name)) if name == "followed" else [*base, in_view(desk, name)]
        )
    asked["found"] = matching(desk, wanted)
    parts = [_capped(name, select(Case.id).where(*clauses)) for name, clauses in asked.items()]
    ticked = select(Selection.id).where(Selection.account_id == desk.actor.account_id, Selection.list_name == desk.name)
    parts.append(_capped("selected", ticked))
    return {row.name: row.n for row in session.execute(union_all(*parts))}


def _capped(name: str, rows: Select[tuple[int]]) -> Select[tuple[str, int]]:
    inner = rows.limit(CAP + 1).subquery()
    return select(literal(name).label("name"), func.count().label("n")).select_from(inner)


def _holders(session: Session, desk: Desk, wanted: WorkFilter) -> tuple[tuple[int, Bilingual], ...]:
    """The units that hold something of this list now."""
    held = select(Case.holder_id).where(scope(desk, kind=wanted.kind), visible_cases(desk.actor)).distinct()
    units = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.id.in_(held)).order_by(Unit.id).limit(60)
    return tuple((row.id, Bilingual(row.name_zh, row.name_en)) for row in session.execute(units))


def _tags(session: Session, desk: Desk, wanted: WorkFilter) -> tuple[str, ...]:
    here = select(Case.id).where(scope(desk, kind=wanted.kind), visible_cases(desk.actor))
    words = select(CaseTag.word).where(CaseTag.case_id.in_(here)).distinct().order_by(CaseTag.word).limit(40)
    return tuple(session.execute(words).scalars())


def states_of(kind: str) -> list[tuple[str, Any]]:
    """The states of a kind that an open case can be in, for the filter."""
    flow = FLOWS.get(kind)
    return [] if flow is None else [(name, s.label) for name, s in flow.states.items() if not s.final]
