"""What is already known of the people in a file, read in a handful of statements whatever their number."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, select
from sqlalchemy.orm import aliased

from concierge.db import among
from concierge.models.account import Account
from concierge.models.person import BankAccount, Employment, Person, PersonFact, TalentStatus
from concierge.services.import_plans import Setting
from concierge.services.person_rows import unit_names
from concierge.services.privacy import may_know, unseal

FACTS = ("degree", "title")


@dataclass
class Known:
    """One person as the district knows him now. `status` and `post` are the latest rows, or None."""

    id: int
    full_name: str
    visible: bool
    version: int
    revision: int
    data_key: bytes
    phone: str
    email: str
    preference: str
    specialist_id: int | None
    specialist: str
    status: Any = None
    post: Any = None
    employer: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)


def known_people(setting: Setting, indexes: Iterable[str]) -> dict[str, Known]:
    """The people with these blind indexes, by index."""
    wanted = sorted(set(indexes))
    if not wanted:
        return {}
    rows = setting.session.execute(
        select(Person, Account.name.label("specialist"))
        .outerjoin(Account, Account.id == Person.specialist_id)
        .where(among(Person.id_index, wanted, of=Text))
        .execution_options(populate_existing=True)
    ).all()
    by_id = {person.id: (person.id_index, _known(setting, person, specialist or "")) for person, specialist in rows}
    seen = select(Person.id).where(among(Person.id, list(by_id)), may_know(setting.actor))
    for person_id in setting.session.execute(seen).scalars():
        by_id[person_id][1].visible = True
    people = {person_id: known for person_id, (_index, known) in by_id.items()}
    _read_status(setting, people)
    _read_posts(setting, people)
    _read_facts(setting, people)
    _read_accounts(setting, people)
    return dict(by_id.values())


def _known(setting: Setting, person: Person, specialist: str) -> Known:
    key = person.data_key or b""
    sealed = person.phone_sealed
    phone = unseal(setting.keys, key, "persons", "phone", person.id, sealed) if sealed and key else ""
    return Known(
        person.id, person.full_name, False, person.version, person.facts_revision, key, phone, person.email,
        person.preference, person.specialist_id, specialist,
    )  # fmt: skip


def _read_status(setting: Setting, people: dict[int, Known]) -> None:
    rows = setting.session.execute(
        select(TalentStatus).where(among(TalentStatus.person_id, list(people))).order_by(TalentStatus.valid_from)
    )
    for status in rows.scalars():
        people[status.person_id].status = status


def _read_posts(setting: Setting, people: dict[int, Known]) -> None:
    post = aliased(Employment)
    rows = setting.session.execute(
        select(post).where(among(post.person_id, list(people)), post.ends_on.is_(None)).order_by(post.starts_on)
    )
    for found in rows.scalars():
        people[found.person_id].post = found
    names = unit_names(setting.session, {known.post.employer_id for known in people.values() if known.post})
    for known in people.values():
        if known.post is not None:
            known.employer = names[known.post.employer_id][0]


def _read_facts(setting: Setting, people: dict[int, Known]) -> None:
    rows = setting.session.execute(
        select(PersonFact.person_id, PersonFact.name, PersonFact.value)
        .where(among(PersonFact.person_id, list(people)), PersonFact.name.in_(FACTS))
        .order_by(PersonFact.as_of)
    )
    for person_id, name, value in rows:
        people[person_id].facts[name] = value.get("value")


def _read_accounts(setting: Setting, people: dict[int, Known]) -> None:
    rows = setting.session.execute(
        select(BankAccount.person_id, BankAccount.account_index, BankAccount.state)
        .where(among(BankAccount.person_id, list(people)), BankAccount.state.in_(("settled", "unchecked")))
        .order_by(BankAccount.made_at)
    )
    for person_id, index, state in rows:
        people[person_id].accounts[state] = index
