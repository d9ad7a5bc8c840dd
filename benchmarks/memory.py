"""P3: which steps a person may take with a case in memory, against a look-up in a dict with one condition."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.ground import ACT, NOW, care_requests, sqlite
from benchmarks.measure import Result, compare
from concierge.db import open_session
from concierge.engine.explain import explain_many
from concierge.models.care import CareRequest
from tests.office import DISTRICT

TIMES = 200
CASES = 50


def run() -> Iterator[Result]:
    """One way out explained (role, hand, own case, guards, all reasons), against one transition found in a dict."""
    with sqlite() as engine, open_session(engine, district=DISTRICT) as session:
        ids = care_requests(engine, CASES, state="in_progress")
        found = [session.get_one(CareRequest, case_id) for case_id in ids]
        ways = sum(len(each) for each in explain_many(session, found, ACT.actor, now=NOW).values())
        ours = _timed(lambda: explain_many(session, found, ACT.actor, now=NOW))
        floor = _timed(lambda: [_move(i) for i in range(ways)])
        yield compare("P3 a way out explained in memory, against a dict", ours, floor, goal="0.30 (0.15)")


def _timed(work: Callable[[], Any]) -> Callable[[], float]:
    def timed() -> float:
        began = time.process_time()
        for _time in range(TIMES):
            work()
        return time.process_time() - began

    return timed


_STATES = {("a", "go"): "b", ("b", "go"): "c", ("c", "go"): "d", ("d", "go"): "a"}
_heard: list[str] = []


def _holds(amount: int) -> bool:
    return amount < 1_000_000


def _move(amount: int) -> str:
    """The floor: a dict, one guard, one hook."""
    to = _STATES["a", "go"]
    if not _holds(amount):
        raise ValueError(to)
    _hear(to)
    return to


def _hear(state: str) -> None:
    _heard.clear()
    _heard.append(state)
