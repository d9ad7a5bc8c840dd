"""Facts end a benefit through a person, or where the policy says so by themselves; too much paid is asked back."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Refusal
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_field import STIPEND
from concierge.engine.actor import machine
from concierge.engine.tables import Outbox
from concierge.models.claim import CaseNotice
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.endings import end_by_facts
from concierge.services.entitlements import complete_ended
from concierge.services.overpayments import open_recoveries
from concierge.services.suspensions import suspend_by_facts
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.clawback import ClawbackFlow
from concierge.workflows.entitlement import EntitlementFlow as Flow
from concierge.workflows.payment import PaymentItemFlow
from concierge.workflows.topics import Topic
from tests import office
from tests.benefits import UNITS, Stage, at, colleague, editor, refused
from tests.cases import put
from tests.databases import DISTRICT
from tests.office import FINANCE
from tests.services.test_corrections import correct, new_version, paid_right

CLOCK = machine(DISTRICT)


def with_stipend(stage: Stage) -> int:
    """The stipend in force beside the other policies."""
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(STIPEND,))
    stage.know("stipend_from", "2025-06-01", date(2025, 6, 1))
    return stage.active_right("P09")


def nightly(stage: Stage, now: Any) -> int:
    suspend_by_facts(stage.session, actor=CLOCK, now=now)
    return end_by_facts(stage.session, actor=CLOCK, now=now)


def proposals(stage: Stage) -> list[str]:
    wanted = select(Outbox.data).where(Outbox.topic == Topic.ENDING_PROPOSED.value).order_by(Outbox.id)
    return [data["why"] for data in stage._read(lambda: stage.session.execute(wanted).scalars().all())]


def test_who_is_not_competent_is_stopped_and_proposed_and_a_person_ends_it(both_stages: Stage) -> None:
    stage = both_stages
    right = with_stipend(stage)
    assert nightly(stage, at(2, 3)) == 0
    stage.know("assessment", "fail", date(2026, 2, 5))
    assert (nightly(stage, at(2, 6)), nightly(stage, at(2, 7))) == (1, 0), "proposed once"
    assert (stage.right("P09").state, stage.case(right).is_open) == ("suspended", True), "the machine ends nothing"
    assert proposals(stage) == ["年度考核不合格"], "only what is the case is said"
    ended = {"reason": "年度考核不合格", "basis": "第六条", "remedy": "六十日内申请复议"}
    stage.step(Flow.terminate, right, Role.TALENT_OFFICE, ended, now=at(2, 9))
    assert stage.right("P09").state == "terminated"
    assert nightly(stage, at(2, 10)) == 0


def test_the_lower_grade_suspends_and_proposes_nothing(stage: Stage) -> None:
    with_stipend(stage)
    stage.know("assessment", "basic", date(2026, 2, 5))
    assert nightly(stage, at(2, 6)) == 0
    assert stage.right("P09").state == "suspended"


def test_a_post_that_ended_is_proposed_and_who_is_let_go_on_is_left_in_peace(stage: Stage) -> None:
    right = with_stipend(stage)
    stage.leaves(date(2026, 2, 4))
    assert nightly(stage, at(2, 6)) == 1
    assert proposals(stage) == ["已离开区内用人单位"]
    stage.step(Flow.resume, right, Role.TALENT_OFFICE, {"reason": "区内调动，手续在办"}, now=at(2, 9))
    assert [nightly(stage, at(2, day)) for day in (10, 11, 12)] == [0, 0, 0]
    assert stage.right("P09").state == "active"


def test_a_right_that_was_suspended_already_is_proposed_too(stage: Stage) -> None:
    right = with_stipend(stage)
    stage.step(Flow.suspend, right, Role.TALENT_OFFICE, {"reason": "调查中"})
    stage.know("assessment", "fail", date(2026, 2, 5))
    assert nightly(stage, at(2, 6)) == 1


def test_where_the_policy_leaves_nothing_to_weigh_the_night_ends_it_in_writing(both_stages: Stage) -> None:
    stage = both_stages
    right = with_stipend(stage)
    mine = select(Policy.id).where(Policy.code == "P09").scalar_subquery()

    def at_once(session: Any) -> None:
        version = session.execute(select(PolicyVersion).where(PolicyVersion.policy_id == mine)).scalar_one()
        version.schedule = {**version.schedule, "end_at_once": True}

    stage.write(at_once)
    stage.know("assessment", "fail", date(2026, 2, 5))
    assert (nightly(stage, at(2, 6)), nightly(stage, at(2, 7))) == (1, 0)
    assert stage.right("P09").state == "terminated"
    paper = stage._read(
        lambda: stage.session.execute(select(CaseNotice.content).where(CaseNotice.case_id == right)).scalar_one()
    )
    assert "第六条" in paper["basis"]
    assert paper["remedy"]
    assert proposals(stage) == []


def test_what_was_earned_before_the_end_is_still_claimed_and_nothing_after_it(both_stages: Stage) -> None:
    stage = both_stages
    right = with_stipend(stage)
    before = stage.accruals(right)
    assert before[-1].period == "2025-12"
    ended = {"reason": "离岗", "basis": "第六条", "remedy": "复议"}
    stage.step(Flow.terminate, right, Role.TALENT_OFFICE, ended, now=at(2, 9))
    rows = stage.accruals(right)
    assert [(row.period, row.state) for row in rows[len(before) :]] == [("2026-01", "due"), ("2026-02", "due")]
    stage.now = at(2, 10)
    first = stage.draft(right)
    assert stage.claim(first).period == f"{before[0].period}..2025-12"
    assert refused(lambda: stage.draft(right)) == {"nothing_due"}, "the new half-year falls due in July"
    stage.now = at(7, 1)
    assert stage.claim(stage.draft(right)).period == "2026-01..2026-02"


def test_what_was_earned_before_a_suspension_is_not_lost_when_the_end_follows(both_stages: Stage) -> None:
    stage = both_stages
    right = with_stipend(stage)
    before = stage.accruals(right)
    stage.know("assessment", "fail", date(2026, 2, 5))
    assert nightly(stage, at(2, 6)) == 1
    ended = {"reason": "年度考核不合格", "basis": "第六条", "remedy": "复议"}
    stage.step(Flow.terminate, right, Role.TALENT_OFFICE, ended, now=at(4, 9))
    assert [(row.period, row.state) for row in stage.accruals(right)[len(before) :]] == [("2026-01", "due")]


def test_a_right_that_was_over_already_earns_nothing_by_being_ended(stage: Stage) -> None:
    right = with_stipend(stage)
    before = stage.accruals(right)
    stage.write(lambda s: s.execute(update(Entitlement).values(ends_on=date(2025, 12, 31))))
    ended = {"reason": "离岗", "basis": "第六条", "remedy": "复议"}
    stage.step(Flow.terminate, right, Role.TALENT_OFFICE, ended, now=at(2, 9))
    assert stage.accruals(right) == before
    assert stage.right("P09").ends_on == date(2025, 12, 31)


def test_a_right_that_is_over_is_not_completed_before_its_last_months_have_fallen_due(both_stages: Stage) -> None:
    stage = both_stages
    right = with_stipend(stage)
    paid = update(Accrual).values(state="paid")
    stage.write(lambda s: (s.execute(paid), s.execute(update(Entitlement).values(ends_on=date(2026, 1, 31)))))
    assert complete_ended(stage.session, actor=CLOCK, now=at(2, 9)) == 0
    assert [(row.period, row.state) for row in stage.accruals(right)][-1] == ("2026-01", "due")
    stage.write(lambda s: s.execute(paid))
    assert complete_ended(stage.session, actor=CLOCK, now=at(7, 9)) == 1


def test_a_revoked_right_brings_nothing_at_all(stage: Stage) -> None:
    right = with_stipend(stage)
    stage.step(Flow.revoke, right, Role.TALENT_OFFICE, {"reason": "虚报", "basis": "x", "remedy": "x"})
    assert {row.state for row in stage.accruals(right)} == {"refused"}
    assert refused(lambda: stage.draft(right)) == {"not_in_force"}


def pay(session: Any, right: int, fen: int) -> None:
    """A claim under the right that the bank has paid."""
    entitlement = session.get_one(Entitlement, right)
    parties = {"expert_id": entitlement.expert_id, "title_zh": "x", "title_en": "x", "paying_unit_id": FINANCE}
    policy = {"policy_id": entitlement.policy_id, "policy_version_id": entitlement.policy_version_id}
    claim = put(session, ClaimFlow, "paid", entitlement_id=right, amount_fen=fen, period="x", **parties, **policy)
    nowhere = {"budget_line_id": None, "batch_id": None}
    put(session, PaymentItemFlow, "success", claim_id=claim, amount_fen=fen, settled_fen=fen, **parties, **nowhere)


def recover(stage: Stage) -> int:
    return open_recoveries(stage.session, actor=CLOCK, now=stage.now)


def clawbacks(stage: Stage) -> list[Any]:
    c = Clawback
    columns = (c.id, c.entitlement_id, c.formula, c.state, c.due_fen)
    return stage._read(lambda: list(stage.session.execute(select(*columns).order_by(c.id)).all()))


def test_less_since_a_day_gone_by_opens_one_recovery_that_names_its_corrections(both_stages: Stage) -> None:
    stage = both_stages
    right = paid_right(stage)
    new_version(stage, phd=250_000)
    correct(stage)
    assert (recover(stage), recover(stage)) == (1, 0), "a second run opens nothing"
    [case] = clawbacks(stage)
    assert (case.entitlement_id, case.formula, case.state) == (right, "correction", "opened")
    lines = select(ClawbackLine.correction_id, ClawbackLine.amount_fen).order_by(ClawbackLine.id)
    named = stage._read(lambda: stage.session.execute(lines).all())
    corrections = stage._read(lambda: stage.session.execute(select(Correction.id, Correction.amount_fen)).all())
    assert {(row.correction_id, -row.amount_fen) for row in named} == {(row.id, row.amount_fen) for row in corrections}
    assert sum(row.amount_fen for row in named) == 3 * 50_000
    counted = {"ground": "overpaid", "served_until": "2026-02-02"}
    counter = colleague(Role.TALENT_OFFICE, "counts")
    stage.step(ClawbackFlow.calculate, case.id, counter, counted)
    assert clawbacks(stage)[0].due_fen == 0, "never more than the bank has paid out"
    stage.write(lambda s: pay(s, right, 900_000))
    stage.step(ClawbackFlow.calculate, case.id, counter, counted)
    assert clawbacks(stage)[0].due_fen == 3 * 50_000
    spared = {"exemption": "illness", "reason": "重病"}
    stage.step(ClawbackFlow.exempt, case.id, colleague(Role.TALENT_OFFICE, "decides"), spared)
    assert recover(stage) == 0, "what was let go is not asked for again"


def test_what_is_claimed_and_not_paid_yet_waits_and_an_arrear_is_no_debt(stage: Stage) -> None:
    right = paid_right(stage)
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == right).values(state="claimed")))
    new_version(stage, phd=250_000)
    correct(stage)
    assert recover(stage) == 0
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == right).values(state="paid")))
    assert recover(stage) == 1


def test_the_night_may_not_take_a_right_away_with_more_than_the_policy_says(stage: Stage) -> None:
    right = stage.active_right("P02")
    assert nightly(stage, at(2, 6)) == 0
    with pytest.raises(Refusal):
        stage.step(Flow.revoke, right, CLOCK, {"reason": "x", "basis": "x", "remedy": "x"})
