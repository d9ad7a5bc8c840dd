"""P6: one step with 100,000 cases through the service, against set-based SQL, and beside objects saved one by one."""

import time
from collections.abc import Callable, Iterator

from sqlalchemy import Engine

from benchmarks import ways
from benchmarks.ground import ACT, FIRST, NOW, care_requests, postgresql, sqlite
from benchmarks.measure import Result
from concierge.basics.ids import new_id
from concierge.db import open_session
from concierge.engine.run import Wanted
from concierge.engine.tables import History, Outbox
from concierge.models.care import CareRequest
from concierge.services.steps import take_steps
from tests.office import DISTRICT

SIZE = 100_000
SLICE = 500  # of the loop over objects; its time is scaled up
FLOOR = (
    "update cases set state = 'reopened', version = version + 1, since = {now} where id between {a} and {b}",
    "insert into history (id, district_id, case_id, version, step, to_state, actor_id, actor_key, role, at, nth,"
    " worked, holder, clock, flow_version) select id, 1, id, 2, 's', 'x', 1, 'k', 'r', {now}, 1, 0, 'h', 'running', 1"
    " from cases where id between {a} and {b}",
    "insert into outbox (id, district_id, topic, subject_id, subject_version, state, attempts, at, next_at)"
    " select id, 1, 't', id, 2, 'sent', 0, {now}, {now} from cases where id between {a} and {b}",
)
"""Case, history and outbox for each, in three statements and one commit; no rule is looked at."""


def run() -> Iterator[Result]:
    """The times of both ways as ratios, one round on each database."""
    for name, ground, goal in (("PostgreSQL", postgresql, "<= 1.40 (2.50)"), ("SQLite", sqlite, "<= 1.70 (2.50)")):
        with ground() as engine:
            ours, floor, loop = (_once(engine, way, at) for at, way in enumerate((_service, _set_based, _objects)))
            loop *= SIZE / SLICE
            yield _single(f"P6 {SIZE:,} cases in one act, {name}, time against the floor", ours / floor, goal)
            yield _single(f"P6 ~objects saved one by one take, {name}, times ours", loop / ours, ">= 40")


def _single(name: str, ratio: float, goal: str) -> Result:
    return Result(name, ratio, ratio, ratio, goal)


def _once(engine: Engine, way: Callable[[Engine, list[int]], None], at: int) -> float:
    ids = care_requests(engine, SLICE if way is _objects else SIZE, first=FIRST + at * SIZE, state=ways.FROM)
    began = time.perf_counter()
    way(engine, ids)
    return time.perf_counter() - began


def _service(engine: Engine, ids: list[int]) -> None:
    with open_session(engine, district=DISTRICT) as session:
        asked, given = [Wanted(case_id, 1) for case_id in ids], {"reason": "again"}
        report = take_steps(session, actor=ACT.actor, now=NOW, step=ways.STEP, wanted=asked, given=given)
        assert len(report.moved) == len(ids)


def _set_based(engine: Engine, ids: list[int]) -> None:
    with engine.begin() as connection:
        for statement in FLOOR:
            text = statement.format(now="'2026-11-23 02:00:00.000000'", a=ids[0], b=ids[-1])
            connection.exec_driver_sql(text)


def _objects(engine: Engine, ids: list[int]) -> None:
    """How it is often written: load, change, add, commit at the end."""
    own = {"district_id": DISTRICT, "actor_id": 1, "actor_key": "k", "role": "r", "at": NOW, "nth": 1, "worked": 0}
    own |= {"step": "s", "to_state": "x", "holder": "h", "clock": "running", "flow_version": 1, "version": 2}
    told = {"district_id": DISTRICT, "topic": "t", "subject_version": 2, "state": "sent", "attempts": 0}
    with open_session(engine, district=DISTRICT) as session, session.begin():
        for case_id in ids:
            case = session.get_one(CareRequest, case_id)
            case.state, case.version, case.since = "reopened", case.version + 1, NOW
            session.add(History(id=new_id(), case_id=case_id, **own))
            session.add(Outbox(id=new_id(), subject_id=case_id, at=NOW, next_at=NOW, **told))
            session.flush()
