"""P10: from the outbox to what somebody is told of each row, against claiming the same rows with raw SKIP LOCKED."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Engine, insert

from benchmarks import posts, ways
from benchmarks.ground import LEAD, NOW, SPECIALIST, care_requests, postgresql
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
TELL = (
    f"with done as ({CLAIM} returning id, subject_id, at)"
    " insert into deliveries (id, district_id, account_id, obligation, version, channel, topic, case_id, data,"
    " is_urgent, state, attempts, next_at, at, sent_at) select id, 1,"
    f" {SPECIALIST.account_id}, 'raw:' || id, 1, 'inbox', 't', subject_id, '{{}}', false, 'sent', 0, at, at, at"
    " from done"
)
"""A floor that does write a notice for each row, always the same one."""


def run(size: Size) -> Iterator[Result]:
    """On PostgreSQL, one relay; each round tells of as many steps."""
    rows = size(ROWS)
    with postgresql(1) as engine, posts.place(engine) as place:
        begins = iter(range(10_000_000, 10**9, rows))
        ours = partial(_relayed, engine, place, begins, rows)
        name = f"P10 relay of {rows:,} outbox rows, each told to one, of raw SKIP LOCKED by {BATCH}"
        yield compare(name, ours, partial(_claimed, engine, CLAIM, begins, rows), goal=at_least(0.5, 0.25))
        name = "P10 the same, of raw SKIP LOCKED that writes a notice each"
        yield compare(name, ours, partial(_claimed, engine, TELL, begins, rows))


def _relayed(engine: Engine, place: Place, begins: Iterator[int], rows: int) -> float:
    """The lead takes the step, so that the specialist is told of it."""
    ids = care_requests(engine, rows, first=next(begins), state=ways.FROM)
    with open_session(engine, district=DISTRICT) as session:
        wanted, given = [Wanted(case_id, 1) for case_id in ids], {"reason": "again"}
        take_steps(session, actor=LEAD, now=NOW, step=ways.STEP, wanted=wanted, given=given)
    return seconds_of(lambda: _drain(place, rows))


def _drain(place: Place, rows: int) -> None:
    done = drain_outbox(place, place.now(), lambda: True)
    assert (done.rows, done.deliveries, done.stumbled) == (rows, rows, 0)


def _claimed(engine: Engine, way: str, begins: Iterator[int], rows: int) -> float:
    first = next(begins)
    told = {"district_id": DISTRICT, "topic": "t", "subject_version": 1, "at": NOW, "next_at": NOW}
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        session.execute(insert(Outbox), [told | {"id": first + i, "subject_id": first + i} for i in range(rows)])

    def claim() -> None:
        raw = engine.raw_connection()
        cursor = raw.cursor()
        while True:
            cursor.execute(way)
            if cursor.rowcount == 0:
                break
            raw.commit()
        raw.rollback()
        raw.close()

    return seconds_of(claim)
