"""The rows that make a person known: one set of rows for each table, whatever the number of people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.ids import new_id
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.person import BankAccount, Employment, Person, PersonFact, Relative, SearchKey, TalentStatus
from concierge.rules.names import pinyin_keys
from concierge.rules.searching import search_form
from concierge.rules.talent import RELATIONS, code_of
from concierge.services.couples import join_couples
from concierge.services.privacy import account_index, person_index, phone_index, seal

PERSON_KEYS = "person"


@dataclass(frozen=True, kw_only=True)
class NewStatus:
    """A talent status: category, kind of recruitment, certificate, validity."""

    category: str
    kind: str = "full_time"
    certificate: str = ""
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class NewPost:
    """A post with an employer."""

    employer_id: int
    post_zh: str = ""
    post_en: str = ""
    starts_on: date
    ends_on: date | None = None
    contract_months: int = 0
    is_formal: bool = True
    certified_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewFact:
    """One fact with its source, proof and as-of date (domain §2.3)."""

    name: str
    value: Any
    source: str
    proof: str = ""
    as_of: date


@dataclass(frozen=True, kw_only=True)
class NewRelative:
    """A member of the household."""

    relation: str
    name: str
    birth_on: date | None = None
    guardian_consent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """Where the person is paid; it waits for its checker."""

    holder_name: str
    bank_name: str
    branch_code: str = ""
    number: str


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """A person with clean values: numbers checked, names in their one form. Of a spouse's number the index is kept."""

    full_name: str
    id_number: str
    id_kind: str
    birth_on: date | None
    is_male: bool | None
    phone: str = ""
    email: str = ""
    preference: str = ""
    specialist_id: int | None = None
    deputy_id: int | None = None
    household_id: int | None = None
    status: NewStatus | None = None
    posts: tuple[NewPost, ...] = ()
    facts: tuple[NewFact, ...] = ()
    relatives: tuple[NewRelative, ...] = ()
    account: NewAccount | None = None


@dataclass
class _Rows:
    """What will be inserted, by table, in the order of the foreign keys."""

    by_table: dict[type[Any], list[dict[str, Any]]] = field(
        default_factory=lambda: {
            table: [] for table in (Person, TalentStatus, Employment, PersonFact, Relative, BankAccount, SearchKey)
        }
    )

    def add(self, table: type[Any], **values: Any) -> int:
        row = {"id": new_id(), **values}
        self.by_table[table].append(row)
        return int(row["id"])


def add_people(
    session: Session, people: Sequence[NewPerson], *, actor: Actor, now: datetime, keys: KeyRing
) -> list[int]:
    """Insert people with all that belongs to them into the running transaction; 8 to 9 statements in all.

    The caller has checked that they are new, and records the act. Returns their ids in order. Raises Invalid for a
    member of a household who is neither spouse, child nor parent.
    """
    employers = unit_names(session, {post.employer_id for person in people for post in person.posts})
    rows = _Rows()
    ids = [_add_one(rows, person, employers, actor, now, keys) for person in people]
    for table, made in rows.by_table.items():
        if made:
            # With its empty columns: rows of one shape go in by one statement.
            session.execute(insert(table), made, execution_options={"render_nulls": True})
    join_couples(session, ids)
    return ids


def _add_one(
    rows: _Rows, person: NewPerson, employers: Mapping[int, Sequence[str]], actor: Actor, now: datetime, keys: KeyRing
) -> int:
    own = {"district_id": actor.district_id}
    person_id, data_key = new_id(), keys.new_data_key()
    rows.by_table[Person].append(own | {"id": person_id} | _person_row(person, person_id, data_key, keys))
    its = own | {"person_id": person_id}
    if person.status is not None:
        rows.add(TalentStatus, **its, **vars(person.status))
    for post in person.posts:
        rows.add(Employment, **its, **vars(post))
    for fact in person.facts:
        rows.add(PersonFact, **its, **(vars(fact) | {"value": {"value": fact.value}}))
    for relative in person.relatives:
        values = vars(relative) | {"relation": code_of(RELATIONS, relative.relation, field="relation")}
        relative_id, name = new_id(), values.pop("name")
        sealed = seal(keys, data_key, "relatives", "name", relative_id, name)
        row = its | {"id": relative_id, "name_sealed": sealed, "relative_person_id": None} | values
        rows.by_table[Relative].append(row)
    if person.account is not None:
        rows.by_table[BankAccount].append(its | account_row(person.account, data_key, actor, now, keys))
    for key in search_keys_of(person.full_name, person.status, person.posts, employers):
        rows.add(SearchKey, **own, kind=PERSON_KEYS, subject_id=person_id, key=key)
    return person_id


def _person_row(person: NewPerson, person_id: int, data_key: bytes, keys: KeyRing) -> dict[str, Any]:
    return {
        "full_name": person.full_name,
        "data_key": data_key,
        "id_kind": person.id_kind,
        "id_sealed": seal(keys, data_key, "persons", "id_number", person_id, person.id_number),
        "id_index": person_index(keys, person.id_number),
        "id_last4": person.id_number[-4:],
        "birth_on": person.birth_on,
        "is_male": person.is_male,
        **phone_values(person.phone, person_id, data_key, keys),
        "email": person.email,
        "household_id": person.household_id,
        "spouse_key": None,
        "specialist_id": person.specialist_id,
        "deputy_id": person.deputy_id,
        "preference": person.preference,
        "facts_revision": 1,
        "version": 1,
    }


def phone_values(phone: str, person_id: int, data_key: bytes, keys: KeyRing) -> dict[str, Any]:
    """The columns that keep a phone number; all empty for none."""
    return {
        "phone_sealed": seal(keys, data_key, "persons", "phone", person_id, phone) if phone else None,
        "phone_index": phone_index(keys, phone) if phone else None,
        "phone_last4": phone[-4:],
    }


def account_row(account: NewAccount, data_key: bytes, actor: Actor, now: datetime, keys: KeyRing) -> dict[str, Any]:
    """The row of a bank account that waits for its checker."""
    account_id = new_id()
    return {
        "id": account_id,
        "holder_name": account.holder_name,
        "bank_name": account.bank_name,
        "branch_code": account.branch_code,
        "account_sealed": seal(keys, data_key, "bank_accounts", "account", account_id, account.number),
        "account_index": account_index(keys, account.number),
        "account_last4": account.number[-4:],
        "state": "unchecked",
        "made_by": actor.account_id,
        "made_by_key": actor.person_key,
        "made_at": now,
        "checked_by": None,
        "checked_by_key": None,
        "checked_at": None,
        "proof_id": None,
        "held_until": None,
    }


def unit_names(session: Session, ids: Iterable[int]) -> dict[int, Sequence[str]]:
    """Names of units in both languages, by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).where(among(Unit.id, wanted)))
    return {row.id: (row.name_zh, row.name_en) for row in rows}


def search_keys_of(
    full_name: str, status: NewStatus | None, posts: Iterable[NewPost], employers: Mapping[int, Sequence[str]]
) -> list[str]:
    """All keys under which a person is found: name, given name, pinyin, initials, certificate, present employers."""
    found = {search_form(full_name), *pinyin_keys(full_name)}
    if len(full_name) > 2:
        found.add(search_form(full_name[1:]))
    if status is not None and status.certificate:
        found.add(search_form(status.certificate))
    for post in posts:
        if post.ends_on is None:
            found |= {search_form(name) for name in employers.get(post.employer_id, ())}
    return sorted(found - {""})
