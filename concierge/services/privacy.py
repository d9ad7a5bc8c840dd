"""Personal data: sealed with the person's own key, found by blind index, shown only with a purpose that is kept.

Places of sealed values are named "table:column:row", so that a ciphertext copied elsewhere does not open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import AuditEntry, Case
from concierge.models.care import CareRequest
from concierge.models.person import BankAccount, Person, Relative
from concierge.models.scope import BY_HOLDER, may_read_private, visible_cases, visible_persons
from concierge.queries.consents import answer_to
from concierge.rules.consents import ConsentTo
from concierge.rules.roles import Role

REVEALS_A_DAY = 50
LONGEST_PURPOSE = 200
PERSON = "person"
PHONE = "phone"
ACCOUNT = "account"

Sealed = tuple[str, str, int, bytes]
"""A sealed value with its place: table, column, row, ciphertext."""


def seal(keys: KeyRing, data_key: bytes, table: str, column: str, row_id: int, plain: str) -> bytes:
    """Encrypt one value of a person with the person's key; it opens at this place alone."""
    return keys.seal(data_key, plain, f"{table}:{column}:{row_id}")


def unseal(keys: KeyRing, data_key: bytes, table: str, column: str, row_id: int, sealed: bytes) -> str:
    """The plain value; CryptoError for another place or key. Callers record why they read it."""
    return keys.open(data_key, sealed, f"{table}:{column}:{row_id}")


def person_index(keys: KeyRing, number: str) -> str:
    """The blind index of a natural person by ID number; equals the accounts' person key."""
    return keys.blind_index(number, PERSON)


def phone_index(keys: KeyRing, number: str) -> str:
    """The blind index of a phone number."""
    return keys.blind_index(number, PHONE)


def account_index(keys: KeyRing, number: str) -> str:
    """The blind index of a bank account number."""
    return keys.blind_index(number, ACCOUNT)


def data_key_of(session: Session, person_id: int) -> bytes:
    """The wrapped key of a person's data. Raises NotFound when the person is unknown or the key was destroyed."""
    key = session.execute(select(Person.data_key).where(Person.id == person_id)).scalar_one_or_none()
    if key is None:
        raise NotFound()
    return key


def may_know(actor: Actor) -> ColumnElement[bool]:
    """The persons an actor may know of: his own scope, and whoever has a case that his unit has or had."""
    if not actor.has(*BY_HOLDER):
        return visible_persons(actor)
    with_case = select(Case.expert_id).where(visible_cases(actor), Case.expert_id.is_not(None))
    return or_(visible_persons(actor), Person.id.in_(with_case))


@dataclass(frozen=True)
class _Field:
    """One kind of sealed value: who may have it revealed, and where it is."""

    roles: frozenset[Role]
    find: Any


_STAFF = frozenset({Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.HR, Role.EXPERT})
_MONEY = frozenset({Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER})


def _id_number(session: Session, person: Any, row_id: int | None) -> Sealed:
    return "persons", "id_number", person.id, person.id_sealed or b""


def _phone(session: Session, person: Any, row_id: int | None) -> Sealed:
    return "persons", "phone", person.id, person.phone_sealed or b""


def _account(session: Session, person: Any, row_id: int | None) -> Sealed:
    """The account named, or else the settled one, or else the newest."""
    wanted = select(BankAccount.id, BankAccount.account_sealed).where(BankAccount.person_id == person.id)
    if row_id is not None:
        wanted = wanted.where(BankAccount.id == row_id)
    found = session.execute(
        wanted.order_by((BankAccount.state == "settled").desc(), BankAccount.made_at.desc()).limit(1)
    ).first()
    return ("bank_accounts", "account", found.id, found.account_sealed) if found else ("", "", 0, b"")


def _relative(session: Session, person: Any, row_id: int | None) -> Sealed:
    wanted = select(Relative.name_sealed).where(Relative.person_id == person.id, Relative.id == row_id)
    return "relatives", "name", row_id or 0, session.execute(wanted).scalar_one_or_none() or b""


def _care_note(session: Session, person: Any, row_id: int | None) -> Sealed:
    wanted = select(CareRequest.private_sealed).where(CareRequest.expert_id == person.id, CareRequest.id == row_id)
    return "care_requests", "private", row_id or 0, session.execute(wanted).scalar_one_or_none() or b""


FIELDS: Mapping[str, _Field] = {
    "id_number": _Field(_STAFF, _id_number),
    "phone": _Field(_STAFF | {Role.EMPLOYER, Role.SECTOR, Role.UNIT_LIAISON}, _phone),
    "account": _Field(_STAFF | _MONEY, _account),
    "relative": _Field(frozenset({Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.EXPERT}), _relative),
    "care_note": _Field(frozenset({Role.SPECIALIST, Role.EXPERT}), _care_note),
}


