"""Tiers of amounts and the hold of a changed payee are data that two persons set."""

import pytest
from sqlalchemy import select

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.ids import public_id
from concierge.models.claim import Claim
from concierge.queries.money_rules import rules_in_force
from concierge.rules.roles import Role
from concierge.rules.tiers import MoneyRules, Tier
from concierge.services.money_rules import answer_rules, propose_rules
from concierge.workflows.claim import ClaimFlow
from tests.benefits import House, Stage, colleague, refused
from tests.office import actor, check_page

OTHER = MoneyRules(1_000_000, 2_000_000, 5, "望人才办发〔2026〕9号")
SECOND = colleague(Role.TALENT_OFFICE, "another-person")


def proposed(stage: Stage, rules: MoneyRules = OTHER) -> int:
    return propose_rules(stage.session, actor=actor(Role.TALENT_OFFICE), now=stage.now, rules=rules)


def confirmed(stage: Stage) -> None:
    answer_rules(stage.session, actor=SECOND, now=stage.now, proposal_id=proposed(stage), accept=True)


def test_the_bounds_are_included_and_one_fen_more_is_the_next_tier() -> None:
    rules = MoneyRules()
    tiers = [rules.tier_of(fen) for fen in (1, 5_000_000, 5_000_001, 50_000_000, 50_000_001)]
    assert tiers == [Tier.DIRECTOR, Tier.DIRECTOR, Tier.MEETING, Tier.MEETING, Tier.LEADING_GROUP]


def test_rules_hold_once_another_person_has_confirmed_them(both_stages: Stage) -> None:
    stage = both_stages
    proposal = proposed(stage)
    assert rules_in_force(stage.session) == MoneyRules()
    answer = {"now": stage.now, "proposal_id": proposal}
    with pytest.raises(Refusal, match="same_person"):
        answer_rules(stage.session, actor=actor(Role.TALENT_OFFICE), **answer, accept=True)
    answer_rules(stage.session, actor=SECOND, **answer, accept=True)
    assert rules_in_force(stage.session) == OTHER
    with pytest.raises(Refusal, match="already_answered"):
        answer_rules(stage.session, actor=SECOND, **answer, accept=False)
    refused_one = proposed(stage, MoneyRules(1, 2, 0, "x"))
    answer_rules(stage.session, actor=SECOND, now=stage.now, proposal_id=refused_one, accept=False)
    assert rules_in_force(stage.session) == OTHER


def test_everything_wrong_with_a_proposal_is_said_at_once(stage: Stage) -> None:
    with pytest.raises(Invalid) as error:
        proposed(stage, MoneyRules(5, 5, 61, " "))
    assert {reason.code for reason in error.value.reasons} == {"tiers_rise", "hold", "basis_missing"}


def test_a_claim_is_determined_by_the_tier_of_the_rules_in_force(stage: Stage) -> None:
    claim = stage.at_determination(stage.active_right("P01"))
    given = {"approved_fen": "30000", "minutes_number": ""}
    confirmed(stage)
    waiting = stage._read(lambda: stage.session.execute(select(Claim.tier).where(Claim.id == claim)).scalar_one())
    assert waiting == "leading_group"
    assert refused(lambda: stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, given)) == {"minutes_missing"}
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, given | {"minutes_number": "望人才纪〔2026〕1号"})
    assert stage.claim(claim).tier == "leading_group"


def test_the_page_proposes_confirms_and_shows_what_holds(house: House) -> None:
    office = house.as_(Role.TALENT_OFFICE)
    typed = {"director": "10,000", "meeting": "20,000", "hold_days": "x", "basis": OTHER.basis}
    assert house.as_(Role.FINANCE_MAKER).post("/money-rules", data=typed).status_code == 403
    wrong = office.post("/money-rules", data=typed)
    assert wrong.status_code == 422
    assert "0 至 60" in check_page(wrong)
    assert office.post("/money-rules", data=typed | {"hold_days": "5"}).status_code == 302
    text = check_page(office.get("/money-rules"))
    assert "望人才办发〔2026〕9号" in text
    proposal = house.stage._read(lambda: proposed(house.stage))
    office.post("/money-rules", data={"proposal": public_id(proposal), "answer": "confirm"})
    assert rules_in_force(house.stage.session) == MoneyRules(), "the proposer does not confirm"
