"""Joint review: every unit is asked at once, and the last answer moves the claim on."""

from dataclasses import replace

from sqlalchemy import select

from concierge.models.claim import JointOpinion
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.joint import JointOpinionFlow
from tests import office
from tests.benefits import Stage, colleague, refused
from tests.office import HEALTH, TOWNSHIP, person_key

D = {"approved_fen": "30000"}


def joint(stage: Stage) -> int:
    """A claim with the units of a joint review asked."""

    def asks_two(session):
        statement = select(PolicyVersion).join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.code == "P01")
        version = session.execute(statement).scalar_one()
        version.needs_joint, version.schedule = True, {**version.schedule, "joint": ["township", "health"]}

    stage.write(asks_two)
    claim = stage.accepted(stage.active_right("P01"))
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.employer_pass_to_joint, claim, Role.EMPLOYER)
    return claim


def branches(stage: Stage, claim: int) -> dict[int, int]:
    statement = select(JointOpinion.unit_id, JointOpinion.id).where(JointOpinion.parent_id == claim)
    return dict(stage._read(lambda: stage.session.execute(statement.order_by(JointOpinion.id)).tuples().all()))


def test_the_last_unit_that_agrees_moves_the_claim_to_hr(both_stages: Stage):
    stage = both_stages
    claim = joint(stage)
    asked = branches(stage, claim)
    assert set(asked) == {TOWNSHIP, HEALTH}
    stage.step(JointOpinionFlow.agree, asked[TOWNSHIP], Role.UNIT_LIAISON, {"reason": "同意"})
    assert stage.case(claim).state == "joint_review"
    stage.step(JointOpinionFlow.agree, asked[HEALTH], Role.SECTOR)
    assert stage.case(claim).state == "hr_review"


def test_a_unit_that_does_not_agree_brings_the_claim_to_the_determination(stage: Stage):
    claim = joint(stage)
    asked = branches(stage, claim)
    stage.step(JointOpinionFlow.refuse, asked[TOWNSHIP], Role.UNIT_LIAISON, {"reason": "在本镇未实际到岗"})
    stage.step(JointOpinionFlow.agree, asked[HEALTH], Role.SECTOR)
    assert stage.case(claim).state == "determination"
    assert stage.claim(claim).branches_refused == 1
    answered = colleague(Role.TALENT_OFFICE, person_key(Role.SECTOR))
    assert refused(lambda: stage.step(ClaimFlow.determine, claim, answered, D)) == {"same_person"}


def test_who_accepted_a_claim_may_not_answer_for_a_unit(stage: Stage):
    claim = joint(stage)
    who = replace(office.actor(Role.SECTOR), person_key=person_key(Role.SPECIALIST))
    step = JointOpinionFlow.agree
    assert refused(lambda: stage.step(step, branches(stage, claim)[HEALTH], who)) == {"same_person"}
    assert stage.case(claim).waits == 2
