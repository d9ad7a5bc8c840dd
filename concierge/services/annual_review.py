"""The annual review (年审, domain §2.4): opened each January; a benefit without an answer is suspended, not cancelled.

The answer is the employer's certificate of the post, given since the year began. A benefit that stood still in January
is reviewed when it is let go on, unless it was answered for by then.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Exists, exists, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Wanted
from concierge.engine.tables import History, Outbox
from concierge.models.entitlement import Entitlement
from concierge.models.person import Employment
from concierge.rules.calendar import WorkingCalendar
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.services.steps import take_steps
from concierge.workflows.entitlement import EntitlementFlow
from concierge.workflows.topics import Topic

ANSWER_DAYS = 20  # working days from the one on which a review is opened
CHUNK = 2000


def open_reviews(session: Session, *, actor: Actor, now: datetime) -> int:
    """Tell employers and specialists that the year's review is open; returns how many rights are new in it."""
    new = 0
    while True:
        with transaction(session):
            calendar = calendar_of(session, actor.district_id)
            today = local_date(now, calendar.zone)
            year = today.year
            facts = {"year": year, "until": last_day(calendar, today).isoformat()}
            # Who begins to enjoy a benefit during the year has just been looked at: only what stood still comes later.
            late = () if today.month == 1 else (_resumed_since(_begun(calendar, year)), ~_certified(calendar, year))
            rights = select(Entitlement.id).where(*_enjoyed(year), ~_opened(year), *late).order_by(Entitlement.id)
            ids = list(session.execute(rights.limit(CHUNK)).scalars())
            told = [(Topic.REVIEW_OPENED.value, right, year, facts) for right in ids]
            new += put_new(session, told, district_id=actor.district_id, now=now)
        if len(ids) < CHUNK:
            return new


def close_reviews(session: Session, *, actor: Actor, now: datetime) -> int:
    """Suspend rights that were opened for review and have no certificate after 20 working days; how many.

    Who was let go on since the review was opened is not stopped for it again: a person has answered.
    """
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        today = local_date(now, calendar.zone)
        if today <= last_day(calendar, date(today.year, 1, 1)):
            return 0
        late = calendar.day(calendar.nth(today) - ANSWER_DAYS) + timedelta(days=1)
        opened = _opened(today.year, before=datetime.combine(late, time(), calendar.zone))
        silent = select(Entitlement.id).where(*_enjoyed(today.year), opened, ~_certified(calendar, today.year))
        wanted = [Wanted(right) for right in session.execute(silent.order_by(Entitlement.id)).scalars()]
    if not wanted:
        return 0
    why = _("The annual review was not answered in time.").in_language("zh_CN")
    step, given = EntitlementFlow.suspend, {"reason": why}
    return len(take_steps(session, actor=actor, now=now, step=step, wanted=wanted, given=given).moved)


def last_day(calendar: WorkingCalendar, opened_on: date) -> date:
    """The last day for answers to a review: the 20th working day, that of its opening counted."""
    return calendar.day(calendar.nth(opened_on) + ANSWER_DAYS - 1)


def _enjoyed(year: int) -> tuple[ColumnElement[bool], ...]:
    """Rights in force that began before this year and go on in it."""
    begins = date(year, 1, 1)
    return (
        Entitlement.state == "active",
        Entitlement.starts_on < begins,
        (Entitlement.ends_on.is_(None)) | (Entitlement.ends_on >= begins),
    )


def _begun(calendar: WorkingCalendar, year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), calendar.opens, calendar.zone)


def _certified(calendar: WorkingCalendar, year: int) -> ColumnElement[bool]:
    """Whether an employer has certified the person's post since the year began."""
    return exists().where(
        Employment.district_id == Entitlement.district_id,
        Employment.person_id == Entitlement.person_id,
        Employment.certified_at >= _begun(calendar, year),
    )


def _resumed_since(instant: Any) -> Exists:
    """Whether a person has let a right go on since then: an instant, or a column of one."""
    return exists().where(
        History.district_id == Entitlement.district_id,
        History.case_id == Entitlement.id,
        History.step == EntitlementFlow.resume.name,
        History.at > instant,
    )


def _opened(year: int, *, before: datetime | None = None) -> ColumnElement[bool]:
    """Whether a right was opened for the year's review; before an instant, and not let go on by a person since."""
    in_time = () if before is None else (Outbox.at < before, ~_resumed_since(Outbox.at).correlate(Outbox, Entitlement))
    return exists().where(
        Outbox.district_id == Entitlement.district_id,
        Outbox.topic == Topic.REVIEW_OPENED.value,
        Outbox.subject_id == Entitlement.id,
        Outbox.subject_version == year,
        *in_time,
    )