def reveal(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    field: str,
    purpose: str,
    row_id: int | None = None,
    request_id: str | None = None,
    address: str | None = None,
) -> str:
    """The plain value of one sealed field; the look is recorded, and the person can read who, which unit, why.

    `row_id` names the bank account, relative or care request. Raises Invalid without a purpose, NotFound for what is
    absent or out of scope, Refusal for a role that has no need of it and beyond 50 looks a day (both recorded).
    """
    why = " ".join(purpose.split())
    if not why or len(why) > LONGEST_PURPOSE:
        text = _("Say what you need it for, in at most %(most)s characters", most=LONGEST_PURPOSE)
        raise Invalid.because("purpose_missing", text, "purpose")
    if field not in FIELDS:
        raise NotFound()
    with transaction(session):
        person = _person(session, actor, person_id)
        refused = _why_not(session, actor, now, person, field)
        plain = None if refused else _opened(session, keys, person, field, row_id)
        record(
            session,
            act="reveal",
            actor=actor,
            now=now,
            subject_kind="person",
            subject_id=person_id,
            person_id=person_id,
            purpose=why,
            data={"field": field},
            result="refused" if refused else "done",
            request_id=request_id,
            address=address,
            unit_id=next(iter(actor.units()), None),
        )
    if refused is not None:
        raise refused
    assert plain is not None
    return plain


def _person(session: Session, actor: Actor, person_id: int) -> Any:
    wanted = select(Person.id, Person.data_key, Person.id_sealed, Person.phone_sealed, Person.specialist_id)
    found = session.execute(wanted.where(Person.id == person_id, may_know(actor))).first()
    if found is None:
        raise NotFound()
    return found


def _why_not(session: Session, actor: Actor, now: datetime, person: Any, field: str) -> Refusal | None:
    """Why this actor may not have this field now. One's own data is never counted."""
    own = actor.person_id is not None and actor.person_id == person.id
    if not actor.has(*FIELDS[field].roles) or (actor.roles == {Role.EXPERT} and not own):
        return Refusal.because("not_your_need", _("your role has no need of this"))
    if field == "care_note" and not own and not may_read_private(actor, person.specialist_id):
        return Refusal.because("specialist_only", _("only the assigned specialist may read this"))
    if field == "care_note" and not own and answer_to(session, person.id, ConsentTo.CARE_DETAILS) is False:
        return Refusal.because("consent_withdrawn", _("the person has withdrawn the consent to this"))
    if not own and reveals_today(session, actor, now) >= REVEALS_A_DAY:
        text = _("you have looked at %(most)s numbers today; ask your lead", most=REVEALS_A_DAY)
        return Refusal.because("too_many_reveals", text)
    return None


def reveals_today(session: Session, actor: Actor, now: datetime) -> int:
    """How many numbers of others this account has looked at today; counted up to the limit."""
    midnight = datetime.combine(local_date(now, SHANGHAI), time(0), SHANGHAI)
    done = and_(AuditEntry.act == "reveal", AuditEntry.result == "done", AuditEntry.at >= midnight)
    own = or_(AuditEntry.person_id.is_(None), AuditEntry.person_id != (actor.person_id or 0))
    rows = select(AuditEntry.id).where(AuditEntry.actor_id == actor.account_id, done, own).limit(REVEALS_A_DAY)
    return len(session.execute(rows).all())


def _opened(session: Session, keys: KeyRing, person: Any, field: str, row_id: int | None) -> str:
    table, column, row, sealed = FIELDS[field].find(session, person, row_id)
    if not sealed or person.data_key is None:
        raise NotFound()
    return unseal(keys, person.data_key, table, column, row, sealed)


def open_accounts(session: Session, keys: KeyRing, account_ids: Iterable[int]) -> dict[int, str]:
    """Plain bank account numbers by account id, for a frozen roster. The caller records the export."""
    wanted = select(BankAccount.id, BankAccount.account_sealed, Person.data_key).join(
        Person, Person.id == BankAccount.person_id
    )
    rows = session.execute(wanted.where(among(BankAccount.id, account_ids)))
    return {row.id: unseal(keys, row.data_key, "bank_accounts", "account", row.id, row.account_sealed) for row in rows}


def open_id_numbers(session: Session, keys: KeyRing, person_ids: Iterable[int]) -> dict[int, str]:
    """Plain ID numbers by person id, for a frozen roster. The caller records the export."""
    rows = session.execute(select(Person.id, Person.id_sealed, Person.data_key).where(among(Person.id, person_ids)))
    return {
        row.id: unseal(keys, row.data_key, "persons", "id_number", row.id, row.id_sealed)
        for row in rows
        if row.id_sealed
    }
