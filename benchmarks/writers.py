"""P4: eight processes write to one SQLite file at once: who waits how long, and who gets less than others."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, event

from benchmarks.clients import Client, at_once
from benchmarks.ground import care_requests, sqlite
from benchmarks.measure import Goal, Result, Size, at_least, at_most, spread
from concierge.basics.ids import new_id

WRITERS = 8
SECONDS = 4.0
ROUNDS = 3
WRITE = "update cases set version = version + 1, since = ? where id = ?"
TELL = (
    "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
    " values (?, 1, 't', ?, ?, 'sent', 0, ?, ?)"
)
AT = "2026-11-23 02:00:00.000000"


@dataclass(frozen=True)
class Turn:
    """What one writer got done, and the longest it waited for one write (seconds)."""

    done: int
    longest: float


def run(size: Size) -> Iterator[Result]:
    """Our way of waiting for the lock, and SQLite's own beside it."""
    seconds = SECONDS * size(100) / 100
    with sqlite() as engine:
        cases = care_requests(engine, WRITERS)
        rounds = [
            (_turns(engine, cases, ours, seconds), _turns(engine, cases, busy_timeout, seconds))
            for _round in range(ROUNDS)
        ]
    yield _middle("P4 eight writers on SQLite, writes against busy_timeout", at_least(0.8), rounds, _throughput)
    yield _middle("P4 slowest against fastest writer", at_least(0.4, 0.2), rounds, lambda o, _b: _fairness(o))
    yield _middle("P4 the same with busy_timeout", None, rounds, lambda _o, b: _fairness(b))
    yield _middle("P4 longest wait in seconds", at_most(0.25, 1), rounds, lambda o, _b: _longest(o))
    yield _middle("P4 the same with busy_timeout", None, rounds, lambda _o, b: _longest(b))


Rounds = list[tuple[list[Turn], list[Turn]]]


def _middle(name: str, goal: Goal | None, rounds: Rounds, figure: Callable[[list[Turn], list[Turn]], float]) -> Result:
    return spread(name, [figure(*each) for each in rounds], goal)


def _throughput(ours: list[Turn], busy: list[Turn]) -> float:
    return sum(turn.done for turn in ours) / sum(turn.done for turn in busy)


def _fairness(turns: list[Turn]) -> float:
    return min(turn.done for turn in turns) / max(turn.done for turn in turns)


def _longest(turns: list[Turn]) -> float:
    return max(turn.longest for turn in turns)


def ours(_engine: Engine) -> None:
    """The product's own rules of connection."""


def busy_timeout(engine: Engine) -> None:
    """SQLite waits by itself."""
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=15000"))


def _turns(engine: Engine, cases: list[int], manner: Callable[[Engine], None], seconds: float) -> list[Turn]:
    turns: list[Turn] = at_once(engine, [_writer(case_id, manner, seconds) for case_id in cases])
    return turns


def _writer(case_id: int, manner: Callable[[Engine], None], seconds: float) -> Client:
    def work(engine: Engine, set_off: Callable[[], None]) -> Turn:
        manner(engine)
        done, longest = 0, 0.0
        with engine.connect() as connection:
            set_off()
            now = began = time.perf_counter()
            while now < began + seconds:
                with connection.begin():
                    connection.exec_driver_sql(WRITE, (AT, case_id))
                    connection.exec_driver_sql(TELL, (new_id(), case_id, new_id(), AT, AT))
                before, now = now, time.perf_counter()
                done, longest = done + 1, max(longest, now - before)
        return Turn(done, longest)

    return work
