"""People: registering them once, and changing what is known of them (domain §2.1, §2.3, §6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.ids import new_id, public_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.district import District, Unit
from concierge.models.person import Employment, Person, SearchKey, TalentStatus
from concierge.rules.identifiers import check_phone
from concierge.rules.names import clean_name
from concierge.rules.roles import Role, UnitKind
from concierge.services.intake import Sieve, Surroundings, clean_person
from concierge.services.person_rows import (
    PERSON_KEYS,
    NewPost,
    NewStatus,
    add_people,
    phone_values,
    search_keys_of,
    unit_names,
)
from concierge.services.privacy import may_know, person_index

REGISTRARS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
STALE = Reason("changed_meanwhile", _("it has been changed meanwhile; look at it again"))
NO_EMPLOYERS = (UnitKind.SUPERVISION, UnitKind.VILLAGE)


@dataclass(frozen=True)
class KnownPerson:
    """A person who already bears an ID number: visible to the actor or not."""

    id: int
    full_name: str
    visible: bool


def only(actor: Actor, *roles: Role) -> None:
    """Raise Refusal unless the actor (or the machine) holds one of the roles."""
    if not actor.has(*roles, Role.SYSTEM):
        raise Refusal.because("not_your_role", _("your role may not do this"))


def register_person(session: Session, *, actor: Actor, now: datetime, keys: KeyRing, given: Mapping[str, Any]) -> int:
    """Register a person from typed fields (see intake). A specialist becomes the specialist of whom he registers.

    Raises Invalid for wrong fields, Refusal for a person who is known already: "known_person" with the public id in
    the text's parameter `person` where the actor may see him, the neutral "known_to_district" where he may not.
    """
    only(actor, *REGISTRARS)
    with transaction(session):
        person = clean_person(given, surroundings(session, actor, now))
        if actor.has(Role.SPECIALIST) and person.specialist_id is None:
            person = _mine(person, actor)
        known = known_person(session, actor, keys, person.id_number)
        if known is not None:
            raise Refusal(known_reason(known))
        person_id = add_people(session, [person], actor=actor, now=now, keys=keys)[0]
        record(
            session, act="register-person", actor=actor, now=now, subject_kind="person", subject_id=person_id,
            person_id=person_id,
        )  # fmt: skip
    return person_id


def _mine(person: Any, actor: Actor) -> Any:
    return type(person)(**(vars(person) | {"specialist_id": actor.duty}))


def known_person(session: Session, actor: Actor, keys: KeyRing, id_number: str) -> KnownPerson | None:
    """Whoever in the district already bears this ID number."""
    index = person_index(keys, id_number)
    found = session.execute(select(Person.id, Person.full_name).where(Person.id_index == index)).first()
    if found is None:
        return None
    seen = session.execute(select(Person.id).where(Person.id == found.id, may_know(actor))).first()
    return KnownPerson(found.id, found.full_name, seen is not None)


def known_reason(known: KnownPerson) -> Reason:
    """Why a person is not registered twice; a hidden one is not described."""
    if not known.visible:
        text = _("This person is already known to the district; ask your lead")
        return Reason("known_to_district", text, "id_number")
    text = _("This person is already registered: %(name)s", name=known.full_name, person=public_id(known.id))
    return Reason("known_person", text, "id_number")


def surroundings(session: Session, actor: Actor, now: datetime) -> Surroundings:
    """What typed words refer to in this district: employers and specialists by name, log-in or id."""
    district = session.execute(
        select(District.is_demo, District.code).where(District.id == actor.district_id)
    ).one_or_none()
    units = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en, Unit.code).where(
            Unit.kind.not_in([kind.value for kind in NO_EMPLOYERS])
        )
    )
    employers: dict[str, int] = {}
    for unit in units:
        employers |= {_plain(name): unit.id for name in (unit.name_zh, unit.name_en, unit.code, str(unit.id)) if name}
    return Surroundings(
        today=local_date(now, SHANGHAI),
        allow_demo=district is not None and (district.is_demo or district.code.startswith("9999")),
        employers=employers,
        specialists=_specialists(session, local_date(now, SHANGHAI)),
    )


def _specialists(session: Session, today: date) -> dict[str, int]:
    rows = session.execute(
        select(Account.id, Account.login, Account.name)
        .join(AccountGrant, AccountGrant.account_id == Account.id)
        .where(AccountGrant.role == Role.SPECIALIST.value, in_force(today), Account.disabled_at.is_(None))
        .distinct()
    ).all()
    named: dict[str, int] = {}
    names = [_plain(row.name) for row in rows]
    for row in rows:
        named |= {_plain(row.login): row.id, str(row.id): row.id}
        if names.count(_plain(row.name)) == 1:
            named[_plain(row.name)] = row.id
    return named


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def edit_person(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    version: int | None,
    given: Mapping[str, Any],
) -> None:
    """Change name, phone, mail or preference; fields that are not given stay.

    Raises Invalid for wrong fields, Refusal when the person changed since `version`, NotFound out of scope.
    """
    only(actor, *REGISTRARS, Role.EXPERT)
    sieve = Sieve(given)
    with transaction(session):
        person = editable(session, actor, person_id, version)
        values: dict[str, Any] = {}
        if "full_name" in given and actor.has(*REGISTRARS):
            values["full_name"] = sieve.need("full_name", clean_name, "")
        if "phone" in given:
            phone = sieve.read("phone", check_phone, "")
            values |= phone_values(phone, person_id, person.data_key, keys)
        values |= {name: sieve.text(name)[:500] for name in ("email", "preference") if name in given}
        sieve.done()
        changed(
            session, actor, now, person_id, "edit-person", values, fields=[name for name in given if name != "version"]
        )
        renew_search_keys(session, actor, person_id)


def editable(session: Session, actor: Actor, person_id: int, version: int | None) -> Any:
    """The person's key columns when the actor may see and change him. Raises NotFound, Refusal when stale."""
    wanted = select(Person.id, Person.data_key, Person.version, Person.full_name, Person.id_index)
    found = session.execute(wanted.where(Person.id == person_id, may_know(actor)).with_for_update()).first()
    if found is None:
        raise NotFound()
    if version is not None and version != found.version:
        raise Refusal(STALE)
    return found


