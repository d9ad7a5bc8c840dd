"""How one wants to be told: by mail or not, not in quiet hours, and in one's own calendar by a secret link."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, CalendarFeed
from concierge.rules.quiet import MailWish
from concierge.services.accounts import token_hash

HOURS = range(24)


def keep_notice_wishes(
    session: Session, *, account_id: int, mail: str, quiet_from: int | None, quiet_to: int | None
) -> None:
    """Keep which notices are mailed, and the full hours between which none is. Raises Invalid for half of them."""
    if mail not in list(MailWish):
        raise Invalid.because("unknown_wish", _("Please choose which notices are mailed."), "mail")
    hours = [hour for hour in (quiet_from, quiet_to) if hour is not None]
    if len(hours) == 1 or any(hour not in HOURS for hour in hours):
        raise Invalid.because("quiet_hours", _("Quiet hours have a beginning and an end."), "quiet_to")
    values = {"mail_wish": mail, "quiet_from": quiet_from, "quiet_to": quiet_to}
    with transaction(session):
        session.execute(update(Account).where(Account.id == account_id).values(**values))


def make_feed(session: Session, *, actor: Actor, now: datetime) -> str:
    """A new secret link to the actor's calendar; the one before ends. The token is shown once and kept as a hash."""
    token = secrets.token_urlsafe(32)
    with transaction(session):
        _end(session, actor, now)
        made = CalendarFeed(id=new_id(), token_hash=token_hash(token), account_id=actor.account_id, made_at=now)
        made.district_id = actor.district_id
        session.add(made)
        session.flush()
        _keep_trail(session, actor, now, "make-calendar-link")
    return token


def end_feed(session: Session, *, actor: Actor, now: datetime) -> None:
    """The link to the actor's calendar is dead from now on."""
    with transaction(session):
        _end(session, actor, now)
        _keep_trail(session, actor, now, "end-calendar-link")


def _end(session: Session, actor: Actor, now: datetime) -> None:
    living = select(CalendarFeed.id).where(
        CalendarFeed.account_id == actor.account_id,
        CalendarFeed.district_id == actor.district_id,
        CalendarFeed.ended_at.is_(None),
    )
    ids = list(session.execute(living).scalars())
    session.execute(update(CalendarFeed).where(CalendarFeed.id.in_(ids)).values(ended_at=now))


def _keep_trail(session: Session, actor: Actor, now: datetime, act: str) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="account", subject_id=actor.account_id)
