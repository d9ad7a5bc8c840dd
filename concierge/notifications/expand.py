"""From what happened to who is told: rows of the outbox become deliveries, in one database transaction.

People are told one by one. A unit is told by messages that gather: a morning digest, and at once what is due today,
gathered over five minutes of working time; their text is made from the tables when they are sent. So 500 events for
one unit are one message, and what was done in the meantime is not in it (product, 9).
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.notifications import digests, webhook
from concierge.notifications.audience import AUDIENCE, To
from concierge.notifications.recipients import Book, Matter, Recipient, matters
from concierge.queries.digests import OF_PERSONS
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.quiet import MailWish, after_quiet
from concierge.services.calendars import calendar_of
from concierge.services.deliveries import INBOX, MAIL, Draft, store
from concierge.services.outbox import Told
from concierge.workflows.topics import Topic

GATHERED = timedelta(minutes=5)
MORNING = time(8, 30)
"""When a unit's morning digest is mailed; in the app it lies ready before."""

RELAYED = "relay"
"""Told to whoever serves an expert without an account, in his place."""
DAILY = (Topic.OVERDUE, Topic.ESCALATION)
"""What staff are told of once a day, all late cases in one notice."""


def expand(session: Session, *, told: Sequence[Told], now: datetime) -> int:
    """Turn rows of the outbox into deliveries, in the transaction that took them; returns how many are new."""
    district_id = int(session.info["district"])
    calendar = calendar_of(session, district_id)
    about = matters(session, told)
    book = Book(session, about, local_date(now, calendar.zone))
    drafts = [draft for matter in about for draft in _drafts(session, book, matter, calendar, now)]
    drafts += webhook.drafts(session, about, now)
    return store(session, drafts=drafts, district_id=district_id, now=now)


def _drafts(session: Session, book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    if matter.topic is Topic.DIGEST:
        return _morning(session, book, matter, calendar, now)
    found: list[Draft] = []
    for to in AUDIENCE[matter.topic]:
        told = [each for each in book.told(matter, to) if not _did_it(matter, to, each)]
        found += [draft for each in told for draft in _to_person(book, matter, to, each, calendar, now)]
        if to is To.HOLDER and not told:
            found += _to_unit(book, matter, calendar, now)
    found.sort(key=lambda draft: draft.data.get("to") == RELAYED)  # that he must pass it on outweighs all else
    return list({(d.account_id, d.obligation, d.version, d.channel): d for d in found}.values())


def _did_it(matter: Matter, to: To, recipient: Recipient) -> bool:
    """The specialist need not be told of what he did himself."""
    return to is To.SPECIALIST and recipient.account_id == matter.actor_id


def _to_person(
    book: Book, matter: Matter, to: To, recipient: Recipient, calendar: WorkingCalendar, now: datetime
) -> list[Draft]:
    """A notice to one person. Staff hear of late cases and of reminders gathered, an expert of each.

    Whoever is told in the place of an expert without an account is asked to pass it on.
    """
    to_expert = to is To.EXPERT or (to is To.HOLDER and matter.holder == "expert")
    himself = To.EXPERT.value if recipient == book.experts.get(matter.expert_id or 0) else RELAYED
    about = {"to": himself if to_expert else to.value}
    if not to_expert and matter.topic in DAILY:
        today = _number(local_date(now, calendar.zone))
        return _both(recipient, matter.topic.value, today, matter.topic, None, about, now, calendar)
    if not to_expert and matter.topic is Topic.NUDGE:
        return _slot(recipient, digests.REMINDED, Topic.NUDGE, about, calendar, now)
    key = f"{matter.topic.value}:{_which(matter, to)}"
    facts = matter.facts | about
    return _both(recipient, key, matter.told.subject_version, matter.topic, matter.case_id, facts, now, calendar)


def _which(matter: Matter, to: To) -> int | str | None:
    """What the key of a notice names: the subject, but for the annual review the employer, told once for all."""
    if matter.topic is Topic.REVIEW_OPENED:
        return matter.employer_id if to is To.EMPLOYER else to.value
    return matter.told.subject_id


def _to_unit(book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    """A unit is told at once of what cannot wait for the morning, and of what colleagues remind it of."""
    unit, about = matter.holder_id, {"unit_id": matter.holder_id}
    if unit is None or matter.holder in OF_PERSONS or not matter.is_open:
        return []
    if matter.topic is Topic.NUDGE:
        key, topic = f"{digests.REMINDED}:{unit}", Topic.NUDGE
    elif matter.due_nth is not None and matter.due_nth <= calendar.nth_of(now):
        key, topic = f"urgent:{unit}", Topic.URGENT
    else:
        return []
    return [draft for each in book.unit(unit) for draft in _slot(each, key, topic, about, calendar, now)]


def _slot(
    recipient: Recipient, key: str, topic: Topic, about: dict[str, Any], calendar: WorkingCalendar, now: datetime
) -> list[Draft]:
    """A notice that gathers until the end of the running slot of working time."""
    send_at = digests.next_slot(now, calendar, GATHERED)
    version = int(send_at.astimezone(calendar.zone).strftime("%Y%m%d%H%M"))
    return _both(recipient, key, version, topic, None, about, send_at, calendar, urgent=True)


def _both(
    recipient: Recipient,
    obligation: str,
    version: int,
    topic: Topic,
    case_id: int | None,
    facts: dict[str, Any],
    next_at: datetime,
    calendar: WorkingCalendar,
    urgent: bool = False,
) -> list[Draft]:
    """The notice in the app and, where there is an address and it is wanted, the mail, outside quiet hours.

    Whoever wants one mail a morning has it made ready by the first notice, and added to by nothing: it is written
    when it leaves, from what is unread then.
    """

    def draft(channel: str, moment: datetime) -> Draft:
        return Draft(recipient.account_id, obligation, version, channel, topic.value, case_id, facts, moment, urgent)

    found = [draft(INBOX, next_at)]
    if recipient.has_mail and recipient.wish.wants(urgent=urgent):
        found.append(draft(MAIL, next_at if urgent else after_quiet(next_at, *recipient.quiet, SHANGHAI)))
    elif recipient.has_mail and recipient.wish is MailWish.MORNING:
        leaves = _morning_after(next_at, calendar)
        day = _number(local_date(leaves, calendar.zone))
        at, empty = after_quiet(leaves, *recipient.quiet, SHANGHAI), dict[str, Any]()
        found.append(Draft(recipient.account_id, digests.GATHERED, day, MAIL, Topic.GATHERED.value, None, empty, at))
    return found


def _morning_after(at: datetime, calendar: WorkingCalendar) -> datetime:
    """The first moment from `at` on at which a working day's morning mail leaves."""
    day = local_date(at, calendar.zone)
    if not calendar.is_working(day) or datetime.combine(day, MORNING, calendar.zone) < at:
        day = calendar.next_working_day(day)
    return datetime.combine(day, MORNING, calendar.zone).astimezone(at.tzinfo)


def _morning(session: Session, book: Book, matter: Matter, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    unit_id = matter.unit_id or matter.told.subject_id
    day = local_date(matter.told.at, calendar.zone)
    found = digests.morning(
        session, unit_id=unit_id, version=_number(day), now=now, calendar=calendar, figures_only=True
    )
    if found.fresh == 0:
        return []
    mailed = max(datetime.combine(day, MORNING, calendar.zone).astimezone(now.tzinfo), now)
    facts = digests.facts(found)
    return [
        draft
        for recipient in book.unit(unit_id)
        for draft in _both(recipient, f"digest:{unit_id}", _number(day), Topic.DIGEST, None, facts, mailed, calendar)
    ]


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day
