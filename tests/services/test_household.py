"""The household of a person: who belongs to it, couples, and who belongs to it no more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.db import transaction
from concierge.models.person import Person, Relative
from concierge.queries.expert_file import household
from concierge.rules.roles import Role
from concierge.services.couples import join_apart
from concierge.services.facts import facts_of
from concierge.services.household import add_relative, add_typed_relative, take_out_relative
from concierge.services.people import editable, register_person
from concierge.services.person_rows import NewPerson, NewRelative, add_people
from tests.databases import KINDS, Database, NewDatabase
from tests.locks import waits
from tests.office import EXPERT, NOW, NUMBERS, OTHER_EXPERT, actor, fill, key_ring
from tests.servers import wait_for

FRESH = "999901199003074210"
TODAY = date(2026, 11, 23)
SPOUSE = {"relation": "spouse", "name": "阿依古丽·买买提", "id_number": NUMBERS[OTHER_EXPERT]}
CHILD = {"relation": "child", "name": "沈小满", "birth_on": "2017-05-04"}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "office", fill)


def write_down(place: Database, given: dict[str, str], **more: Any) -> int:
    who = {"actor": actor(Role.SPECIALIST), "now": NOW, "person_id": EXPERT} | more
    with place.session() as session:
        return add_typed_relative(session, keys=key_ring(), given=given, **who)


def take_out(place: Database, relative_id: int, **more: Any) -> None:
    who = {"actor": actor(Role.SPECIALIST), "now": NOW, "person_id": EXPERT} | more
    with place.session() as session:
        take_out_relative(session, relative_id=relative_id, **who)


def couple(place: Database, other: int = OTHER_EXPERT) -> tuple[Person, Person]:
    with place.session() as session:
        return session.get_one(Person, EXPERT), session.get_one(Person, other)


def known(place: Database, day: date) -> set[str]:
    with place.session() as session:
        return set(facts_of(session, person_ids=[EXPERT], as_of=day)[EXPERT])


def test_a_couple_known_to_the_district_becomes_one_household(place: Database) -> None:
    relative = write_down(place, SPOUSE)
    he, she = couple(place)
    assert he.household_id == she.household_id is not None
    assert (he.spouse_key, she.spouse_key) == (she.id_index, he.id_index)
    with place.session() as session:
        assert session.get_one(Relative, relative).relative_person_id == OTHER_EXPERT


def test_a_spouse_registered_later_joins_the_household(place: Database) -> None:
    relative = write_down(place, SPOUSE | {"id_number": FRESH})
    with place.session() as session:
        given = {"full_name": "解雨欣", "id_number": FRESH}
        later = register_person(session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), given=given)
        assert session.get_one(Relative, relative).relative_person_id == later
    he, she = couple(place, later)
    assert he.household_id == she.household_id is not None
    assert (he.spouse_key, she.spouse_key) == (she.id_index, he.id_index)


def join(place: Database) -> int:
    with place.session() as session:
        return join_apart(session, actor=actor(Role.SPECIALIST_LEAD), now=NOW)


def test_a_couple_written_down_before_anybody_was_joined_is_joined_in_the_night_once(place: Database) -> None:
    relative = write_down(place, SPOUSE | {"id_number": FRESH})
    he, she = couple(place)
    with place.session() as session, transaction(session):
        session.execute(update(Person).where(Person.id == EXPERT).values(spouse_key=she.id_index))
    assert [join(place), join(place)] == [1, 0]
    he, she = couple(place)
    assert he.household_id == she.household_id is not None
    assert (he.spouse_key, she.spouse_key) == (she.id_index, he.id_index)
    with place.session() as session:
        assert session.get_one(Relative, relative).relative_person_id == OTHER_EXPERT


@pytest.mark.parametrize("third", [True, False])
def test_whoever_is_named_by_two_or_names_another_is_left_to_people(place: Database, third: bool) -> None:
    he, she = couple(place)
    with place.session() as session:
        given = {"full_name": "解雨欣", "id_number": FRESH}
        other = register_person(session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), given=given)
        with transaction(session):
            session.execute(update(Person).where(Person.id == EXPERT).values(spouse_key=she.id_index))
            wrong = {"id": other, "key": she.id_index} if third else {"id": OTHER_EXPERT, "key": "of-somebody-else"}
            session.execute(update(Person).where(Person.id == wrong["id"]).values(spouse_key=wrong["key"]))
    assert join(place) == 0


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_of_two_clerks_who_write_a_couple_from_both_sides_one_waits(place: Database) -> None:
    mirrored = {"relation": "spouse", "name": "沈知远", "id_number": NUMBERS[EXPERT]}
    with ThreadPoolExecutor(1) as pool:
        with place.session() as session, transaction(session):
            editable(session, actor(Role.SPECIALIST), EXPERT, None)
            waiting = pool.submit(write_down, place, mirrored, person_id=OTHER_EXPERT)
            wait_for(lambda: waiting.done() or waits(session), "the clerk of the other file", 20)
            editable(session, actor(Role.SPECIALIST), OTHER_EXPERT, None)
        waiting.result(20)
    he, she = couple(place)
    assert he.household_id == she.household_id is not None


def test_a_couple_that_parts_is_two_households_and_may_find_somebody_new(place: Database) -> None:
    relative = write_down(place, SPOUSE)
    write_down(place, {"relation": "spouse", "name": "沈知远", "id_number": NUMBERS[EXPERT]}, person_id=OTHER_EXPERT)
    with pytest.raises(Refusal, match="second_spouse"):
        write_down(place, {"relation": "spouse", "name": "另一人"})
    take_out(place, relative)
    he, she = couple(place)
    assert (he.household_id, he.spouse_key, she.household_id, she.spouse_key) == (None, None, None, None)
    with place.session() as session:
        assert household(session, OTHER_EXPERT) == ()
    write_down(place, SPOUSE)
    take_out(place, relative)  # pressed once more: whoever is written down now stays
    assert couple(place)[0].household_id is not None
    with pytest.raises(Refusal, match="second_spouse"):
        write_down(place, {"relation": "spouse", "name": "另一人"})


def test_a_wrong_number_neither_joins_nor_parts_a_couple_of_others(place: Database) -> None:
    with place.session() as session:
        given = {"full_name": "解雨欣", "id_number": FRESH}
        third = register_person(session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), given=given)
    relative = write_down(place, SPOUSE)
    named = {"relation": "spouse", "name": "某人"}
    for number in (NUMBERS[EXPERT], NUMBERS[OTHER_EXPERT]):
        with pytest.raises(Invalid, match="other_couple"):
            write_down(place, named | {"id_number": number}, person_id=third)
    with pytest.raises(Invalid, match="other_couple"):
        write_down(place, named | {"id_number": FRESH}, person_id=OTHER_EXPERT)
    he, she = couple(place)
    assert (he.spouse_key, she.spouse_key) == (she.id_index, he.id_index)
    take_out(place, relative)
    write_down(place, named | {"id_number": NUMBERS[OTHER_EXPERT]}, person_id=third)


def test_a_form_sent_twice_writes_a_child_down_once_and_its_twin_beside_it(place: Database) -> None:
    child = write_down(place, CHILD)
    with pytest.raises(Invalid, match="known_already"):
        write_down(place, CHILD)
    write_down(place, CHILD | {"name": "沈小圆"})
    take_out(place, child)
    write_down(place, CHILD)  # who came back
    with place.session() as session:
        assert len(household(session, EXPERT)) == 2


def test_a_child_counts_for_the_rules_until_the_day_it_leaves(place: Database) -> None:
    before = couple(place)[0].facts_revision
    child = write_down(place, CHILD)
    assert "school_age_child" in known(place, TODAY)
    take_out(place, child)
    assert "school_age_child" not in known(place, TODAY)
    assert "school_age_child" in known(place, TODAY - timedelta(days=1))
    with place.session() as session:
        assert household(session, EXPERT) == ()
    assert couple(place)[0].facts_revision == before + 2


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, {"missing"}),
        ({"relation": "child", "name": "沈小满"}, {"missing"}),
        (CHILD | {"birth_on": "2026-11-24"}, {"day_to_come"}),
        (CHILD | {"id_number": FRESH}, {"spouse_only"}),
        (SPOUSE | {"id_number": NUMBERS[EXPERT]}, {"own_spouse"}),
        (SPOUSE | {"id_number": "999901199003074211", "name": " "}, {"id_check", "missing"}),
        ({"relation": "cousin", "name": "表弟"}, {"unknown_word"}),
    ],
)
def test_wrong_fields_are_told_at_once_and_nobody_is_written_down(
    place: Database, given: dict[str, str], codes: set[str]
) -> None:
    with pytest.raises(Invalid) as wrong:
        write_down(place, given)
    assert {reason.code for reason in wrong.value.reasons} == codes
    with place.session() as session:
        assert session.execute(select(Relative.id)).first() is None
    assert couple(place)[0].spouse_key is None


def _by_relative(session: Session, relation: str) -> None:
    who = {"actor": actor(Role.SPECIALIST), "now": NOW, "person_id": EXPERT}
    add_relative(session, keys=key_ring(), relative=NewRelative(relation=relation, name="某人"), **who)


def _with_the_person(session: Session, relation: str) -> None:
    own = {"full_name": "解雨欣", "id_number": FRESH, "id_kind": "resident", "birth_on": None, "is_male": None}
    person = NewPerson(**own, relatives=(NewRelative(relation=relation, name="某人"),))
    with transaction(session):
        add_people(session, [person], actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring())


@pytest.mark.parametrize("write", [_by_relative, _with_the_person])
def test_a_relation_is_kept_by_its_code_and_none_other_is_known(
    place: Database, write: Callable[[Session, str], None]
) -> None:
    with place.session() as session:
        write(session, "妻子")
        with pytest.raises(Invalid) as wrong:
            write(session, "表弟")
        assert (wrong.value.reasons[0].code, wrong.value.reasons[0].field) == ("unknown_word", "relation")
        assert session.scalars(select(Relative.relation)).all() == ["spouse"]


def test_nobody_else_writes_in_the_file(place: Database) -> None:
    with pytest.raises(Refusal):
        write_down(place, CHILD, actor=actor(Role.HR))
    with pytest.raises(NotFound):
        write_down(place, CHILD, person_id=424242)
    child = write_down(place, CHILD)
    with pytest.raises(NotFound):
        take_out(place, child, person_id=OTHER_EXPERT)
    with pytest.raises(Refusal):
        take_out(place, child, actor=actor(Role.EXPERT))
