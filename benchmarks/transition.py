"""P1: one durable step through the whole service layer, against three raw statements and a commit."""

import itertools
import time
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks.ground import ACT, NOW, care_requests, postgresql, sqlite
from benchmarks.measure import Result, compare
from concierge.db import open_session
from concierge.services.steps import take_step
from concierge.workflows import CareRequestFlow
from tests.office import DISTRICT

STEPS = 300
STEP = CareRequestFlow.close


def run() -> Iterator[Result]:
    """The ratios on both databases, one client."""
    with sqlite() as engine:
        yield _measure(engine, "P1 one step, SQLite, 1 client", "0.50 (0.40)")
    with postgresql() as engine:
        yield _measure(engine, "P1 one step, PostgreSQL, 1 client", "0.75 (0.55)")


def _measure(engine: Engine, name: str, goal: str) -> Result:
    firsts = itertools.count(10_000_000, STEPS)
    return compare(name, _ours(engine, firsts), _floor(engine, firsts), goal=goal)


def _ours(engine: Engine, firsts: Iterator[int]) -> Callable[[], float]:
    def work() -> float:
        ids = _prepared(engine, firsts)
        start = time.perf_counter()
        session = open_session(engine, district=DISTRICT)
        for case_id in ids:
            take_step(
                session,
                actor=ACT.actor,
                now=NOW,
                step=STEP,
                case_id=case_id,
                version=1,
                given={},
            )
        session.close()
        return time.perf_counter() - start

    return work


def _prepared(engine: Engine, firsts: Iterator[int]) -> list[int]:
    return care_requests(engine, STEPS, first=next(firsts), state="follow_up")


def _floor(engine: Engine, firsts: Iterator[int]) -> Callable[[], float]:
    mark = "%s" if engine.dialect.name == "postgresql" else "?"
    change = (
        f"update cases set state = 'x', version = version + 1, since = {mark} where id = {mark} and version = {mark}"
    )
    line = (
        "insert into history (id, district_id, case_id, version, step, to_state, actor_id, actor_key, role, at, nth,"
        f" worked, holder, clock, flow_version) values ({mark}, 1, {mark}, 2, 's', 'x', 1, 'k', 'r', {mark}, 1,"
        " 0, 'h', 'running', 1)"
    )
    told = (
        "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
        f" values ({mark}, 1, 't', {mark}, 2, 'sent', 0, {mark}, {mark})"
    )

    def work() -> float:
        ids = _prepared(engine, firsts)
        start = time.perf_counter()
        raw = engine.raw_connection()
        cursor = raw.cursor()
        now = NOW if engine.dialect.name == "postgresql" else "2026-11-23 02:00:00.000000"
        for case_id in ids:
            if engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(change, (now, case_id, 1))
            cursor.execute(line, (case_id, case_id, now))
            cursor.execute(told, (case_id, case_id, now, now))
            raw.commit()
        raw.close()
        return time.perf_counter() - start

    return work
