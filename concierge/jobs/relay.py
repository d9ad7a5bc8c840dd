"""The relay: from the outbox to deliveries, and from deliveries out of the house. Only rows count, not rings."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from concierge.jobs.places import Place, here
from concierge.jobs.queues import LIGHT, POST, queue, ring
from concierge.notifications.expand import expand
from concierge.notifications.sending import Post, Sent
from concierge.services import deliveries, outbox
from concierge.services.outbox import Told

BATCH = {"postgresql": 1000, "sqlite": 100}
"""Rows told of in one transaction. On SQLite nobody else writes meanwhile."""
SHIFT = 20.0  # seconds a job sends before it rings for another one, well below its lease
CROWD = 50  # rings that may wait in the queue before the sweeper keeps still
log = logging.getLogger(__name__)


@dataclass
class Relayed:
    """What a round over the outbox did."""

    rows: int = 0
    deliveries: int = 0
    stumbled: int = 0


def relay(id: int) -> None:
    """Queue job: expand what waits in the outbox. The id only says that something does."""
    place = here()
    drain_outbox(place, place.now(), shift(SHIFT))
    ring_for_post(place, place.now(), mark=str(id))


def post(district: int) -> None:
    """Queue job: send what waits in a district; rings for another round when there is more than fits one."""
    place = here()
    if district not in place.districts():
        return
    send(place, district, place.now(), shift(SHIFT))
    with place.session(district) as session:
        more = deliveries.anything_waits(session, now=place.now())
    if more:
        _ring(place, POST, district, mark=f"{time.monotonic_ns()}")


def shift(seconds: float) -> Callable[[], bool]:
    """Whether the shift that begins now still lasts."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def drain_outbox(place: Place, now: datetime, may_go_on: Callable[[], bool]) -> Relayed:
    """Expand every row that waits, district by district, while the shift lasts."""
    done, most = Relayed(), BATCH[place.engine.dialect.name]
    for district in place.districts():
        with place.session(district) as session:
            while may_go_on() and _expand_some(session, most, now, done):
                pass
    return done


def _expand_some(session: Session, most: int, now: datetime, done: Relayed) -> bool:
    """Expand the rows that have waited longest, in one transaction. Whether there were any."""
    with outbox.taken(session, now=now, most=most) as told:
        if told:
            _expand(session, told, now, done)
    return bool(told)


def _expand(session: Session, told: Sequence[Told], now: datetime, done: Relayed) -> None:
    """Expand a batch; when it stumbles, each half of it, and so on, so that one bad row holds nobody up."""
    try:
        with session.begin_nested():
            made = expand(session, told=told, now=now)
    except Exception as error:  # the edge of a process: the row is parked, the others go on
        if len(told) > 1:
            middle = len(told) // 2
            for half in (told[:middle], told[middle:]):
                _expand(session, half, now, done)
            return
        outbox.stumble(session, row=told[0], now=now, error=type(error).__name__)
        log.exception("outbox row %s stumbled", told[0].id)
        done.stumbled += 1
        return
    done.rows += len(told)
    done.deliveries += made


def send(place: Place, district: int, now: datetime, may_go_on: Callable[[], bool]) -> Sent:
    """Send what waits in one district while the shift lasts."""
    with place.session(district) as session:
        return Post(session, place.settings, place.keys, now).run(may_go_on=may_go_on)


def ring_for_post(place: Place, now: datetime, *, mark: str) -> None:
    """Ring for every district in which something waits to be sent."""
    for district in place.districts():
        with place.session(district) as session:
            waits = deliveries.anything_waits(session, now=now)
        if waits:
            _ring(place, POST, district, mark=mark)


def sweep(place: Place, now: datetime, *, mark: str, may_go_on: Callable[[], bool]) -> Relayed:
    """What rings were lost for: expand in this very process (the inbox needs no queue), and ring for the sending."""
    done = drain_outbox(place, now, may_go_on)
    ring_for_post(place, now, mark=mark)
    return done


def _ring(place: Place, job: str, id: int, *, mark: str) -> None:
    try:
        if queue(place.redis, LIGHT).count < CROWD:
            ring(place.redis, job, id, mark=mark)
    except (RedisError, OSError) as lost:
        log.warning("the queue is away (%s)", type(lost).__name__)
