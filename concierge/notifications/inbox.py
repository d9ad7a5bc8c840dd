"""The in-app inbox: every notice is here at once, whatever becomes of its mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.notice import Delivery
from concierge.models.person import Person
from concierge.models.scope import visible_cases, visible_persons
from concierge.notifications.digests import LateCase
from concierge.notifications.notices import district_name, notice_of, notice_with, reader_of
from concierge.notifications.wording import subject, summary
from concierge.queries.digests import UnitDigest
from concierge.rules.roles import Role
from concierge.services.deliveries import INBOX
from concierge.workflows.topics import Topic

PAGE = 30


@dataclass(frozen=True)
class Entry:
    """One line of the inbox; for staff `about` says whose case it is and which."""

    id: int
    subject: str
    about: str
    is_to_pass_on: bool
    at: datetime
    is_read: bool
    is_urgent: bool


@dataclass(frozen=True)
class InboxPage:
    """Part of an inbox, the newest first; `before` continues it."""

    entries: tuple[Entry, ...]
    before: int | None


@dataclass(frozen=True)
class Shown:
    """One notice in full. `digest` and `late` are as they are now, not as they were."""

    id: int
    topic: str
    subject: str
    text: str
    at: datetime
    is_read: bool
    case_id: int | None
    kind: str
    digest: UnitDigest | None
    late: Sequence[LateCase]


def page(session: Session, *, actor: Actor, unread: bool, before: int | None, topic: Topic | None = None) -> InboxPage:
    """The actor's notices: the unread ones, or all, or those of one topic."""
    mine = select(Delivery).where(Delivery.account_id == actor.account_id, Delivery.channel == INBOX)
    if unread:
        mine = mine.where(Delivery.read_at.is_(None))
    if topic is not None:
        mine = mine.where(Delivery.topic == topic.value)
    if before is not None:
        mine = mine.where(Delivery.id < before)
    rows = session.execute(mine.order_by(Delivery.id.desc()).limit(PAGE + 1)).scalars().all()
    reader = reader_of(session, actor.account_id)
    if reader is None:
        return InboxPage((), None)
    district, about = district_name(session), _about(session, actor, rows)

    def entry(row: Delivery) -> Entry:
        notice = notice_with(row, reader, district, base_url="")
        said = about.get(row.id, "")
        return Entry(
            row.id, subject(notice), said, notice.is_to_pass_on, row.at, row.read_at is not None, row.is_urgent
        )

    return InboxPage(tuple(map(entry, rows[:PAGE])), rows[PAGE - 1].id if len(rows) > PAGE else None)


def _about(session: Session, actor: Actor, rows: Sequence[Delivery]) -> dict[int, str]:
    """By notice: whose case and which, or which expert, as far as the actor may see them; not for experts."""
    if actor.roles == {Role.EXPERT}:
        return {}
    cases = {row.case_id for row in rows if row.case_id is not None}
    people = {row.data.get("expert_id") for row in rows if row.case_id is None} - {None}
    of_case = select(Case.id, Case.number, Person.full_name).outerjoin(Person, Person.id == Case.expert_id)
    of_person = select(Person.id, Person.full_name).where(among(Person.id, people), visible_persons(actor))
    named = {found.id: found.full_name for found in session.execute(of_person)} if people else {}
    for found in session.execute(of_case.where(among(Case.id, cases), visible_cases(actor))):
        named[found.id] = " · ".join(filter(None, (found.full_name, found.number)))
    return {row.id: named.get(row.case_id or row.data.get("expert_id"), "") for row in rows}


def show(session: Session, *, actor: Actor, now: datetime, notice_id: int) -> Shown:
    """One of the actor's notices, by its id or by that of the mail that told of it. Raises NotFound."""
    row = _mine(session, actor, notice_id)
    reader = reader_of(session, actor.account_id)
    if row is None or reader is None:
        raise NotFound()
    alive = notice_of(session, row, reader, now=now, base_url="")
    kept = notice_with(row, reader, district_name(session), base_url="")
    digest = alive.digest if alive is not None else None
    late = alive.late if alive is not None else ()
    gathers = digest is not None or bool(late)
    return Shown(
        id=row.id,
        topic=row.topic,
        subject=subject(kept),
        text="" if gathers else summary(alive or kept),
        at=row.at,
        is_read=row.read_at is not None,
        case_id=row.case_id,
        kind=str(row.data.get("kind", "")),
        digest=digest,
        late=late,
    )


def _mine(session: Session, actor: Actor, notice_id: int) -> Delivery | None:
    named = select(Delivery).where(Delivery.id == notice_id, Delivery.account_id == actor.account_id)
    row = session.execute(named).scalar_one_or_none()
    if row is None or row.channel == INBOX:
        return row
    twin: Any = select(Delivery).where(
        Delivery.account_id == actor.account_id,
        Delivery.obligation == row.obligation,
        Delivery.version == row.version,
        Delivery.channel == INBOX,
    )
    return session.execute(twin).scalar_one_or_none()
