"""What is known about persons for the rules, as of a date: each fact with its source and its own date (domain §2.3).

Facts come from the registers we keep (talent statuses, posts, households) and from what was handed in or imported
(person_facts, where the newest date up to the asked one holds). What a negative register does not name counts as no.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.db import among, fixed
from concierge.models.district import Unit
from concierge.models.person import Employment, Person, PersonFact, Relative, TalentStatus
from concierge.rules.eligibility import Fact
from concierge.rules.facts import FACTS, FactType
from concierge.rules.money import served_months

Facts = dict[str, Fact]
SCHOOL_AGE = range(6, 19)
NEGATIVE_REGISTERS = ("credit_flagged", "away_over_30_days", "employer_gave_health_check")
"""Facts that hold only for who is entered in them."""

_AS_OF = bindparam("as_of", type_=Date)


def _of_persons(column: Any, *columns: Any) -> Any:
    """A SELECT of what is kept of the persons bound as `persons`; `column` names them."""
    return select(column, *columns).where(among(column, name="persons"))


_PERSONS = fixed(_of_persons(Person.id, Person.birth_on, Person.specialist_id))
_STATUSES = fixed(
    _of_persons(TalentStatus.person_id, TalentStatus.category, TalentStatus.kind)
    .add_columns(TalentStatus.valid_from, TalentStatus.valid_to, TalentStatus.recognition_id)
    .where(TalentStatus.valid_from <= _AS_OF, TalentStatus.valid_to.is_(None) | (TalentStatus.valid_to >= _AS_OF))
    .order_by(TalentStatus.person_id, TalentStatus.valid_from, TalentStatus.id)
)
_POSTS = fixed(
    _of_persons(Employment.person_id, Employment.starts_on, Employment.ends_on, Employment.contract_months)
    .add_columns(Employment.is_formal, Unit.id, Unit.kind, Unit.is_township, Unit.remoteness)
    .join(Unit, (Unit.id == Employment.employer_id) & (Unit.district_id == Employment.district_id))
    .where(Employment.starts_on <= _AS_OF)
    .order_by(Employment.person_id, Employment.starts_on, Employment.id)
)
_RELATIVES = fixed(
    _of_persons(Relative.person_id, Relative.relation, Relative.birth_on, Relative.guardian_consent_at).where(
        Relative.belongs(_AS_OF)
    )
)
_HANDED_IN = fixed(
    _of_persons(PersonFact.person_id, PersonFact.name, PersonFact.value, PersonFact.source, PersonFact.as_of)
    .where(PersonFact.as_of <= _AS_OF)
    .order_by(PersonFact.person_id, PersonFact.name, PersonFact.as_of)
)


def facts_of(session: Session, *, person_ids: Sequence[int], as_of: date) -> dict[int, Facts]:
    """The facts of persons as of a date, in five statements whatever their number. Unknown facts are absent."""
    found: dict[int, Facts] = {i: {} for i in person_ids}
    _from_persons(session, found, as_of)
    _from_statuses(session, found, as_of)
    _from_posts(session, found, as_of)
    _from_relatives(session, found, as_of)
    _from_handed_in(session, found, as_of)
    return found


def _from_persons(session: Session, found: dict[int, Facts], as_of: date) -> None:
    for person_id, birth_on, specialist_id in session.execute(_PERSONS, {"persons": list(found)}):
        facts = found[person_id]
        for name in NEGATIVE_REGISTERS:
            facts[name] = Fact(False, "no_record", as_of)
        facts["has_specialist"] = Fact(specialist_id is not None, "assignment", as_of)
        if birth_on is not None:
            facts["birth_on"] = Fact(birth_on, "id_card", as_of)
            facts["age"] = Fact(_age(birth_on, as_of), "id_card", as_of)


def _age(birth_on: date, day: date) -> int:
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def _from_statuses(session: Session, found: dict[int, Facts], as_of: date) -> None:
    """The status in force; of several the one recognised last. Its source is the certificate, where there is one."""
    rows = session.execute(_STATUSES, {"persons": list(found), "as_of": as_of})
    for person_id, category, kind, valid_from, valid_to, recognition_id in rows:
        source = "recognition" if recognition_id is not None else "talent_status"
        values = {"category": category, "recruitment": kind, "category_from": valid_from, "category_to": valid_to}
        found[person_id] |= {name: Fact(value, source, valid_from) for name, value in values.items()}


def _from_posts(session: Session, found: dict[int, Facts], as_of: date) -> None:
    """The post held; where none is held now, the last one, so that its end is known."""
    for person_id, *post in session.execute(_POSTS, {"persons": list(found), "as_of": as_of}):
        found[person_id] |= _post_facts(found[person_id], post, as_of)
    for facts in found.values():
        facts.setdefault("employed", Fact(False, "no_record", as_of))


def _post_facts(facts: Facts, post: Sequence[Any], as_of: date) -> Facts:
    starts_on, ends_on, contract, is_formal, unit_id, kind, is_township, remoteness = post
    employed = ends_on is None or ends_on >= as_of
    if not employed and "employed" in facts and facts["employed"].value:
        return {}
    birth = facts.get("birth_on")
    values: dict[str, Any] = {
        "employed": employed,
        "hired_on": starts_on,
        "left_on": ends_on,
        "contract_months": contract,
        "is_formal": is_formal,
        "employer_id": unit_id,
        "employer_kind": kind,
        "in_township": is_township,
        "remoteness": remoteness,
        "employed_months": served_months(starts_on, min(ends_on or as_of, as_of)),
    }
    if birth is not None:
        values["age_at_hire"] = _age(birth.value, starts_on)
    grows = ("employed_months", "employed")
    until = as_of if employed else ends_on
    return {name: Fact(value, "employment", until if name in grows else starts_on) for name, value in values.items()}


def _from_relatives(session: Session, found: dict[int, Facts], as_of: date) -> None:
    rows = session.execute(_RELATIVES, {"persons": list(found), "as_of": as_of})
    for person_id, relation, birth_on, consent_at in rows:
        facts = found[person_id]
        if relation == "spouse":
            facts["has_spouse"] = Fact(True, "household", as_of)
        if relation == "child" and birth_on is not None and _age(birth_on, as_of) in SCHOOL_AGE:
            facts["school_age_child"] = Fact(True, "household", as_of)
            if consent_at is not None:
                facts["guardian_consent"] = Fact(True, "household", local_date(consent_at, SHANGHAI))


def _from_handed_in(session: Session, found: dict[int, Facts], as_of: date) -> None:
    rows = session.execute(_HANDED_IN, {"persons": list(found), "as_of": as_of})
    for person_id, name, value, source, day in rows:
        found[person_id][name] = Fact(_typed(name, value.get("value")), source, day)


def _typed(name: str, value: Any) -> Any:
    """The value as its type; one of another type proves nothing, so it is not known."""
    known = FACTS.get(name)
    if known is None:
        return value
    if known.type is FactType.DAY and isinstance(value, str) and value[4:5] == value[7:8] == "-":
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    return value if known.fits(value) else None
