"""The expert in short, beside a case: who, where, which category, how to be reached; numbers masked."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text
from concierge.db import fixed, read
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.person import Employment, Person, TalentStatus
from concierge.rules.talent import KINDS

_TODAY = bindparam("today", type_=Date)
_p, _s, _e = Person, TalentStatus, Employment
_CARD = fixed(
    select(_p.id, _p.full_name, _p.phone_last4, _p.preference, _s.category, _s.kind, _s.valid_to)
    .add_columns(_e.post_zh, _e.post_en, Unit.name_zh, Unit.name_en, Account.name.label("specialist"))
    .outerjoin(
        _s, and_(_s.person_id == _p.id, _s.valid_from <= _TODAY, or_(_s.valid_to.is_(None), _s.valid_to >= _TODAY))
    )
    .outerjoin(_e, and_(_e.person_id == _p.id, _e.starts_on <= _TODAY, or_(_e.ends_on.is_(None), _e.ends_on >= _TODAY)))
    .outerjoin(Unit, Unit.id == _e.employer_id)
    .outerjoin(Account, Account.id == _p.specialist_id)
    .where(_p.id == bindparam("person"))
    .order_by(_s.valid_from.desc(), _e.starts_on.desc())
    .limit(1)
)


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
    row = read(session, _CARD, person=person_id, today=today).first()
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
