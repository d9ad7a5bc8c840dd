"""P10: from the outbox to what each person is told, against claiming the same rows with raw SKIP LOCKED by 100."""

from collections.abc import Iterator

from sqlalchemy import Engine, insert

from benchmarks import posts, ways
from benchmarks.ground import ACT, NOW, care_requests, postgresql
from benchmarks.measure import Result, Size, at_least, compare, seconds_of
from concierge.db import open_session, transaction
from concierge.engine.run import Wanted
from concierge.engine.tables import Outbox
from concierge.jobs.places import Place
from concierge.jobs.relay import drain_outbox
from concierge.services.steps import take_steps
from tests.office import DISTRICT

ROWS = 20_000
BATCH = 100
CLAIM = (
    "update outbox set state = 'expanded' where id in (select id from outbox where state = 'pending'"
    f" order by next_at, id limit {BATCH} for update skip locked)"
)
"""The floor: rows are claimed and done with; nobody is looked up and nothing is told."""


def run(size: Size) -> Iterator[Result]:
    """On PostgreSQL, one relay; each round tells of as many steps."""
    rows = size(ROWS)
    with postgresql(1) as engine, posts.place(engine) as place:
        begins = iter(range(10_000_000, 10**9, rows))
        ours = lambda: _relayed(engine, place, next(begins), rows)  # noqa: E731  two contestants side by side
        floor = lambda: _claimed(engine, next(begins), rows)  # noqa: E731  two contestants side by side
        name = f"P10 relay of {rows:,} outbox rows, of raw SKIP LOCKED by {BATCH}"
        yield compare(name, ours, floor, goal=at_least(0.5, 0.25))


def _relayed(engine: Engine, place: Place, first: int, rows: int) -> float:
    ids = care_requests(engine, rows, first=first, state=ways.FROM)
    with open_session(engine, district=DISTRICT) as session:
        wanted, given = [Wanted(case_id, 1) for case_id in ids], {"reason": "again"}
        take_steps(session, actor=ACT.actor, now=NOW, step=ways.STEP, wanted=wanted, given=given)
    return seconds_of(lambda: _drain(place, rows))


def _drain(place: Place, rows: int) -> None:
    done = drain_outbox(place, place.now(), lambda: True)
    assert (done.rows, done.stumbled) == (rows, 0)


def _claimed(engine: Engine, first: int, rows: int) -> float:
    told = {"district_id": DISTRICT, "topic": "t", "subject_version": 1, "at": NOW, "next_at": NOW}
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        session.execute(insert(Outbox), [told | {"id": first + i, "subject_id": first + i} for i in range(rows)])

    def claim() -> None:
        raw = engine.raw_connection()
        cursor = raw.cursor()
        while True:
            cursor.execute(CLAIM)
            if cursor.rowcount == 0:
                break
            raw.commit()
        raw.rollback()
        raw.close()

    return seconds_of(claim)
