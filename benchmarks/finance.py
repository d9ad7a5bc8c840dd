"""The pages of the finance office with a million payments in its books, beside the same pages with 10,000.

What a page costs is what the processor gives to it, here and in the server: this machine has other work as well.
"""

import itertools
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.ground import postgresql, server_of, sqlite
from benchmarks.growth import FEW, MANY
from benchmarks.house import house
from benchmarks.ledger import Books, keep_books
from benchmarks.measure import Result, Size, at_most, processor_seconds, spread
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests import paying

WAITING = 2_000
ROUNDS, TURNS = 3, 15
GROUNDS = {"SQLite": partial(sqlite, paying.fill), "PostgreSQL": partial(postgresql, 1, paying.fill)}


def run(size: Size) -> Iterator[Result]:
    """Each page of both offices in turns, on each database."""
    for name, ground in GROUNDS.items():
        with ExitStack() as stack:
            engines = [stack.enter_context(ground()) for _size in range(2)]
            sizes = zip(engines, (FEW, MANY), strict=True)
            pages = [_pages(stack, engine, size(paid), size(WAITING)) for engine, paid in sizes]
            servers = [server_of(engine) for engine in engines]
            for what in pages[0]:
                calls = [pages[0][what], pages[1][what]]
                for call in itertools.chain(calls, calls):
                    call()
                rounds = [_in_turns(calls, servers) for _round in range(ROUNDS)]
                label = f"P12 finance, {what}, {name}, p50 at 1M of 10k"
                yield spread(label, [many / few for few, many in rounds], at_most(1.2))


def _in_turns(calls: list[Any], servers: list[int | None]) -> list[float]:
    """The seconds of the processor that each call needs in the middle; they take turns."""
    taken: list[list[float]] = [[] for _call in calls]
    for _turn in range(TURNS):
        for call, server, seconds in zip(calls, servers, taken, strict=True):
            before = processor_seconds(server)
            call()
            seconds.append(processor_seconds(server) - before)
    return [statistics.median(seconds) for seconds in taken]


def _pages(stack: ExitStack, engine: Any, paid: int, waiting: int) -> dict[str, Any]:
    """By name, what opens a page as it is sent, without a server in between."""
    books = keep_books(engine, paid, waiting)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    checker = house(engine, folder, paying.NOW).as_(Role.FINANCE_CHECKER)
    return {what: partial(_get, checker, path) for what, path in _paths(books).items()}


def _paths(books: Books) -> dict[str, str]:
    item, batch, line, further = (public_id(i) for i in (books.item, books.batch, books.line, books.entry))
    return {
        "to prepare": "/finance?tab=prepare",
        "to review": "/finance?tab=review",
        "to batch": "/finance?tab=batching",
        "held": "/finance?tab=held",
        "paid": "/finance?tab=done",
        "bounced": "/finance/bounced",
        "a payment": f"/finance/payments/{item}",
        "batches": "/finance/batches?closed=1",
        "a batch of 200": f"/finance/batches/{batch}",
        "the bank": "/finance/bank",
        "differences": "/finance/differences?closed=1",
        "budget": "/finance/budget",
        "a budget line": f"/finance/budget/{line}",
        "a line, further back": f"/finance/budget/{line}?before={further}",
        "the end of the year": "/finance/budget/closing",
    }


def _get(visitor: Any, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status)
