"""P4: eight processes write to one SQLite file at once: who waits how long, and who gets less than others."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine, event

from benchmarks.clients import Client, at_once
from benchmarks.ground import care_requests, sqlite
from benchmarks.measure import Result
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


def run() -> Iterator[Result]:
    """Our way of waiting for the lock, and SQLite's own beside it."""
    with sqlite() as engine:
        cases = care_requests(engine, WRITERS)
        rounds = [(_turns(engine, cases, ours), _turns(engine, cases, busy_timeout)) for _round in range(ROUNDS)]
    yield _middle("P4 eight writers on SQLite, writes against busy_timeout", ">= 0.80", rounds, _throughput)
    yield _middle("P4 slowest against fastest writer", ">= 0.40 (0.20)", rounds, lambda o, _b: _fairness(o))
    yield _middle("P4 the same with busy_timeout", "-", rounds, lambda _o, b: _fairness(b))
    yield _middle("P4 longest wait in seconds", "<= 0.25 (1.0)", rounds, lambda o, _b: _longest(o))
    yield _middle("P4 the same with busy_timeout", "-", rounds, lambda _o, b: _longest(b))


Rounds = list[tuple[list[Turn], list[Turn]]]


def _middle(name: str, goal: str, rounds: Rounds, figure: Callable[[list[Turn], list[Turn]], float]) -> Result:
    found = sorted(figure(*each) for each in rounds)
    return Result(name, found[len(found) // 2], found[0], found[-1], goal)


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


def _turns(engine: Engine, cases: list[int], manner: Callable[[Engine], None]) -> list[Turn]:
    turns: list[Turn] = at_once(engine, [_writer(case_id, manner) for case_id in cases])
    return turns


def _writer(case_id: int, manner: Callable[[Engine], None]) -> Client:
    def work(engine: Engine, set_off: Callable[[], None]) -> Turn:
        manner(engine)
        done, longest = 0, 0.0
        with engine.connect() as connection:
            set_off()
            now = began = time.perf_counter()
            while now < began + SECONDS:
                with connection.begin():
                    connection.exec_driver_sql(WRITE, (AT, case_id))
                    connection.exec_driver_sql(TELL, (new_id(), case_id, new_id(), AT, AT))
                before, now = now, time.perf_counter()
                done, longest = done + 1, max(longest, now - before)
        return Turn(done, longest)

    return work
