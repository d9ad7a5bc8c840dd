"""Who must not be the same (domain §3.3): judged on every claim, by natural person."""

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import update

from concierge.engine.actor import Actor, Grant
from concierge.models.person import Person
from concierge.rules.roles import Role
from concierge.workflows.claim import ClaimFlow
from tests import office
from tests.benefits import Stage, at, colleague, refused
from tests.office import EXPERT, HOSPITAL, HR, OFFICE, key_ring, person_key

D = {"approved_fen": "30000"}
ROLES = {
    "specialist": (Role.SPECIALIST, OFFICE),
    "employer": (Role.EMPLOYER, HOSPITAL),
    "hr": (Role.HR, HR),
    "office": (Role.TALENT_OFFICE, OFFICE),
}


def everybody(key: str, account: Role = Role.SPECIALIST) -> Actor:
    """One natural person with every duty, so that only the person can be what refuses."""
    grants = frozenset(Grant(role, unit) for role, unit in ROLES.values())
    return replace(office.actor(account, key=key), grants=grants, person_id=None)


WAY = [
    ("accept", ClaimFlow.accept, {}),
    ("send", ClaimFlow.to_employer, {}),
    ("employer", ClaimFlow.employer_pass_to_hr, {}),
    ("hr", ClaimFlow.hr_pass, {}),
    ("determine", ClaimFlow.determine, D),
    ("mask", ClaimFlow.check_mask, {}),
    ("post", ClaimFlow.post, {}),
    ("object", ClaimFlow.object_, {"reason": "举报"}),
    ("dismiss", ClaimFlow.dismiss_objection, {"reason": "查无实据"}),
]
BARRED = {
    ("accept", "employer"),
    ("accept", "hr"),
    ("employer", "hr"),
    ("accept", "determine"),
    ("hr", "determine"),
    ("determine", "mask"),
    ("mask", "post"),
    *product(("accept", "employer", "hr", "determine"), ("dismiss",)),
}


@pytest.mark.parametrize(("first", "second"), sorted(BARRED))
def test_one_person_may_not_do_both_of_two_incompatible_duties(stage: Stage, first: str, second: str):
    claim = stage.submitted(stage.active_right("P01"))
    for name, step, given in WAY:
        who = everybody("one-person") if name in (first, second) else everybody(f"person-{name}")
        if name == second:
            assert refused(lambda: stage.step(step, claim, who, given)) == {"same_person"}  # noqa: B023  called at once
            return
        stage.step(step, claim, who, given)


def test_different_persons_walk_the_whole_way(stage: Stage):
    claim = stage.submitted(stage.active_right("P01"))
    for name, step, given in WAY:
        stage.step(step, claim, everybody(f"person-{name}"), given)
    assert stage.case(claim).state == "publicity"


def test_a_stand_in_counts_for_both_persons(stage: Stage):
    claim = stage.accepted(stage.active_right("P01"))
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.employer_pass_to_hr, claim, Role.EMPLOYER)
    stand_in = replace(office.actor(Role.HR), for_person_key=person_key(Role.SPECIALIST))
    assert refused(lambda: stage.step(ClaimFlow.hr_pass, claim, stand_in)) == {"same_person"}


def own_key() -> str:
    return key_ring().blind_index(office.NUMBERS[EXPERT], "person")


@pytest.mark.parametrize("kin", [False, True])
def test_nobody_decides_his_own_claim_or_that_of_his_spouse(stage: Stage, kin: bool):
    if kin:
        stage.write(lambda s: s.execute(update(Person).where(Person.id == EXPERT).values(spouse_key="spouse")))
    claim = stage.submitted(stage.active_right("P01"))
    me = "spouse" if kin else own_key()
    for name, step, given in WAY[:-2]:
        assert "own_case" in refused(lambda: stage.step(step, claim, everybody(me), given))  # noqa: B023  called at once
        stage.step(step, claim, everybody(f"person-{name}"), given)
    assert "own_case" in refused(lambda: stage.step(ClaimFlow.approve, claim, everybody(me), now=at(3, 2)))


def test_scenario_8_an_hr_reviewer_cannot_determine_his_own_case(both_stages: Stage):
    stage = both_stages
    claim = stage.at_determination(stage.active_right("P01"))
    reviewer = colleague(Role.TALENT_OFFICE, person_key(Role.HR))
    assert refused(lambda: stage.step(ClaimFlow.determine, claim, reviewer, D)) == {"same_person"}
    assert stage.case(claim).state == "determination"
