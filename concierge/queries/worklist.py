"""The worklist: what waits, with whom, how long, and the one next act; grouped by due band (ux: specialist worklist).

Statements: rows, figures, holders to choose from, tags to choose from; their number does not depend on the rows.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, literal, select, true, tuple_
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import BIG, read
from concierge.engine.declare import FLOWS
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case
from concierge.queries.filters import Place, WorkFilter
from concierge.queries.worklist_figures import CAP, Count, look, others, tags, views_of
from concierge.queries.worklist_rows import WorkRow, columns, make_row
from concierge.queries.worklist_scope import FAR, RANK, STILL, AnyDesk, Desk, SomeDesk, matching

PAGE = 25
DUE: ColumnElement[Any] = func.coalesce(Case.due_on, literal(FAR, Case.due_on.type))


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
    seen = look(session, desk)
    own = others(session, desk, wanted)
    views = seen.views | {"followed": own["followed"]}
    return Worklist(
        wanted=wanted,
        rows=tuple(make_row(row, desk) for row in rows),
        bands=seen.bands,
        views={name: views[name] for name in views_of(desk)},
        found=own["found"] if "found" in own else views[wanted.view],
        selected=own["selected"].n,
        holders=(look(session, desk, wanted.kind) if wanted.kind == "entitlement" else seen).holders,
        tags=tags(session, desk, wanted.kind),
        kinds=kinds_of(desk),
        earlier=earlier,
        later=later,
        is_unit=desk.unit,
    )


def kinds_of(desk: Desk) -> tuple[str, ...]:
    """The kinds of cases that may be on this list."""
    if desk.unit:
        return ("claim", "care_request", "care_share", "consultation", "joint_opinion", "entitlement", "recognition")
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
    ranks = (1, 0) if backwards else (0, 1)
    conditions = replace(wanted, after=None, before=None)
    rows: list[Any] = []
    for rank in ranks[ranks.index(at.rank) if at is not None else 0 :]:
        if len(rows) <= PAGE:
            here = at if at is not None and rank == at.rank else None
            place = {"at_day": here.due_on, "at_id": here.id} if here is not None else {}
            shape = conditions, rank, backwards, here is not None
            values = desk.values | place | {"most": PAGE + 1 - len(rows)}
            if conditions.is_typed:
                rows += session.execute(_rows_of(desk, *shape), values)
            else:
                rows += read(session, *_part(desk.actor, desk.unit, *shape), **values)
    return rows


@built_once
def _part(actor: Anybody, unit: bool, *shape: Any) -> Select[Any]:
    return _rows_of(AnyDesk(actor, unit), *shape)


def _rows_of(desk: SomeDesk, wanted: WorkFilter, rank: int, backwards: bool, is_placed: bool) -> Select[Any]:
    """The rows of one rank, from a place on if there is one."""
    part = columns(desk).where(*matching(desk, wanted), STILL if rank else STILL.is_not(true()))
    if is_placed:
        place = tuple_(Case.due_on, Case.id)
        here = tuple_(bindparam("at_day", type_=Case.due_on.type), bindparam("at_id", type_=BIG))
        part = part.where(place < here if backwards else place > here)
    key = [Case.due_on.desc(), Case.id.desc()] if backwards else [Case.due_on, Case.id]
    return part.order_by(*key).limit(bindparam("most", type_=Integer))


def _place(row: Any) -> Place:
    return Place(row.rank, row.due_on or FAR, row.id)


def place_of(row: Any) -> Place:
    """The place of a case (a row with rank, due_on, id) in the list's order."""
    return _place(row)


def states_of(kind: str) -> list[tuple[str, Any]]:
    """The states of a kind that an open case can be in, for the filter."""
    flow = FLOWS.get(kind)
    return [] if flow is None else [(name, s.label) for name, s in flow.states.items() if not s.final]
