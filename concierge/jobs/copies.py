"""Making the copies that people ask for of everything about them, within the minute, and forgetting them in time."""

import base64
import hashlib
import logging
from datetime import datetime
from typing import Any

from redis.exceptions import RedisError

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound
from concierge.documents.personal_copy import pack
from concierge.engine.actor import machine
from concierge.jobs.places import Place, here
from concierge.jobs.queues import COPY, ring
from concierge.queries.data_requests import copies_to_make
from concierge.queries.personal_copy import everything, papers_of
from concierge.services.calendars import calendar_of
from concierge.services.data_requests import finish_copy, forget_copies
from concierge.services.privacy import data_key_of, unseal

log = logging.getLogger(__name__)


def copy(id: int) -> None:
    """Queue job: make every copy that waits in a district; nothing happens to one that is finished already."""
    place = here()
    if id in place.districts():
        make_copies(place, id, place.now())


def make_copies(place: Place, district: int, now: datetime) -> int:
    """Make the copies that wait in a district, one transaction each; how many."""
    with place.session(district) as session:
        waiting = copies_to_make(session)
        session.rollback()
    return sum(_make(place, district, now, request_id, person_id) for request_id, person_id in waiting)


def _make(place: Place, district: int, now: datetime, request_id: int, person_id: int) -> bool:
    with place.session(district) as session:
        data_key = data_key_of(session, person_id)
        found = everything(
            session,
            person_id=person_id,
            unsealed=lambda table, column, row, sealed: unseal(place.keys, data_key, table, column, row, sealed),
        )
        papers = [(paper, name, _bytes(place, key)) for paper, name, key in papers_of(session, person_id)]
        session.rollback()
        package = pack(found, papers, now)
        return finish_copy(
            session,
            actor=machine(district),
            now=now,
            keys=place.keys,
            storage=place.storage,
            request_id=request_id,
            package=base64.b64encode(package).decode(),
            sha256=hashlib.sha256(package).hexdigest(),
        )


def _bytes(place: Place, key: str) -> bytes:
    try:
        return place.storage.get(key)
    except NotFound:
        log.warning("a paper is missing in the storage")
        return b""


def ring_for_copies(place: Place, *, mark: str) -> None:
    """Ring for every district where somebody waits for a copy."""
    for district in place.districts():
        with place.session(district) as session:
            waits = bool(copies_to_make(session))
        if waits:
            try:
                ring(place.redis, COPY, district, mark=mark)
            except (RedisError, OSError) as lost:
                log.warning("the queue is away (%s)", type(lost).__name__)


def forget(place: Place, now: datetime) -> dict[str, Any]:
    """Delete the finished copies whose week is over."""
    done = 0
    for district in place.districts():
        with place.session(district) as session:
            today = local_date(now, calendar_of(session, district).zone)
            done += forget_copies(session, storage=place.storage, today=today)
    return {"deleted": done}
