"""P9: what is pending with 200 units told by digests through the queue, against a plain loop and one job each."""

import logging
import time
from collections.abc import Iterator

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from benchmarks import posts
from benchmarks.crowd import copied
from benchmarks.ground import CALENDAR, postgresql
from benchmarks.measure import Result, Size, at_least, at_most, seconds_of, spread
from concierge.engine.actor import machine
from concierge.jobs.places import Place
from concierge.jobs.queues import RELAY, ring
from concierge.models.notice import Delivery
from concierge.notifications import digests
from concierge.services.supervision import morning_digests
from tests.office import DISTRICT

PENDING, UNITS, SINGLE = 100_000, 200, 2_000
ROUNDS = 3


def run(size: Size) -> Iterator[Result]:
    """On PostgreSQL with a real queue; the single jobs are no-ops, and their time is scaled up."""
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    pending, units = size(PENDING), size(UNITS)
    with postgresql(1) as engine, posts.place(engine) as place:
        posts.units(engine, units)
        whose = f"{posts.FIRST} + n % {units}"
        copied(engine, pending, {"holder": "'handler'", "holder_id": whose, "assignee_id": "null"})
        single = _one_by_one(place, size(SINGLE)) / size(SINGLE) * pending
        rounds = []
        for day in range(ROUNDS):
            floor = seconds_of(lambda: _loop(place, units))
            rounds.append((_through_the_queue(place, units, day), floor))
    name = f"P9 {pending:,} pending in {units} digests through rq"
    yield spread(f"{name}, time of a plain loop", [ours / floor for ours, floor in rounds], at_most(5, 10))
    yield spread(
        "P9 ~one job for each takes, times ours", [single / ours for ours, _floor in rounds], at_least(300, 100)
    )


def _loop(place: Place, units: int) -> None:
    """The floor: the content of every digest, one after the other; nobody is told."""
    now = place.now()
    with place.session(DISTRICT) as session:
        for unit in range(posts.FIRST, posts.FIRST + units):
            found = digests.morning(session, unit_id=unit, version=1, now=now, calendar=CALENDAR)
            assert digests.facts(found)["count"]


def _through_the_queue(place: Place, units: int, day: int) -> float:
    """What the clock, the queue and the worker do of a morning; ends when every unit has its digest."""
    now, before = place.now(), _told(place)
    began = time.perf_counter()
    with place.session(DISTRICT) as session:
        morning_digests(session, actor=machine(DISTRICT), now=now)
    ring(place.redis, RELAY, day)
    taken = posts.work_until_idle(place) - began
    assert _told(place) == before + units, "a unit was not told"
    _forget(place)
    return taken


def _told(place: Place) -> int:
    with place.session(DISTRICT) as session:
        return session.scalar(select(func.count(Delivery.id)).where(Delivery.topic == "digest")) or 0


def _forget(place: Place) -> None:
    """So that the next round is a first morning again."""
    with place.engine.begin() as connection:
        connection.exec_driver_sql("delete from deliveries")
        connection.exec_driver_sql("delete from outbox")


def nothing(_id: int) -> None:
    """What a single notification's job does at the least."""


def _one_by_one(place: Place, count: int) -> float:
    """The seconds of one job for each notification, as it is often written; enqueued together, worked unforked."""
    began = time.perf_counter()
    queue = Queue("single", connection=place.redis, serializer=JSONSerializer)
    prepare = (Queue.prepare_data(nothing, args=(i,), result_ttl=0) for i in range(count))
    queue.enqueue_many(list(prepare))
    return posts.idle_at(SimpleWorker([queue], connection=place.redis, serializer=JSONSerializer)) - began