def changed(
    session: Session,
    actor: Actor,
    now: datetime,
    person_id: int,
    act: str,
    values: Mapping[str, Any] | None = None,
    *,
    fields: list[str] | None = None,
) -> None:
    """Write changed columns of a person, count the change, and record it; decisions on older facts are then stale."""
    counted = {"version": Person.version + 1, "facts_revision": Person.facts_revision + 1}
    session.execute(update(Person).where(Person.id == person_id).values({**(values or {}), **counted}))
    data = {"fields": fields} if fields else None
    record(
        session,
        act=act,
        actor=actor,
        now=now,
        subject_kind="person",
        subject_id=person_id,
        person_id=person_id,
        data=data,
    )


def renew_search_keys(session: Session, actor: Actor, person_id: int) -> None:
    """Write the keys under which a person is found anew, from what is now known."""
    name = session.execute(select(Person.full_name).where(Person.id == person_id)).scalar_one()
    status = session.execute(
        select(TalentStatus.category, TalentStatus.certificate, TalentStatus.valid_from)
        .where(TalentStatus.person_id == person_id)
        .order_by(TalentStatus.valid_from.desc())
        .limit(1)
    ).first()
    posts = session.execute(
        select(Employment.employer_id, Employment.starts_on, Employment.ends_on).where(
            Employment.person_id == person_id
        )
    ).all()
    keys = search_keys_of(
        name,
        None if status is None else NewStatus(**status._mapping),
        [NewPost(**post._mapping) for post in posts],
        unit_names(session, {post.employer_id for post in posts}),
    )
    own = {"district_id": actor.district_id, "kind": PERSON_KEYS, "subject_id": person_id}
    session.execute(delete(SearchKey).where(SearchKey.kind == PERSON_KEYS, SearchKey.subject_id == person_id))
    if keys:
        session.execute(insert(SearchKey), [own | {"id": new_id(), "key": key} for key in keys])


def assign_specialist(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_ids: list[int],
    specialist_id: int,
    deputy_id: int | None = None,
) -> int:
    """Give experts who have nobody to a specialist (and deputy). Returns how many changed.

    Raises NotFound for whoever is out of scope, Refusal for an account that is no specialist here, and for an expert
    who has another one: he is handed over with the open work, by a signed list.
    """
    only(actor, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
    with transaction(session):
        known = set(_specialists(session, local_date(now, SHANGHAI)).values())
        if specialist_id not in known or (deputy_id is not None and deputy_id not in known):
            raise Refusal.because("no_specialist", _("this account is no specialist of the district"))
        seen = set(session.execute(select(Person.id).where(among(Person.id, person_ids), may_know(actor))).scalars())
        if seen != set(person_ids):
            raise NotFound()
        with_another = among(Person.id, person_ids) & (Person.specialist_id != specialist_id)
        if session.execute(select(Person.id).where(with_another).limit(1)).first() is not None:
            text = _("This expert has a specialist, who hands over with a signed list.")
            raise Refusal.because("has_specialist", text)
        moved = session.execute(
            update(Person)
            .where(among(Person.id, person_ids), Person.specialist_id.is_(None))
            .values(specialist_id=specialist_id, deputy_id=deputy_id, version=Person.version + 1)
            .returning(Person.id)
        ).scalars()
        ids = list(moved)
        for person_id in ids:
            record(
                session, act="assign-specialist", actor=actor, now=now, subject_kind="person", subject_id=person_id,
                person_id=person_id, data={"specialist": specialist_id, "deputy": deputy_id},
            )  # fmt: skip
    return len(ids)
