"""From what happened to who is told: rows of the outbox become deliveries, in one database transaction.

People are told one by one. A unit is told by messages that gather: a morning digest, and at once what is due today,
gathered over five minutes of working time; their text is made from the tables when they are sent. So 500 events for
one unit are one message, and what was done in the meantime is not in it (product, 9).
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.notifications import digests, webhook
from concierge.notifications.recipients import AUDIENCE, Book, Matter, Recipient, To, matters
from concierge.rules.calendar import WorkingCalendar
from concierge.services.calendars import calendar_of
from concierge.services.deliveries import INBOX, MAIL, Draft, store
from concierge.services.outbox import Told
from concierge.workflows.topics import Topic

GATHERED = timedelta(minutes=5)
MORNING = time(8, 30)
"""When a unit's morning digest is mailed; in the app it lies ready before."""

GATHERING = (Topic.NUDGE.value, Topic.ESCALATION.value)
"""What staff are told of once a day, all late cases in one notice."""


def expand(session: Session, *, told: Sequence[Told], now: datetime) -> int:
    """Turn claimed rows of the outbox into deliveries; returns how many are new. Raises outbox.Overtaken."""
    district_id = int(session.info["district"])
    calendar = calendar_of(session, district_id)
    about = matters(session, told)
    book = Book(session, about, local_date(now, calendar.zone))
    drafts = [draft for matter in about for draft in _drafts(session, book, matter, calendar, now)]
    drafts += webhook.drafts(session, about, now)
    return store(session, told=told, drafts=drafts, district_id=district_id, now=now)


def _drafts(session: Session, book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    if matter.topic is Topic.DIGEST:
        return _morning(session, book, matter, calendar, now)
    found: list[Draft] = []
    for to in AUDIENCE[matter.topic]:
        told = [each for each in book.told(matter, to) if not _did_it(matter, to, each)]
        found += [draft for each in told for draft in _to_person(matter, to, each, calendar, now)]
        if to is To.HOLDER and not told and _presses(matter, calendar, now):
            found += _urgent(book, matter, calendar, now)
    return list({(d.account_id, d.obligation, d.version, d.channel): d for d in found}.values())


def _did_it(matter: Matter, to: To, recipient: Recipient) -> bool:
    """The specialist need not be told of what he did himself."""
    return to is To.SPECIALIST and recipient.account_id == matter.actor_id


def _to_person(matter: Matter, to: To, recipient: Recipient, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    to_expert = to is To.EXPERT or (to is To.HOLDER and matter.holder == "expert")
    obligation, version = _obligation(matter, to, local_date(now, calendar.zone), to_expert=to_expert)
    gathers = obligation in GATHERING
    facts: dict[str, Any] = {} if gathers else matter.facts
    facts = facts | {"to": To.EXPERT.value if to_expert else to.value}
    return _both(recipient, obligation, version, matter.topic, None if gathers else matter.case_id, facts, now)


def _obligation(matter: Matter, to: To, today: date, *, to_expert: bool) -> tuple[str, int]:
    """Under which key somebody is told, so that the database keeps it from being told twice."""
    told = matter.told
    if matter.topic.value in GATHERING and not to_expert:
        return matter.topic.value, _number(today)
    if matter.topic is Topic.REVIEW_OPENED:
        return f"{matter.topic.value}:{matter.employer_id if to is To.EMPLOYER else to.value}", told.subject_version
    return f"{matter.topic.value}:{told.subject_id}", told.subject_version


def _both(
    recipient: Recipient,
    obligation: str,
    version: int,
    topic: Topic,
    case_id: int | None,
    facts: dict[str, Any],
    next_at: datetime,
    urgent: bool = False,
) -> list[Draft]:
    """The notice in the app and, where there is an address, the mail."""
    channels = (INBOX, MAIL) if recipient.has_mail else (INBOX,)
    who = recipient.account_id
    return [
        Draft(who, obligation, version, channel, topic.value, case_id, facts, next_at, urgent) for channel in channels
    ]


def _morning(session: Session, book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    unit_id = matter.unit_id or matter.told.subject_id
    day = local_date(matter.told.at, calendar.zone)
    found = digests.morning(session, unit_id=unit_id, version=_number(day), now=now, calendar=calendar)
    if found.fresh == 0:
        return []
    mailed = max(datetime.combine(day, MORNING, calendar.zone).astimezone(now.tzinfo), now)
    facts = digests.facts(found)
    return [
        draft
        for recipient in book.unit(unit_id)
        for draft in _both(recipient, f"digest:{unit_id}", _number(day), Topic.DIGEST, None, facts, mailed)
    ]


def _presses(matter: Matter, calendar: WorkingCalendar, now: datetime) -> bool:
    """It is in a unit's hands and its limit ends today or has ended: the morning would be too late."""
    return matter.is_open and matter.due_nth is not None and matter.due_nth <= calendar.nth_of(now)


def _urgent(book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    unit_id = matter.holder_id
    send_at = digests.next_slot(now, calendar, GATHERED)
    version = int(send_at.astimezone(calendar.zone).strftime("%Y%m%d%H%M"))
    facts = {"unit_id": unit_id}
    return [
        draft
        for recipient in book.unit(unit_id)
        for draft in _both(recipient, f"urgent:{unit_id}", version, Topic.URGENT, None, facts, send_at, urgent=True)
    ]


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
