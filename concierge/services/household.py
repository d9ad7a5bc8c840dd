"""Who belongs to a person's household: spouse, children, parents."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.person import Person, Relative
from concierge.rules.names import clean_name
from concierge.rules.talent import RELATIONS, code_of
from concierge.services.couples import SPOUSE, hold_couple, part, share
from concierge.services.intake import Sieve, read_id_number
from concierge.services.people import REGISTRARS, changed, editable, only, surroundings
from concierge.services.person_rows import NewRelative
from concierge.services.privacy import person_index, seal, unseal
from concierge.services.repeats import once

CHILD = "child"


def add_typed_relative(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    given: Mapping[str, Any],
    key: str | None = None,
) -> int:
    """A member of the household from typed fields; a child's day of birth is needed, a spouse's ID number may be given.

    Raises Invalid with every reason, NotFound, Refusal for a second spouse.
    """
    sieve, today = Sieve(given), local_date(now, SHANGHAI)
    with transaction(session):
        around = surroundings(session, actor, now)
    relation = sieve.need("relation", lambda typed: code_of(RELATIONS, typed, field="relation"), "")
    name = sieve.need("name", clean_name, "")
    read = sieve.need if relation == CHILD else sieve.read
    birth_on = read("birth_on", parse_date, None)
    if birth_on is not None and birth_on > today:
        sieve.refuse("day_to_come", _("This day has not come yet."), "birth_on")
    number = sieve.read("id_number", lambda typed: read_id_number(typed, around), "")
    if number and relation not in ("", SPOUSE):
        sieve.refuse("spouse_only", _("The ID number is kept for a spouse alone."), "id_number")
    sieve.done()
    relative = NewRelative(relation=relation, name=name, birth_on=birth_on)
    whose: dict[str, Any] = {"actor": actor, "now": now, "keys": keys, "person_id": person_id}
    return add_relative(session, **whose, relative=relative, id_number=number, key=key)


def add_relative(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    relative: NewRelative,
    id_number: str = "",
    key: str | None = None,
) -> int:
    """A member of the household. A spouse's ID number is kept as a blind index only, for recusal and household rules.

    A spouse known to the district, now or later, shares one household with the person (domain §2.4, HOUSEHOLD_ONCE).
    Raises Invalid, NotFound, Refusal for a second one.
    """
    only(actor, *REGISTRARS)
    relative = replace(relative, relation=code_of(RELATIONS, relative.relation, field="relation"))
    spouse_index = person_index(keys, id_number) if id_number and relative.relation == SPOUSE else ""
    body = {"person": person_id, "relation": relative.relation, "name": relative.name, "born": relative.birth_on}
    with once(session, actor, now, "add-relative", key, body | {"spouse": spouse_index}) as told:
        told.id = told.id or _add(session, actor, now, keys, person_id, relative, spouse_index)
    return told.id


def _add(
    session: Session,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    person_id: int,
    relative: NewRelative,
    spouse_index: str,
) -> int:
    if relative.relation == SPOUSE:
        hold_couple(session, person_id, spouse_index)
    person = editable(session, actor, person_id, None)
    if relative.relation == SPOUSE and _has_spouse(session, person_id, now):
        raise Refusal.because("second_spouse", _("a spouse is already recorded"))
    if _is_written_down(session, keys, person, relative, now):
        raise Invalid.because("known_already", _("This member of the household is written down already"), "name")
    relative_id = new_id()
    sealed = seal(keys, person.data_key, "relatives", "name", relative_id, relative.name)
    row = {
        "id": relative_id, "district_id": actor.district_id, "person_id": person_id, "relation": relative.relation,
        "name_sealed": sealed, "birth_on": relative.birth_on, "relative_person_id": None,
        "guardian_consent_at": relative.guardian_consent_at,
    }  # fmt: skip
    session.execute(insert(Relative), [row])
    if spouse_index:
        _name_spouse(session, person_id, person.id_index, spouse_index)
    changed(session, actor, now, person_id, "add-relative", fields=[relative.relation])
    return relative_id


def take_out_relative(session: Session, *, actor: Actor, now: datetime, person_id: int, relative_id: int) -> None:
    """Somebody who belongs to the household no more, from today on; a couple known to the district parts on both files.

    What was granted and paid stays as it is, and earlier days are judged as before; asked twice, it is done once.
    Raises NotFound.
    """
    only(actor, *REGISTRARS)
    today = local_date(now, SHANGHAI)
    with transaction(session):
        hold_couple(session, person_id)
        person = editable(session, actor, person_id, None)
        own = Relative.id == relative_id, Relative.person_id == person_id
        found = session.execute(select(Relative.relation, Relative.left_on).where(*own)).one_or_none()
        if found is None:
            raise NotFound()
        if found.left_on is not None:
            return
        session.execute(update(Relative).where(Relative.id == relative_id).values(left_on=today))
        if found.relation == SPOUSE:
            part(session, person.id_index, today)
        changed(session, actor, now, person_id, "take-out-relative", fields=[found.relation])


def _has_spouse(session: Session, person_id: int, now: datetime) -> bool:
    spouse = Relative.person_id == person_id, Relative.relation == SPOUSE
    still = Relative.belongs(local_date(now, SHANGHAI))
    return session.execute(select(Relative.id).where(*spouse, still).limit(1)).first() is not None


def _is_written_down(session: Session, keys: KeyRing, person: Any, wanted: NewRelative, now: datetime) -> bool:
    """Whether somebody of this name, relation and day of birth belongs to the household: the form was sent twice."""
    r = Relative
    alike = r.person_id == person.id, r.relation == wanted.relation, r.birth_on.is_not_distinct_from(wanted.birth_on)
    still = r.belongs(local_date(now, SHANGHAI)), r.name_sealed.is_not(None)
    rows = session.execute(select(r.id, r.name_sealed).where(*alike, *still))
    return any(
        unseal(keys, person.data_key, "relatives", "name", row.id, row.name_sealed) == wanted.name for row in rows
    )


def _is_taken(session: Session, person_id: int, own_index: str, spouse_index: str) -> bool:
    """Whether one of the two is known as somebody else's spouse: a slip of a digit must not part a couple."""
    p = Person
    person = (p.id == person_id) & (p.spouse_key != spouse_index)
    spouse = (p.id_index == spouse_index) & (p.spouse_key != own_index)
    third = (p.id != person_id) & (p.spouse_key == spouse_index)
    return session.execute(select(p.id).where(person | spouse | third).limit(1)).first() is not None


def _name_spouse(session: Session, person_id: int, own_index: str, spouse_index: str) -> None:
    """Keep the spouse's index; where he is known, both get one household and each other's index."""
    if own_index == spouse_index:
        raise Invalid.because("own_spouse", _("This is the person's own number"), "id_number")
    if _is_taken(session, person_id, own_index, spouse_index):
        text = _("The file of one of the two, or of a third person, tells of another couple; please check the number")
        raise Invalid.because("other_couple", text, "id_number")
    session.execute(update(Person).where(Person.id == person_id).values(spouse_key=spouse_index))
    spouse_id = session.execute(select(Person.id).where(Person.id_index == spouse_index)).scalar_one_or_none()
    if spouse_id is not None:
        share(session, person_id, own_index, spouse_id)
