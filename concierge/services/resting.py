"""A site restored from a copy rests: nothing is sent or paid until a person has compared it with the world outside.

What happened after the copy was made happened all the same: mails are out, the bank has paid. So no message goes on
its way again by itself, and no file for a bank leaves, until a system administrator lets the district go on.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import LoginSession
from concierge.models.district import District
from concierge.models.job import JobRun
from concierge.models.notice import Delivery
from concierge.rules.roles import Role
from concierge.services.job_runs import FAILED, RUNNING, TRIES, WAITING
from concierge.services.people import only

RESTORED = "restored from a copy"
_QUIET = {"synchronize_session": False}


def rest(session: Session, *, now: datetime) -> None:
    """Put every district to rest, in a session of no district, right after the copy was restored.

    Log-ins end, runs that were under way are given up; the timetable owes them anew afterwards.
    """
    with transaction(session):
        session.execute(update(District).values(paused_since=now), execution_options=_QUIET)
        session.execute(delete(LoginSession), execution_options=_QUIET)
        given_up = {"state": FAILED, "attempts": TRIES, "error": RESTORED, "ended_at": now}
        under_way = update(JobRun).where(JobRun.state.in_((WAITING, RUNNING))).values(given_up)
        session.execute(under_way, execution_options=_QUIET)
        record(session, act="restore", actor=None, now=now, subject_kind="site")


def doubt_what_waited(session: Session) -> int:
    """Messages of the session's district that waited when the copy was made may be out since: a person decides."""
    waited = update(Delivery).where(Delivery.state == "pending", Delivery.channel != "inbox")
    with transaction(session):
        doubtful = waited.values(state="unknown", error=RESTORED, leased_until=None).returning(Delivery.id)
        return len(session.execute(doubtful, execution_options=_QUIET).all())


def go_on(session: Session, *, actor: Actor, now: datetime) -> None:
    """Let the actor's district go on: he has compared messages and payments with the world outside. Raises Refusal."""
    only(actor, Role.SYSTEM_ADMIN)
    with transaction(session):
        session.execute(
            update(District).where(District.id == actor.district_id).values(paused_since=None), execution_options=_QUIET
        )
        record(session, act="go-on-after-restore", actor=actor, now=now, subject_kind="district")


def demand_awake(session: Session, district_id: int) -> None:
    """Raise Refusal while the district rests."""
    rests = select(District.id).where(District.id == district_id, District.paused_since.is_not(None))
    if session.execute(rests).first() is not None:
        text = _("this site was restored from a copy; nothing is paid until a system administrator lets it go on")
        raise Refusal.because("site_rests", text)
