"""P5 and P12: the worklist, and the pages, with 10,000 cases and with a million of them.

One of ten specialists looks at his own: at a million, sixty thousand open ones, the hard case.
"""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks.crowd import crowd
from benchmarks.ground import CALENDAR, NOW, SPECIALIST, postgresql, sqlite
from benchmarks.house import LIST, case_page, specialist
from benchmarks.measure import Result, Size, at_most, middle, spread
from concierge.db import make_engine, open_session
from concierge.queries.filters import Place, WorkFilter
from concierge.queries.worklist import _page
from concierge.queries.worklist_scope import Desk
from tests.office import DISTRICT

FEW, MANY = 10_000, 1_000_000
ROUNDS = 3
TURNS = 40
DEPTHS = (0.5, 0.9)
DESK = Desk(SPECIALIST, NOW, CALENDAR)
Grounds = dict[str, Callable[[], Any]]
GROUNDS: Grounds = {"SQLite": sqlite, "PostgreSQL": lambda: postgresql(1)}
DEEPER = {"SQLite": at_most(1.15, 1.5), "PostgreSQL": at_most(2.5)}


def run(size: Size) -> Iterator[Result]:
    """Both sizes side by side on each database; they take turns."""
    for name, ground in GROUNDS.items():
        with ExitStack() as stack:
            small, large = (stack.enter_context(ground()) for _size in range(2))
            ours = [crowd(small, size(FEW)), crowd(large, size(MANY))]
            yield from _lists(name, small, large, ours)
            yield from _pages(name, small, large, ours)


def _lists(name: str, small: Engine, large: Engine, ours: list[list[int]]) -> Iterator[Result]:
    """The page of rows alone, as the worklist reads it."""
    readers = [_Reader(engine) for engine in (small, large)]
    calls = [reader.first_page for reader in readers]
    yield _grown(f"P5 worklist, first page, {name}, p50 at 1M of 10k", calls, at_most(1.15, 1.5))
    yield _grown(f"P5 worklist, first page, {name}, p95 at 1M of 10k", calls, at_most(1.3, 1.5), share=0.95)
    for depth in DEPTHS:
        there = partial(readers[1].page, readers[1].place(depth))
        label = f"P5 worklist, {depth:.0%} deep, {name}, of its first page"
        yield _grown(label, [readers[1].first_page, there], DEEPER[name])
    for reader in readers:
        reader.close()


def _grown(name: str, calls: list[Callable[[], Any]], goal: Any, share: float = 0.5) -> Result:
    """How many times as long the second call takes."""
    for call in itertools.chain(calls, calls):
        call()
    rounds = [[middle([call] * TURNS, share) for call in calls] for _round in range(ROUNDS)]
    return spread(name, [second / first for first, second in rounds], goal)


class _Reader:
    """A specialist who reads his list, page by page."""

    def __init__(self, engine: Engine) -> None:
        self.engine = make_engine(engine.url.render_as_string(hide_password=False), read_only=True)
        self.session = open_session(self.engine, district=DISTRICT, read_only=True)

    def first_page(self) -> Any:
        return self.page(None)

    def page(self, after: Place | None) -> Any:
        found = _page(self.session, DESK, WorkFilter(after=after))
        self.session.rollback()
        return found

    def place(self, depth: float) -> Place:
        """The place so deep in the list, found by leafing through it once without looking at the rows."""
        from sqlalchemy import func, select

        from concierge.engine.tables import Case
        from concierge.queries.worklist_scope import matching

        mine = matching(DESK, WorkFilter())
        count = self.session.scalar(select(func.count()).select_from(Case).where(*mine)) or 0
        wanted = select(Case.due_on, Case.id).where(*mine).order_by(Case.due_on, Case.id)
        row = self.session.execute(wanted.offset(int(count * depth)).limit(1)).one()
        assert row.due_on is not None
        return Place(0, row.due_on, row.id)

    def close(self) -> None:
        self.session.close()
        self.engine.dispose()


def _pages(name: str, small: Engine, large: Engine, ours: list[list[int]]) -> Iterator[Result]:
    """The pages as they are sent, without a server in between."""
    with tempfile.TemporaryDirectory() as folder:
        visitors = [specialist(engine, Path(folder)) for engine in (small, large)]
        lists = [partial(_get, visitor, LIST) for visitor in visitors]
        cases = [partial(_get, visitor, case_page(ids[0])) for visitor, ids in zip(visitors, ours, strict=True)]
        yield _grown(f"P12 list page, {name}, p50 at 1M of 10k", lists, at_most(1.1))
        yield _grown(f"P12 case page, {name}, p50 at 1M of 10k", cases, at_most(1.1))


def _get(visitor: Any, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.status
