"""What forms about people offer and show: employers, specialists, a person as he is now, his bank accounts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.district import Unit
from concierge.models.person import BankAccount, Employment, Person, TalentStatus
from concierge.models.scope import visible_persons
from concierge.rules.identifiers import mask_account, mask_id
from concierge.rules.roles import Role, UnitKind

Choices = list[tuple[str, Any]]
MOST_UNITS = 2000
EMPLOYS = tuple(kind.value for kind in UnitKind if kind not in (UnitKind.VILLAGE, UnitKind.SUPERVISION))


@dataclass(frozen=True)
class AccountRow:
    """One bank account of a person, masked."""

    id: int
    holder_name: str
    bank_name: str
    branch_code: str
    masked: str
    state: str
    made_at: datetime
    made_by: str
    may_check: bool
    proof_id: int | None
    held_until: datetime | None


@dataclass(frozen=True)
class PersonForm:
    """A person as the forms show him."""

    id: int
    version: int
    full_name: str
    masked_id: str
    masked_phone: str
    email: str
    preference: str
    category: str
    kind: str
    certificate: str
    valid_from: date | None
    valid_to: date | None
    employer: Bilingual | None
    post: str
    starts_on: date | None
    post_id: int | None
    has_specialist: bool


def employer_choices(session: Session) -> Choices:
    """Units that may employ experts, by id."""
    units = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind.in_(EMPLOYS)).order_by(Unit.kind, Unit.id)
    return [(str(row.id), Bilingual(row.name_zh, row.name_en)) for row in session.execute(units.limit(MOST_UNITS))]


def specialist_choices(session: Session, now: datetime) -> Choices:
    """The specialists in office today, by id."""
    today = local_date(now, SHANGHAI)
    rows = session.execute(
        select(Account.id, Account.name)
        .join(AccountGrant, AccountGrant.account_id == Account.id)
        .where(AccountGrant.role == Role.SPECIALIST.value, in_force(today), Account.disabled_at.is_(None))
        .distinct()
        .order_by(Account.name, Account.id)
    )
    return [(str(row.id), row.name) for row in rows]


def person_form(session: Session, *, actor: Actor, person_id: int) -> PersonForm:
    """A person in scope, masked. Raises NotFound."""
    person = session.execute(select(Person).where(Person.id == person_id, visible_persons(actor))).scalar_one_or_none()
    if person is None:
        raise NotFound()
    status, post, unit = _status(session, person_id), *_post(session, person_id)
    return PersonForm(
        id=person.id,
        version=person.version,
        full_name=person.full_name,
        masked_id=mask_id(person.id_last4),
        masked_phone=f"*** **** {person.phone_last4}" if person.phone_last4 else "",
        email=person.email,
        preference=person.preference,
        category=status.category if status else "",
        kind=status.kind if status else "full_time",
        certificate=status.certificate if status else "",
        valid_from=status.valid_from if status else None,
        valid_to=status.valid_to if status else None,
        employer=Bilingual(unit.name_zh, unit.name_en) if unit else None,
        post=post.post_zh if post else "",
        starts_on=post.starts_on if post else None,
        post_id=post.id if post else None,
        has_specialist=person.specialist_id is not None,
    )


def _status(session: Session, person_id: int) -> TalentStatus | None:
    wanted = select(TalentStatus).where(TalentStatus.person_id == person_id)
    return session.execute(wanted.order_by(TalentStatus.valid_from.desc()).limit(1)).scalar_one_or_none()


def _post(session: Session, person_id: int) -> tuple[Any, Any]:
    wanted = (
        select(Employment, Unit)
        .join(Unit, Unit.id == Employment.employer_id)
        .where(Employment.person_id == person_id, Employment.ends_on.is_(None))
        .order_by(Employment.starts_on.desc())
        .limit(1)
    )
    found = session.execute(wanted).first()
    return (found[0], found[1]) if found else (None, None)


def account_rows(session: Session, *, actor: Actor, person_id: int) -> list[AccountRow]:
    """The bank accounts of a person, the newest first; who proposed one may not check it."""
    rows = session.execute(
        select(BankAccount, Account.name.label("maker"))
        .outerjoin(Account, Account.id == BankAccount.made_by)
        .where(BankAccount.person_id == person_id)
        .order_by(BankAccount.made_at.desc(), BankAccount.id.desc())
        .limit(20)
    )
    return [
        AccountRow(
            id=kept.id,
            holder_name=kept.holder_name,
            bank_name=kept.bank_name,
            branch_code=kept.branch_code,
            masked=mask_account(kept.account_last4),
            state=kept.state,
            made_at=kept.made_at,
            made_by=maker or "",
            may_check=kept.state == "unchecked" and kept.made_by_key not in actor.person_keys,
            proof_id=kept.proof_id,
            held_until=kept.held_until,
        )
        for kept, maker in rows
    ]
