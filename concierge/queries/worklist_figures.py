"""The figures above a worklist and what its filters offer, read from the thousand nearest cases of its scope.

A specialist has some hundreds of open cases and every figure is exact. Where there are more, a figure is what the look
met, and says that there may be more ("3+"); so a page costs the same on any amount of rows.
"""

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from sqlalchemy import CompoundSelect, Integer, Select, bindparam, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import read
from concierge.engine.kept import Anybody, built_once
from concierge.engine.tables import Case
from concierge.models.comment import CaseTag, Selection
from concierge.models.district import Unit
from concierge.models.scope import visible_cases
from concierge.queries.filters import BANDS, VIEWS, WorkFilter
from concierge.queries.worklist_scope import AnyDesk, Desk, SomeDesk, band_of, in_view, matching, scope

CAP = 1000
RUNNING = BANDS[:4]
"""Bands by due date, nearest first."""
LOOKED_AT = ("mine", "out", "unassigned")
"""Views that are a part of the scope; all of it is one too."""
OFFERED_HOLDERS, OFFERED_TAGS = 60, 40
_MOST: Any = bindparam("most", type_=Integer)


@dataclass(frozen=True)
class Count:
    """A figure of at most 1,000. `at_least`: not everything was looked at."""

    n: int
    at_least: bool = False

    @property
    def is_more(self) -> bool:
        """Whether the true figure is, or may be, larger."""
        return self.at_least or self.n > CAP

    def __str__(self) -> str:
        return f"{min(self.n, CAP)}+" if self.is_more else str(self.n)


@dataclass(frozen=True)
class Look:
    """What the nearest cases of a scope tell: a figure for each band and view, and the units that hold some."""

    bands: dict[str, Count]
    views: dict[str, Count]
    holders: tuple[tuple[int, Bilingual], ...]


def views_of(desk: Desk) -> tuple[str, ...]:
    """The views offered on this list."""
    return ("all", "mine", "followed") if desk.unit else VIEWS


def look(session: Session, desk: Desk, kind: str = "") -> Look:
    """The figures of a list in one statement; `kind` as in `scope`."""
    rows = read(session, *_looked_at(desk.actor, desk.unit, kind), **desk.values, most=CAP + 1).all()
    sums = dict.fromkeys((*BANDS, "all", *LOOKED_AT), 0)
    for row in rows:
        band, shown = divmod(row.mark, 1 << len(LOOKED_AT))
        for name in (BANDS[band], "all", *(view for bit, view in enumerate(LOOKED_AT) if shown >> bit & 1)):
            sums[name] += row.n
    cut = sums["all"] > CAP
    # The look goes by due date: once it has met a case of a later band it has met all of the nearer ones.
    beyond = list(accumulate(sums[name] for name in reversed(RUNNING)))[-2::-1]
    whole = {name: later > 0 for name, later in zip(RUNNING, beyond, strict=False)}
    units = {row.holder_id: Bilingual(row.name_zh, row.name_en) for row in rows if row.name_zh is not None}
    return Look(
        bands={name: Count(sums[name], cut and not whole.get(name, False)) for name in BANDS},
        views={name: Count(sums[name], cut) for name in ("all", *LOOKED_AT)},
        holders=tuple(units.items())[:OFFERED_HOLDERS],
    )


@built_once
def _looked_at(actor: Anybody, unit: bool, kind: str) -> Select[Any]:
    """How many cases are with one holder, in one band, and in the same views. Band and views are one number, by which a
    thousand rows are put together sooner than by words."""
    desk = AnyDesk(actor, unit)
    views = [case((in_view(desk, name), 1 << bit), else_=0) for bit, name in enumerate(LOOKED_AT)]
    mark = sum(views, band_of(desk) * (1 << len(LOOKED_AT))).label("mark")
    near = _nearest(desk, kind, Case.holder_id, mark)
    counted = select(*near.c, func.count().label("n")).group_by(*near.c).subquery()
    units = select(*counted.c, Unit.name_zh, Unit.name_en).outerjoin(Unit, Unit.id == counted.c.holder_id)
    return units.order_by(counted.c.holder_id)


def _nearest(desk: AnyDesk, kind: str, *columns: Any) -> Any:
    here = (scope(desk, kind=kind), visible_cases(desk.actor))
    return select(*columns).where(*here).order_by(Case.due_on, Case.id).limit(_MOST).subquery()


def others(session: Session, desk: Desk, wanted: WorkFilter) -> dict[str, Count]:
    """What the look does not tell: `followed`, `selected`, and `found` where conditions narrow the list."""
    conditions = replace(wanted, after=None, before=None) if wanted.is_narrowed else WorkFilter()
    values = desk.values | {"most": CAP + 1}
    if conditions.is_typed:
        rows = session.execute(_beside(desk, conditions), values)
    else:
        rows = read(session, *_others(desk.actor, desk.unit, conditions), **values)
    return {row.name: Count(row.n) for row in rows}


@built_once
def _others(actor: Anybody, unit: bool, wanted: WorkFilter) -> CompoundSelect[Any]:
    return _beside(AnyDesk(actor, unit), wanted)


def _beside(desk: SomeDesk, wanted: WorkFilter) -> CompoundSelect[Any]:
    followed = select(Case.id).where(*matching(desk, WorkFilter(view="followed")))
    ticked = select(Selection.id).where(Selection.account_id == desk.actor.account_id, Selection.list_name == desk.name)
    asked = {"followed": followed, "selected": ticked}
    if wanted.is_narrowed:
        asked["found"] = select(Case.id).where(*matching(desk, wanted))
    return union_all(*(_capped(name, rows) for name, rows in asked.items()))


def _capped(name: str, rows: Select[Any]) -> Select[Any]:
    inner = rows.limit(_MOST).subquery()
    return select(literal(name).label("name"), func.count().label("n")).select_from(inner)


def tags(session: Session, desk: Desk, kind: str) -> tuple[str, ...]:
    """The tags to choose from."""
    return tuple(read(session, *_tags(desk.actor, desk.unit, kind), **desk.values, most=CAP + 1).scalars())


@built_once
def _tags(actor: Anybody, unit: bool, kind: str) -> Select[Any]:
    near = _nearest(AnyDesk(actor, unit), kind, Case.id)
    words = select(CaseTag.word).where(CaseTag.case_id.in_(select(near.c.id)))
    return words.distinct().order_by(CaseTag.word).limit(OFFERED_TAGS)
