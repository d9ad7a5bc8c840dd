"""Clients at once, each a process of its own, set off together."""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from sqlalchemy import Engine

from concierge.db import make_engine

Client = Callable[[Engine, Callable[[], None]], Any]
"""Makes itself ready on its engine, calls the given function to set off with the others, works, gives its figures."""

WARM = 10
_FORK = multiprocessing.get_context("fork")


def at_once(engine: Engine, clients: Sequence[Client]) -> list[Any]:
    """What the clients give, run at the same time; an error in one of them is an error here."""
    url = engine.url.render_as_string(hide_password=False)
    engine.dispose()
    together = _FORK.Barrier(len(clients), timeout=120)
    running = []
    for client in clients:
        ours, theirs = _FORK.Pipe()
        process = _FORK.Process(target=_run, args=(url, client, together, theirs))
        process.start()
        theirs.close()
        running.append((process, ours))
    answers = [ours.recv() for _process, ours in running]
    for process, _ours in running:
        process.join()
    return answers


def _run(url: str, client: Client, together: Barrier, answer: Connection) -> None:
    engine = make_engine(url)
    answer.send(client(engine, lambda: together.wait() and None))
    engine.dispose()


def timed(client: Callable[[Engine], Callable[[Any], None]], share: Sequence[Any]) -> Client:
    """A client that takes its share one by one; its figures are when it began and when it ended.

    The first few go before the start: statements are compiled, and prepared by the server, once in a process's life.
    """

    def work(engine: Engine, set_off: Callable[[], None]) -> tuple[float, float]:
        take = client(engine)
        for each in share[:WARM]:
            take(each)
        set_off()
        began = time.perf_counter()
        for each in share[WARM:]:
            take(each)
        return began, time.perf_counter()

    return work


def seconds(spans: Sequence[tuple[float, float]]) -> float:
    """From the first that began to the last that ended."""
    return max(end for _began, end in spans) - min(began for began, _end in spans)
