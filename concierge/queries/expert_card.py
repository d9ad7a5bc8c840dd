"""The expert in short, beside a case: who, where, which category, how to be reached; numbers masked."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.person import Employment, Person, TalentStatus
from concierge.rules.talent import KINDS


@dataclass(frozen=True)
class ExpertCard:
    """An expert as staff see him first. `phone` is masked; the whole number is a logged look."""

    id: int
    name: str
    category: str
    kind: Text | None
    valid_to: date | None
    employer: Bilingual
    post: Bilingual
    phone: str
    preference: str
    specialist: str


def mask_last4(last4: str) -> str:
    """A phone number of which only the last four digits are kept readable."""
    return f"*******{last4}" if last4 else ""


def kind_label(code: str | None) -> Text | None:
    """The kind of recruitment for people."""
    return next((word.label for word in KINDS if word.code == code), None)


def expert_card(session: Session, person_id: int, now: datetime) -> ExpertCard | None:
    """The card of one expert; the caller has checked that a case of his may be seen."""
    today = local_date(now, SHANGHAI)
    p, s, e, u = Person, TalentStatus, Employment, Unit
    status = and_(s.person_id == p.id, s.valid_from <= today, or_(s.valid_to.is_(None), s.valid_to >= today))
    post = and_(e.person_id == p.id, e.starts_on <= today, or_(e.ends_on.is_(None), e.ends_on >= today))
    row = session.execute(
        select(p.id, p.full_name, p.phone_last4, p.preference, s.category, s.kind, s.valid_to)
        .add_columns(e.post_zh, e.post_en, u.name_zh, u.name_en, Account.name.label("specialist"))
        .outerjoin(s, status)
        .outerjoin(e, post)
        .outerjoin(u, u.id == e.employer_id)
        .outerjoin(Account, Account.id == p.specialist_id)
        .where(p.id == person_id)
        .order_by(s.valid_from.desc(), e.starts_on.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return ExpertCard(
        id=row.id,
        name=row.full_name,
        category=row.category or "",
        kind=kind_label(row.kind),
        valid_to=row.valid_to,
        employer=Bilingual(row.name_zh or "", row.name_en or ""),
        post=Bilingual(row.post_zh or "", row.post_en or ""),
        phone=mask_last4(row.phone_last4),
        preference=row.preference,
        specialist=row.specialist or "",
    )
