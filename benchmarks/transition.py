"""P1: one durable step through the whole service layer, against three raw statements and a commit."""

import itertools
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.clients import at_once, seconds, timed
from benchmarks.ground import care_requests, postgresql, sqlite
from benchmarks.measure import Result, Size, at_least, compare

STEPS, LEAST = 800, 160  # each of eight clients needs some to warm up with
GROUNDS = {"SQLite": sqlite, "PostgreSQL": postgresql}
GOALS = {
    ("SQLite", 1): at_least(0.5, 0.4),
    ("SQLite", 8): at_least(0.4, 0.3),
    ("PostgreSQL", 1): at_least(0.75, 0.55),
    ("PostgreSQL", 8): at_least(0.6, 0.45),
}


def run(size: Size) -> Iterator[Result]:
    """The ratios on both databases, with one client and with eight."""
    steps = max(LEAST, size(STEPS))
    for name, ground in GROUNDS.items():
        with ground() as engine:
            firsts = itertools.count(10_000_000, steps)
            for clients in (1, 8):
                ours, floor = (_work(engine, way, clients, firsts, steps) for way in (ways.service, ways.floor))
                label = f"P1 one step, {name}, {clients} client{'s' if clients > 1 else ''}"
                yield compare(label, ours, floor, goal=GOALS[name, clients])


def _work(
    engine: Engine, way: Callable[[Engine], ways.Take], clients: int, firsts: Iterator[int], steps: int
) -> Callable[[], float]:
    def work() -> float:
        ids = care_requests(engine, steps, first=next(firsts), state=ways.FROM)
        return seconds(at_once(engine, [timed(way, share) for share in ways.shares(ids, clients)]))

    return work
