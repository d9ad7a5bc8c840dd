"""The package of a closed case is made by itself, each night, so that nobody has to ask for it (domain §7.3)."""

import logging
from datetime import datetime
from itertools import takewhile
from time import monotonic
from typing import Any

from concierge.basics.errors import NotFound
from concierge.documents.case_archive import Archiving, archive
from concierge.engine.actor import machine
from concierge.jobs.places import Place
from concierge.queries.case_files import case_files
from concierge.queries.case_page import case_page
from concierge.queries.letters import letters_of
from concierge.queries.unarchived import without_package
from concierge.services.archives import archived
from concierge.services.calendars import calendar_of

MOST = 500  # in one night and district
LONGEST = 240.0  # seconds in one night: a long past is archived over some nights, and no other long job waits for it
log = logging.getLogger(__name__)


def archive_closed(place: Place, now: datetime, longest: float = LONGEST) -> dict[str, Any]:
    """Make and keep the packages of what was closed; one transaction each. A second run finds nothing.

    No package is begun once it has taken `longest` seconds; the rest is for the next night.
    """
    made = lost = 0
    until = monotonic() + longest
    for district in place.districts():
        with place.session(district) as session:
            waiting = without_package(session, most=MOST)
        for case_id in takewhile(lambda _id: monotonic() < until, waiting):
            try:
                _one(place, district, case_id, now)
                made += 1
            except NotFound:
                log.warning("a paper of a closed case is missing in the storage; its package was not made")
                lost += 1
    return {"made": made, "without_a_paper": lost}


def _one(place: Place, district: int, case_id: int, now: datetime) -> None:
    with place.session(district) as session:
        actor = machine(district)
        calendar = calendar_of(session, district)
        page = case_page(session, actor=actor, case_id=case_id, now=now, calendar=calendar)
        letters = letters_of(session, actor=actor, case_id=case_id)
        papers = case_files(session, actor=actor, case_id=case_id)
        session.rollback()
        case = Archiving(page, letters, papers, now, actor.name)
        archived(
            session, actor=actor, now=now, storage=place.storage, case_id=case_id, name=f"{page.number}.zip",
            make=lambda: archive(case, place.storage), closed=True,
        )  # fmt: skip
