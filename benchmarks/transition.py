"""P1: one durable step through the whole service layer, against three raw statements and a commit."""

import itertools
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.clients import at_once, seconds, timed
from benchmarks.ground import care_requests, postgresql, sqlite
from benchmarks.measure import Result, compare

STEPS = 800
GROUNDS = {"SQLite": sqlite, "PostgreSQL": postgresql}
GOALS = {
    ("SQLite", 1): "0.50 (0.40)",
    ("SQLite", 8): "0.40 (0.30)",
    ("PostgreSQL", 1): "0.75 (0.55)",
    ("PostgreSQL", 8): "0.60 (0.45)",
}


def run() -> Iterator[Result]:
    """The ratios on both databases, with one client and with eight."""
    for name, ground in GROUNDS.items():
        with ground() as engine:
            firsts = itertools.count(10_000_000, STEPS)
            for clients in (1, 8):
                ours, floor = (_work(engine, way, clients, firsts) for way in (ways.service, ways.floor))
                label = f"P1 one step, {name}, {clients} client{'s' if clients > 1 else ''}"
                yield compare(label, ours, floor, goal=GOALS[name, clients])


def _work(
    engine: Engine, way: Callable[[Engine], ways.Take], clients: int, firsts: Iterator[int]
) -> Callable[[], float]:
    def work() -> float:
        ids = care_requests(engine, STEPS, first=next(firsts), state=ways.FROM)
        return seconds(at_once(engine, [timed(way, share) for share in ways.shares(ids, clients)]))

    return work
