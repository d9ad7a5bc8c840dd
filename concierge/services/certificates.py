"""What the clock does with recognitions: postings end, unanswered corrections are withdrawn, certificates expire."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.declare import Step
from concierge.engine.run import Act, Wanted
from concierge.models.recognition import Recognition
from concierge.services.calendars import calendar_of
from concierge.services.steps import take
from concierge.workflows.recognition import RecognitionFlow as Flow

CHUNK = 500
UNANSWERED = _("The papers were not handed back in time.")


def certify_posted(session: Session, *, actor: Actor, now: datetime) -> int:
    """Certify whose posting has ended without an objection; how many. For the clock, every few minutes."""
    r = Recognition
    return _each(session, actor, now, Flow.certify, (r.state == Flow.publicity.name) & (r.posting_ends_at < now))


def expire_certificates(session: Session, *, actor: Actor, now: datetime) -> int:
    """End the certificates whose last day is over; how many. For the clock, every night."""
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
    r = Recognition
    return _each(session, actor, now, Flow.expire, (r.state == Flow.certified.name) & (r.valid_to < today))


def withdraw_unanswered(session: Session, *, actor: Actor, now: datetime) -> int:
    """Withdraw the applications whose papers were not handed back within the time for correction; how many."""
    with transaction(session):
        nth = calendar_of(session, actor.district_id).nth_of(now)
    late = (Recognition.state == Flow.correction.name) & (Recognition.step_due_nth < nth)
    return _each(session, actor, now, Flow.withdraw, late, UNANSWERED.in_language("zh_CN"))


def _each(
    session: Session, actor: Actor, now: datetime, step: Step, which: ColumnElement[bool], why: str | None = None
) -> int:
    """Take a step with everything of a kind, each 500 in a transaction of their own, by the system itself."""
    moved, last = 0, 0
    while True:
        with transaction(session):
            act = Act(machine(actor.district_id), now, calendar_of(session, actor.district_id), why)
            wanted = select(Recognition.id).where(which, Recognition.id > last).order_by(Recognition.id).limit(CHUNK)
            ids = list(session.execute(wanted).scalars())
            if not ids:
                return moved
            moved += len(take(session, step, [Wanted(i) for i in ids], act).moved)
        last = ids[-1]
