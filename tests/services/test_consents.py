"""Separate consents: each purpose by itself, a withdrawal stops that one alone, a child's guardian decides for it."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

import concierge.services  # noqa: F401  registers the effects of the steps
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.consent import Consent
from concierge.models.district import Unit
from concierge.models.person import Relative
from concierge.queries.consents import answer_to, consents_of
from concierge.rules.care import Channel
from concierge.rules.consents import ConsentTo, needs_guardian
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.consents import answer, answer_as_guardian
from concierge.services.facts import facts_of
from concierge.services.privacy import reveal
from concierge.services.steps import step_named, take_step
from tests.databases import KINDS, Database, NewDatabase
from tests.liaisons import let_sign
from tests.office import EXPERT, HEALTH, HOSPITAL, NOW, OTHER_EXPERT, actor, fill, key_ring

CHILD = 777
TODAY = date(2026, 11, 23)
WITH_NOTE = CareWish("medical", "请帮忙联系专家号", Channel.PHONE, private_note="冠心病史十年")


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    database = new_database(request.param, "office", fill)
    let_sign(database, HOSPITAL)
    return database


def say(rows: Database, purpose: ConsentTo, given: bool, who: Role = Role.EXPERT, **other: Any) -> None:
    with rows.session() as session:
        own = {"actor": actor(who), "now": NOW, "person_id": EXPERT, "purpose": purpose.value, "given": given}
        answer(session, **own | other)


def register(rows: Database, wish: CareWish = WITH_NOTE) -> int:
    with rows.session() as session:
        who = {"actor": actor(Role.SPECIALIST), "now": NOW, "keys": key_ring(), "expert_id": EXPERT}
        return register_care(session, **who, wish=wish)


def read_note(rows: Database, case_id: int, who: Role) -> str:
    with rows.session() as session:
        look = {"person_id": EXPERT, "field": "care_note", "row_id": case_id, "purpose": "care"}
        return reveal(session, actor=actor(who), now=NOW, keys=key_ring(), **look)


def hand_to(rows: Database, case_id: int, unit: int) -> None:
    with rows.session() as session:
        step, given = step_named("care_request", "assign"), {"unit": public_id(unit)}
        who = {"actor": actor(Role.SPECIALIST), "now": NOW}
        take_step(session, **who, step=step, case_id=case_id, version=None, given=given)


def present(rows: Database) -> dict[ConsentTo, bool | None]:
    with rows.session() as session:
        return {a.purpose: a.is_given for a in consents_of(session, person_id=EXPERT, today=TODAY).answers}


def test_a_note_about_health_is_kept_with_a_separate_consent_alone(rows: Database) -> None:
    with pytest.raises(Invalid) as refused:
        register(rows)
    assert [reason.field for reason in refused.value.reasons] == ["care_consent"]
    say(rows, ConsentTo.CARE_DETAILS, True, Role.SPECIALIST, channel=Channel.VISIT)
    assert read_note(rows, register(rows), Role.SPECIALIST) == "冠心病史十年"


def test_a_withdrawal_stops_its_own_purpose_and_no_other(rows: Database) -> None:
    for purpose in (ConsentTo.CARE_DETAILS, ConsentTo.SHARING):
        say(rows, purpose, True)
    case_id = register(rows)
    say(rows, ConsentTo.CARE_DETAILS, False)
    with pytest.raises(Refusal, match="consent_withdrawn"):
        read_note(rows, case_id, Role.SPECIALIST)
    assert read_note(rows, case_id, Role.EXPERT) == "冠心病史十年", "what is his own he reads all the same"
    with pytest.raises(Invalid):
        register(rows)
    hand_to(rows, case_id, HOSPITAL)
    assert present(rows) == {ConsentTo.CARE_DETAILS: False, ConsentTo.SHARING: True, ConsentTo.PUBLICITY: None}


def test_a_request_leaves_the_offices_with_consent_alone(rows: Database) -> None:
    case_id = register(rows, CareWish("medical", "请帮忙联系专家号", Channel.PHONE))
    with rows.session() as session, transaction(session):
        session.execute(update(Unit).where(Unit.id == HOSPITAL).values(kind="hospital"))
    with pytest.raises(Invalid, match="consent_missing"):
        hand_to(rows, case_id, HOSPITAL)
    hand_to(rows, case_id, HEALTH)


def test_every_answer_is_kept_and_who_gave_it(rows: Database) -> None:
    say(rows, ConsentTo.PUBLICITY, True)
    say(rows, ConsentTo.PUBLICITY, False, Role.SPECIALIST, channel=Channel.PHONE)
    with rows.session() as session:
        kept = session.execute(select(Consent.is_given, Consent.channel).order_by(Consent.id)).all()
        assert answer_to(session, EXPERT, ConsentTo.PUBLICITY) is False
    assert [tuple(row) for row in kept] == [(True, "portal"), (False, "phone")]


def test_nobody_answers_for_somebody_else(rows: Database) -> None:
    with pytest.raises(NotFound):
        say(rows, ConsentTo.SHARING, True, Role.SPECIALIST, channel=Channel.PHONE, person_id=424242)
    for who, given in ((Role.EXPERT, {"person_id": OTHER_EXPERT}), (Role.TALENT_OFFICE, {}), (Role.EMPLOYER, {})):
        with pytest.raises(Refusal):
            say(rows, ConsentTo.SHARING, True, who, **given)
    with pytest.raises(Invalid):
        say(rows, ConsentTo.SHARING, True, Role.SPECIALIST)


def test_the_guardians_consent_for_a_young_child_is_a_fact_for_the_rules_until_it_is_withdrawn(rows: Database) -> None:
    def consented() -> bool:
        with rows.session() as session:
            return "guardian_consent" in facts_of(session, person_ids=[EXPERT], as_of=TODAY)[EXPERT]

    born = date(2018, 9, 1)
    with rows.session() as session, transaction(session):
        own = {"district_id": session.info["district"], "person_id": EXPERT, "relation": "child", "birth_on": born}
        session.execute(insert(Relative), [own | {"id": CHILD}])
    for given in (True, False):
        with rows.session() as session:
            own = {"actor": actor(Role.EXPERT), "now": NOW, "person_id": EXPERT, "relative_id": CHILD, "given": given}
            answer_as_guardian(session, **own)
        assert consented() is given
    with rows.session() as session, pytest.raises(Refusal):
        answer_as_guardian(session, **own | {"actor": actor(Role.SPECIALIST)})
    with rows.session() as session, pytest.raises(NotFound):
        answer_as_guardian(session, **own | {"relative_id": 1})


def test_whoever_turned_fourteen_today_needs_no_guardian() -> None:
    assert not needs_guardian(date(2012, 11, 23), TODAY)
    assert needs_guardian(date(2012, 11, 24), TODAY)
    assert needs_guardian(None, TODAY)
