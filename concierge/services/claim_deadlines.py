"""What the clock does with claims each morning when somebody has let a time pass: the office, or the applicant."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.declare import Step
from concierge.engine.judge import limit_days
from concierge.engine.run import Act, Wanted
from concierge.models.claim import Claim
from concierge.services.calendars import calendar_of
from concierge.services.steps import take
from concierge.workflows.claim import ClaimFlow as Flow

NOTICE_DAYS = 5
"""Within so many working days the office accepts, refuses, or says once what is missing (一次性告知, domain §4)."""
CHUNK = 500


def accept_unanswered(session: Session, *, actor: Actor, now: datetime) -> int:
    """Deem accepted what nobody accepted, refused or asked papers for within 5 working days (domain §4); how many.

    The days count from the one on which the claim, or its papers, were handed in: a hand-over to another specialist
    does not begin them anew. A benefit that a fact has suspended waits.
    """
    why = _("Nobody answered within %(n)s working days.", n=NOTICE_DAYS)
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        # The first limit of the state stays with the claim, `since` does not.
        longer = NOTICE_DAYS - limit_days(Flow, Flow.submitted.due)
        late = (
            Claim.state == Flow.submitted.name,
            Claim.step_due_nth < calendar.nth_of(now) - longer,
            Claim.is_suspended.is_(False),
        )
        return _take(session, Flow.deem_accepted, late, Act(machine(actor.district_id), now, calendar, _kept(why)))


def stop_unfilled(session: Session, *, actor: Actor, now: datetime) -> int:
    """Stop the claims whose promised papers did not come by the promised day; how many.

    They wait in the expert's hands with a numbered notice, and are withdrawn when that time passes too.
    """
    why = _("The promised papers did not come in time.")
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        late = (
            Claim.state.in_([state.name for state in Flow.stop_unfilled.sources]),
            Claim.promise_due_on < local_date(now, calendar.zone),
            Claim.minors_open > 0,
        )
        return _take(session, Flow.stop_unfilled, late, Act(machine(actor.district_id), now, calendar, _kept(why)))


def withdraw_unanswered(session: Session, *, actor: Actor, now: datetime) -> int:
    """Withdraw the claims whose papers were not handed back within the time for correction; how many."""
    why = _("The papers were not handed back in time.")
    with transaction(session):
        calendar = calendar_of(session, actor.district_id)
        late = (Claim.state == Flow.correction.name, Claim.step_due_nth < calendar.nth_of(now))
        return _take(session, Flow.withdraw, late, Act(machine(actor.district_id), now, calendar, _kept(why)))


def _kept(why: Text) -> str:
    """A reason as the history keeps it."""
    return why.in_language("zh_CN")


def _take(session: Session, step: Step, late: tuple[ColumnElement[bool], ...], act: Act) -> int:
    ids = list(session.execute(select(Claim.id).where(*late).order_by(Claim.id).limit(CHUNK)).scalars())
    return len(take(session, step, [Wanted(i) for i in ids], act).moved) if ids else 0
