"""Whose rows are whose: what each role sees and may act on."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.db import transaction
from concierge.engine import binds
from concierge.engine.actor import Actor, Grant, machine
from concierge.engine.tables import CASES, Case, History
from concierge.models.person import Employment, Person
from concierge.models.scope import CaseReach, may_read_private, visible_cases, visible_persons
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentBatchFlow
from tests.cases import EMPLOYER, EXPERT, FINANCE, HR, SPECIALIST_ACCOUNT, line, official, put
from tests.databases import DISTRICT, Database

WHOLE = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)


def sees(session: Any, actor: Actor, case_id: int) -> bool:
    return session.scalar(select(Case.id).where(Case.id == case_id, visible_cases(actor))) is not None


def elsewhere(role: Role) -> Actor:
    """The same role in another unit, of another person."""
    return Actor(5, "key", DISTRICT, "x", frozenset({Grant(role, 999)}), person_id=998)


def test_everybody_sees_his_own_cases_and_nobody_elses(office: Database) -> None:
    with office.session() as session, transaction(session):
        claim = put(session, ClaimFlow, "hr_review")
        for role in (Role.SPECIALIST, Role.EXPERT, Role.EMPLOYER, Role.HR, *WHOLE, Role.LEAD):
            assert sees(session, official(role), claim)
        for role in (Role.SPECIALIST, Role.EXPERT, Role.EMPLOYER, Role.HR):
            assert not sees(session, elsewhere(role), claim)
        for role in (Role.FINANCE_CHECKER, Role.SECTOR, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.CITY_LEAD):
            assert not sees(session, official(role), claim)
        assert sees(session, machine(DISTRICT), claim)
        assert not sees(session, Actor(1, "k", DISTRICT, "x", frozenset({Grant(Role.EXPERT, None)})), claim)


def test_a_unit_keeps_seeing_what_it_has_held(office: Database) -> None:
    with office.session() as session, transaction(session):
        claim = put(session, ClaimFlow, "determination")
        assert not sees(session, official(Role.HR), claim)
        session.execute(insert(History), [line(claim, 2, "to_hr", "accepted", "hr_review", holder_id=HR)])
        assert sees(session, official(Role.HR), claim)


def test_an_expert_sees_no_batch_and_an_employer_no_care_request(office: Database) -> None:
    with office.session() as session, transaction(session):
        batch, care = put(session, PaymentBatchFlow, "draft"), put(session, CareRequestFlow, "registered")
        assert not sees(session, official(Role.EXPERT), batch)
        assert sees(session, official(Role.EXPERT), care)
        assert not sees(session, official(Role.EMPLOYER), care)


def persons(session: Any, actor: Actor) -> list[int]:
    return list(session.scalars(select(Person.id).where(visible_persons(actor))))


def test_persons_are_seen_by_their_specialist_deputy_employer_and_themselves(office: Database) -> None:
    with office.session() as session, transaction(session):
        job = {"district_id": DISTRICT, "person_id": EXPERT, "employer_id": EMPLOYER, "starts_on": date(2026, 1, 1)}
        session.execute(insert(Employment), [job])
        session.execute(update(Person).values(specialist_id=SPECIALIST_ACCOUNT, deputy_id=61))
        deputy = official(Role.SPECIALIST, account=61)
        for actor in (*(official(r) for r in (Role.SPECIALIST, Role.EXPERT, Role.EMPLOYER, *WHOLE)), deputy):
            assert persons(session, actor) == [EXPERT]
        for role in (Role.SPECIALIST, Role.EXPERT, Role.EMPLOYER, Role.HR, Role.FINANCE_CHECKER, Role.AUDIT_ADMIN):
            assert persons(session, elsewhere(role)) == []
        assert persons(session, machine(DISTRICT)) == [EXPERT]


@pytest.mark.parametrize("state", ["registered", "assigned", "closed"])
def test_the_gates_reach_and_the_pages_reach_are_one_truth(office: Database, state: str) -> None:
    reach = CaseReach()
    with office.session() as session, transaction(session):
        case_id = put(session, CareRequestFlow, state, handler_id=77, handling_unit_id=FINANCE)
        case = session.get_one(Case, case_id)
        for role in Role:
            asked = select(CASES.c.id).where(CASES.c.id == case_id, reach.may_act(role))
            for actor in (official(role), elsewhere(role), official(role, account=77)):
                values = binds.actor_values(actor, [role])
                in_sql = session.connection().execute(asked, values).scalar() is not None
                assert in_sql is reach.may_act_here(role, case, actor)


def test_private_notes_are_for_the_assigned_specialist_alone() -> None:
    assert may_read_private(official(Role.SPECIALIST), SPECIALIST_ACCOUNT)
    assert not may_read_private(official(Role.SPECIALIST), 61)
    assert not may_read_private(official(Role.SPECIALIST), None)
    assert not may_read_private(official(Role.SPECIALIST_LEAD, account=SPECIALIST_ACCOUNT), SPECIALIST_ACCOUNT)


def test_a_person_counts_under_every_key_he_acts_for() -> None:
    assert official(Role.HR, key="a", for_person_key="b").person_keys == ["a", "b"]
    assert official(Role.HR, key="a").person_keys == ["a"]
    assert machine(DISTRICT).roles == {Role.SYSTEM}
