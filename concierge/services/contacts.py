"""Contacts of specialists with their experts, written down with one tap and a few words (人文关怀, domain §4.1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.opening import take_numbers
from concierge.engine.run import Act
from concierge.models.contact import CareContact
from concierge.models.person import Person
from concierge.models.scope import visible_persons
from concierge.rules.cadence import Contact
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.repeats import recall, remember

SERIES = "TF"
LONGEST = 1000
BACK = timedelta(days=60)
"""So far back a contact may be written down; what is older is no longer remembered well."""


@dataclass(frozen=True, kw_only=True)
class Touch:
    """A contact as it is written down; `wish` is what the expert asked for, to be followed by a care request."""

    person_id: int
    way: str
    on: date
    words: str = ""
    wish: str = ""


def record_contact(session: Session, *, actor: Actor, now: datetime, touch: Touch, key: str | None = None) -> int:
    """Write a contact down; its id. Raises NotFound for an expert out of scope, Invalid naming each wrong field."""
    only(actor, Role.SPECIALIST, Role.SPECIALIST_LEAD)
    body = {"person": touch.person_id, "touch": [touch.way, touch.on.isoformat(), touch.words, touch.wish]}
    with transaction(session):
        known = recall(session, actor, "record-contact", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        today = local_date(now, act.calendar.zone)
        _check(touch, today)
        seen = select(Person.id).where(Person.id == touch.person_id, visible_persons(actor))
        if session.execute(seen).scalar_one_or_none() is None:
            raise NotFound()
        contact_id = new_id()
        [number] = take_numbers(session, SERIES, today.year, 1, act)
        said = {"words": touch.words.strip(), "wish": touch.wish.strip()}
        here = {"district_id": actor.district_id, "number": number, "made_by": actor.duty, "at": now}
        session.add(
            CareContact(id=contact_id, person_id=touch.person_id, way=touch.way, on_day=touch.on, **said, **here)
        )
        record(
            session, act="contact", actor=actor, now=now, subject_kind="contact", subject_id=contact_id,
            person_id=touch.person_id,
        )  # fmt: skip
        remember(session, actor, "record-contact", key, body, {"id": contact_id}, now)
    return contact_id


def _check(touch: Touch, today: date) -> None:
    wrong = []
    if touch.way not in list(Contact):
        wrong.append(Reason("way", _("Please choose how you were in touch."), "way"))
    if not today - BACK <= touch.on <= today:
        text = _("Please choose a day of the last %(n)s days.", n=BACK.days)
        wrong.append(Reason("day", text, "on"))
    for name, words in (("words", touch.words), ("wish", touch.wish)):
        if len(words) > LONGEST:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=LONGEST), name))
    if wrong:
        raise Invalid(*wrong)
