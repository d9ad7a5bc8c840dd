"""What stands in a person's own calendar: his deadlines and due contacts, without names and nothing of health."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.account import CalendarFeed
from concierge.models.scope import visible_cases
from concierge.queries.actors import actor_of
from concierge.queries.contacts import month_of
from concierge.rules.cadence import Occasion
from concierge.rules.roles import Role

MOST = 500
PLAIN = (Occasion.MONTHLY, Occasion.QUARTERLY, Occasion.FESTIVAL)
"""Occasions that say nothing about a person; any other is only a contact that is due."""


@dataclass(frozen=True)
class Entry:
    """One day of the calendar. `case_id` is the case it is about; None for a contact."""

    uid: str
    day: date
    text: Text
    case_id: str | None


@dataclass(frozen=True)
class Feed:
    """A calendar with the language of its owner."""

    language: str
    is_expert: bool
    entries: tuple[Entry, ...]


def is_fed(session: Session, actor: Actor) -> bool:
    """Whether the actor has a living link."""
    f = CalendarFeed
    living = select(f.id).where(f.account_id == actor.account_id, f.district_id == actor.district_id)
    return session.execute(living.where(f.ended_at.is_(None))).first() is not None


def feed_of(session: Session, *, token: str, now: datetime) -> Feed:
    """The calendar behind a secret link, in whose district the session serves from now on. Raises NotFound."""
    f = CalendarFeed
    living = select(f.account_id, f.district_id).where(
        f.token_hash == hashlib.sha256(token.encode()).hexdigest(), f.ended_at.is_(None)
    )
    found = session.execute(living).first()
    if found is None:
        raise NotFound()
    session.info["district"] = found.district_id
    actor = actor_of(session, found.account_id, now)
    entries = [*_deadlines(session, actor), *_contacts(session, actor, local_date(now, SHANGHAI))]
    return Feed(actor.language, actor.has(Role.EXPERT), tuple(entries))


def _deadlines(session: Session, actor: Actor) -> list[Entry]:
    mine = Case.expert_id == (actor.person_id or 0) if actor.has(Role.EXPERT) else Case.assignee_id == actor.account_id
    wanted = select(Case.id, Case.kind, Case.number, Case.due_on).where(mine, Case.is_open, Case.due_on.is_not(None))
    rows = session.execute(wanted.where(visible_cases(actor)).order_by(Case.due_on, Case.id).limit(MOST))
    return [
        Entry(
            _uid(actor, row.id),
            row.due_on,
            _("%(kind)s %(number)s is due", kind=FLOWS[row.kind].title, number=row.number),
            public_id(row.id),
        )
        for row in rows
    ]


def _contacts(session: Session, actor: Actor, today: date) -> list[Entry]:
    if not actor.has(Role.SPECIALIST):
        return []
    first = today.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    rows = [row for month in (first, following) for row in month_of(session, actor=actor, first=month)]
    return [
        Entry(
            _uid(actor, f"{row.person_id}:{row.due.occasion}:{row.due.day}"),
            row.due.day,
            row.due.occasion.label if row.due.occasion in PLAIN else _("A contact is due"),
            None,
        )
        for row in rows
        if not row.due.is_done and row.due.day >= today
    ][:MOST]


def _uid(actor: Actor, what: object) -> str:
    """The same for the same thing in the same calendar, and nothing that could be turned back."""
    return hashlib.sha256(f"{actor.person_key}:{what}".encode()).hexdigest()[:32]
