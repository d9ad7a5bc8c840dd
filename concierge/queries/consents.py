"""What a person agrees to at present: the newest answer to each purpose, and what he decides for his children."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Text
from concierge.db import among
from concierge.models.consent import Consent
from concierge.models.person import Relative
from concierge.rules.care import Channel
from concierge.rules.consents import OWN, ConsentTo, needs_guardian
from concierge.rules.talent import RELATIONS

CHILD = "child"


@dataclass(frozen=True)
class Answer:
    """One purpose and the present answer; `is_given` is None while nobody has been asked."""

    purpose: ConsentTo
    is_given: bool | None
    at: datetime | None
    channel: Text | None


@dataclass(frozen=True)
class Child:
    """A child under 14, and whether the guardian has agreed."""

    id: int
    relation: Text
    birth_on: date | None
    agreed_at: datetime | None


@dataclass(frozen=True)
class Consents:
    """Everything one person may decide."""

    answers: tuple[Answer, ...]
    children: tuple[Child, ...]


def answer_to(session: Session, person_id: int, purpose: ConsentTo) -> bool | None:
    """The person's present answer to a purpose; None while there is none."""
    c = Consent
    rows = select(c.is_given).where(c.person_id == person_id, c.purpose == purpose.value, c.relative_id.is_(None))
    return session.execute(rows.order_by(c.id.desc()).limit(1)).scalar_one_or_none()


def without_consent(session: Session, person_ids: Collection[int], purpose: ConsentTo) -> set[int]:
    """Which of these persons do not agree to a purpose at present: withdrawn, or never asked."""
    c = Consent
    newest = select(func.max(c.id)).where(among(c.person_id, person_ids), c.purpose == purpose.value)
    newest = newest.where(c.relative_id.is_(None)).group_by(c.person_id)
    agreed = session.execute(select(c.person_id).where(c.id.in_(newest), c.is_given)).scalars()
    return set(person_ids) - set(agreed)


def consents_of(session: Session, *, person_id: int, today: date) -> Consents:
    """What a person has agreed to, purpose by purpose, and for which children under 14."""
    c = Consent
    newest = select(func.max(c.id)).where(c.person_id == person_id, c.relative_id.is_(None)).group_by(c.purpose)
    rows = session.execute(select(c.purpose, c.is_given, c.at, c.channel).where(c.id.in_(newest)))
    known = {row.purpose: row for row in rows}
    answers = []
    for purpose in OWN:
        row = known.get(purpose.value)
        given = (row.is_given, row.at, Channel(row.channel).label) if row is not None else (None, None, None)
        answers.append(Answer(purpose, *given))
    return Consents(tuple(answers), _children(session, person_id, today))


def _children(session: Session, person_id: int, today: date) -> tuple[Child, ...]:
    r = Relative
    label = next(word.label for word in RELATIONS if word.code == CHILD)
    rows = session.execute(
        select(r.id, r.birth_on, r.guardian_consent_at)
        .where(r.person_id == person_id, r.relation == CHILD, r.left_on.is_(None))
        .order_by(r.birth_on, r.id)
    )
    return tuple(
        Child(row.id, label, row.birth_on, row.guardian_consent_at)
        for row in rows
        if needs_guardian(row.birth_on, today)
    )
