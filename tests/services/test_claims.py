"""Claims: what is bundled, which papers are asked for, through whose hands they go, what is released and refused."""

from datetime import date

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Invalid
from concierge.basics.ids import new_id
from concierge.models.claim import CaseNotice, Claim, ClaimMaterial, Document, QualityFault
from concierge.models.payment import PaymentItem
from concierge.models.policy import PolicyLimit, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.claim_deadlines import stop_unfilled, withdraw_unanswered
from concierge.services.claims import start_claim
from concierge.workflows.claim import ClaimFlow
from tests import office
from tests.benefits import NOW, Stage, at, refused
from tests.databases import DISTRICT
from tests.office import EXPERT, FINANCE, HOSPITAL, HR, OFFICE

REJECTED = {"reason": "合同不足60个月", "basis": "望人才发〔2025〕1号第三条", "remedy": "可在5个工作日内申请复核"}


def notices(stage: Stage, claim_id: int) -> list[CaseNotice]:
    statement = select(CaseNotice).where(CaseNotice.case_id == claim_id).order_by(CaseNotice.id)
    return stage._read(lambda: list(stage.session.execute(statement).scalars()))


def test_a_claim_bundles_what_is_due_and_copies_the_way_of_its_policy(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    claim = stage.claim(stage.draft(right))
    assert (claim.period, claim.amount_fen) == ("2025-03..2025-12", 3_000_000)
    assert (claim.title_zh, claim.title_en) == (
        "引进人才生活补贴（2025年3月至12月）",
        "Living Allowance, Mar to Dec 2025",
    )
    assert (claim.employer_id, claim.hr_id, claim.office_id, claim.paying_unit_id) == (HOSPITAL, HR, OFFICE, FINANCE)
    assert (claim.needs_employer, claim.needs_sector, claim.needs_hr, claim.needs_publicity) == (
        True,
        False,
        True,
        True,
    )
    assert {a.state for a in stage.accruals(right)} == {"claimed"}
    assert stage.decisions("P02")[-1].occasion == "claim"


def test_instalments_are_claimed_one_by_one(stage: Stage):
    right = stage.active_right("P01")
    claim = stage.claim(stage.draft(right))
    assert (claim.period, claim.amount_fen, claim.tier) == ("1/3", 6_000_000, "meeting")


def test_what_is_bundled_cannot_be_claimed_twice(stage: Stage):
    right = stage.active_right("P02")
    stage.draft(right)
    assert refused(lambda: stage.draft(right)) == {"nothing_due"}


def test_repeating_the_request_gives_the_first_claim(stage: Stage):
    right = stage.active_right("P02")
    given = {"actor": office.actor(Role.EXPERT), "now": NOW, "entitlement_id": right, "key": "once"}
    assert start_claim(stage.session, **given) == start_claim(stage.session, **given)


def test_papers_are_asked_for_as_the_policy_says_and_what_offices_share_is_not(stage: Stage):
    claim = stage.draft(stage.active_right("P02"))
    m = ClaimMaterial
    rows = stage._read(
        lambda: stage.session.execute(select(m.code, m.severity, m.state).where(m.claim_id == claim)).all()
    )
    assert {tuple(row) for row in rows} == {
        ("id_card", "major", "exempt"),
        ("degree", "major", "missing"),
        ("insurance", "major", "exempt"),
        ("post_proof", "minor", "missing"),
    }
    assert (stage.claim(claim).majors_open, stage.claim(claim).minors_open) == (1, 1)


def test_a_paper_verified_before_is_attached_again(stage: Stage):
    first = stage.draft(stage.active_right("P01"))
    document = new_id()
    row = {"id": document, "district_id": DISTRICT, "person_id": EXPERT, "file_name": "在岗证明.pdf", "size": 1}
    row |= {"media_type": "application/pdf", "sha256": "0", "storage_key": "k", "uploaded_by": 1, "at": NOW}

    def hand_in(session):
        session.execute(insert(Document), [row])
        m = ClaimMaterial
        session.execute(
            update(m).where(m.claim_id == first, m.code == "post_proof").values(state="verified", document_id=document)
        )

    stage.write(hand_in)
    second = stage.draft(stage.active_right("P02"))
    found = stage._read(
        lambda: stage.session.execute(
            select(ClaimMaterial.state, ClaimMaterial.document_id).where(
                ClaimMaterial.claim_id == second, ClaimMaterial.code == "post_proof"
            )
        ).one()
    )
    assert tuple(found) == ("unchecked", document)


def test_nothing_is_accepted_without_its_major_papers(stage: Stage):
    claim = stage.draft(stage.active_right("P02"))
    stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    assert refused(lambda: stage.step(ClaimFlow.accept, claim, Role.SPECIALIST)) == {"papers_missing"}
    promise = {"promise_due_on": "2026-02-12"}
    codes = refused(lambda: stage.step(ClaimFlow.accept_deferred, claim, Role.SPECIALIST, promise))
    assert codes == {"major_papers_missing"}


def test_minor_papers_may_be_promised_within_the_time_of_handling(stage: Stage):
    claim = stage.draft(stage.active_right("P02"))
    stage.papers(claim, "verified", "degree")
    stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    for day in ("2026-02-02", "2026-06-30"):
        given = {"promise_due_on": day}
        with pytest.raises(Invalid):
            stage.step(ClaimFlow.accept_deferred, claim, Role.SPECIALIST, given)
    stage.step(ClaimFlow.accept_deferred, claim, Role.SPECIALIST, {"promise_due_on": "2026-02-12"})
    assert stage.claim(claim).promise_due_on == date(2026, 2, 12)
    (letter,) = notices(stage, claim)
    assert (letter.kind, letter.answer_by) == ("promise_letter", date(2026, 2, 12))
    assert letter.content["papers"] == [{"zh": "在岗证明", "en": "Proof of being in post"}]


def test_a_correction_is_one_numbered_notice_and_a_second_one_says_so(stage: Stage):
    claim = stage.submitted(stage.active_right("P02"))
    given = {"items": "1. 学历证书缺认证页\n\n（2）社保证明已过期 \n三、3.5 厘米照片一张\n2 份合同"}
    stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, given)
    (notice,) = notices(stage, claim)
    assert (notice.kind, notice.number) == ("one_time_notice", "BZ-2026-000001")
    assert notice.content["items"] == ["学历证书缺认证页", "社保证明已过期", "3.5 厘米照片一张", "2 份合同"]
    assert notice.answer_by == stage.case(claim).step_due_on == date(2026, 2, 14)
    stage.step(ClaimFlow.resubmit_to_submitted, claim, Role.EXPERT)
    stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, {"items": "在岗证明未盖章"})
    assert [n.content["round"] for n in notices(stage, claim)] == [1, 2]


def test_what_a_second_notice_asks_anew_is_a_fault_of_whoever_sent_the_first(both_stages: Stage):
    stage = both_stages
    claim = stage.submitted(stage.active_right("P02"))
    degree, post = "学历证书缺认证页", "在岗证明未盖章"
    for items in (degree, "学历证书 缺认证页", post, f"{degree}\n{post}"):
        stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, {"items": items})
        stage.step(ClaimFlow.resubmit_to_submitted, claim, Role.EXPERT)
    fault = stage._read(lambda: stage.session.execute(select(QualityFault)).scalar_one())
    assert (fault.handler_id, fault.items) == (office.ACCOUNTS[Role.SPECIALIST], ["在岗证明未盖章"])
    assert (fault.first_number[-1], fault.second_number[-1]) == ("2", "3")


def test_a_promise_that_is_not_kept_stops_the_claim_until_the_paper_is_in(both_stages: Stage):
    stage = both_stages
    claim = stage.draft(stage.active_right("P02"))
    stage.papers(claim, "verified", "degree")
    stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    stage.step(ClaimFlow.accept_deferred, claim, Role.SPECIALIST, {"promise_due_on": "2026-02-12"})
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    machine = office.actor(Role.SPECIALIST_LEAD)
    assert stop_unfilled(stage.session, actor=machine, now=at(2, 12)) == 0
    assert stop_unfilled(stage.session, actor=machine, now=at(2, 13)) == 1
    assert (stage.case(claim).state, stage.case(claim).clock) == ("correction", "paused")
    said = notices(stage, claim)[-1]
    assert (said.kind, said.content["items"]) == ("promise_stop", ["在岗证明"])
    stage.step(ClaimFlow.resubmit_to_employer_review, claim, Role.EXPERT, now=at(2, 13))
    assert stop_unfilled(stage.session, actor=machine, now=at(2, 14)) == 1  # handed back without the paper
    stage.papers(claim, "verified", "post_proof")
    stage.step(ClaimFlow.resubmit_to_employer_review, claim, Role.EXPERT, now=at(2, 14))
    assert stop_unfilled(stage.session, actor=machine, now=at(2, 24)) == 0


def test_papers_that_never_come_back_withdraw_the_claim_and_release_what_it_bundled(stage: Stage):
    right = stage.active_right("P02")
    claim = stage.submitted(right)
    stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, {"items": "缺页"})
    machine = office.actor(Role.SPECIALIST_LEAD)
    assert withdraw_unanswered(stage.session, actor=machine, now=at(2, 14)) == 0
    assert withdraw_unanswered(stage.session, actor=machine, now=at(2, 24)) == 1
    assert stage.case(claim).state == "withdrawn"
    assert {(a.state, a.claim_id) for a in stage.accruals(right)} == {("due", None)}


GOLDEN = [(False, date(2026, 3, 6)), (True, date(2026, 3, 10))]


@pytest.mark.parametrize(("restarts", "due"), GOLDEN)
def test_scenario_5_a_correction_pauses_or_restarts_the_clock(both_stages: Stage, restarts, due):
    """Accepted on 02-09, limit 10: due 02-28, a worked Saturday. Notice 02-11, papers back 02-25."""
    stage = both_stages
    right = stage.active_right("P01")

    def ten_days(session):
        session.execute(update(PolicyLimit).where(PolicyLimit.name == "claim").values(days=10))
        session.execute(update(PolicyVersion).values(restarts_clock=restarts))

    stage.write(ten_days)
    stage.now = at(2, 9)
    claim = stage.accepted(right)
    assert stage.case(claim).case_due_on == date(2026, 2, 28)
    stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, {"items": "合同缺页"}, now=at(2, 11))
    assert stage.case(claim).clock == "paused"
    stage.step(ClaimFlow.resubmit_to_accepted, claim, Role.EXPERT, now=at(2, 25))
    assert stage.case(claim).case_due_on == due


def test_the_employer_acts_only_while_the_claim_is_with_him(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    back = ClaimFlow.steps["send_back_to_accepted"]
    assert "not_in_your_hands" in refused(lambda: stage.step(back, claim, Role.EMPLOYER, {"reason": "再看看"}))
    assert "not_in_your_hands" in refused(lambda: stage.step(ClaimFlow.reject, claim, Role.EMPLOYER, REJECTED))


def test_a_reviewer_returns_to_a_named_earlier_step(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    back = ClaimFlow.steps["office_returns_to_hr_review"]
    stage.step(back, claim, Role.TALENT_OFFICE, {"reason": "合同期限请再核"})
    assert stage.case(claim).state == "hr_review"


def test_a_rejection_states_reason_basis_and_remedy_and_refuses_what_was_bundled(stage: Stage):
    right = stage.active_right("P01")
    claim = stage.at_determination(right)
    stage.step(ClaimFlow.refuse, claim, Role.TALENT_OFFICE, REJECTED)
    content = notices(stage, claim)[-1].content
    assert (content["reason"], content["basis"], content["remedy"]) == tuple(REJECTED.values())
    assert "60" in content["lawful_remedy"]["zh"]
    assert [a.state for a in stage.accruals(right)] == ["refused"]
    assert refused(lambda: stage.draft(right)) == {"nothing_due"}


def test_what_is_not_accepted_may_be_claimed_again(stage: Stage):
    right = stage.active_right("P01")
    claim = stage.submitted(right)
    stage.step(ClaimFlow.not_accept, claim, Role.SPECIALIST, {"reason": "不属于受理范围", "basis": "第二条"})
    assert notices(stage, claim)[-1].kind == "non_acceptance"
    assert stage.draft(right) != claim


def test_no_more_than_what_is_due_is_granted(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    with pytest.raises(Invalid) as wrong:
        stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "60,000.01", "minutes_number": "3"})
    assert [r.code for r in wrong.value.reasons] == ["more_than_due"]


def test_above_fifty_thousand_the_minutes_are_named(stage: Stage):
    claim = stage.at_determination(stage.active_right("P01"))
    with pytest.raises(Invalid) as wrong:
        stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, {"approved_fen": "60000"})
    assert [r.field for r in wrong.value.reasons] == ["minutes_number"]
    given = {"approved_fen": "60000", "minutes_number": "〔2026〕3号"}
    stage.step(ClaimFlow.determine, claim, Role.TALENT_OFFICE, given)
    row = stage.claim(claim)
    assert (row.approved_fen, row.tier, row.minutes_number) == (6_000_000, "meeting", "〔2026〕3号")


def test_a_policy_without_posting_is_approved_at_once_and_waits_for_finance(both_stages: Stage):
    stage = both_stages
    claim = stage.accepted(stage.active_right("P12"))
    stage.write(lambda s: s.execute(update(Claim).where(Claim.id == claim).values(by_voucher=False)))
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.employer_pass, claim, Role.EMPLOYER)
    stage.step(ClaimFlow.sector_pass_to_determination, claim, Role.SECTOR)
    stage.step(ClaimFlow.determine_and_approve, claim, Role.TALENT_OFFICE, {"approved_fen": "1200"})
    assert stage.case(claim).state == "approved"
    item = stage._read(
        lambda: stage.session.execute(
            select(PaymentItem.amount_fen, PaymentItem.paying_unit_id).where(PaymentItem.claim_id == claim)
        ).one()
    )
    assert tuple(item) == (120_000, FINANCE)


def test_a_cancelled_claim_releases_what_it_bundled(stage: Stage):
    right = stage.active_right("P01")
    claim = stage.accepted(right)
    stage.step(ClaimFlow.cancel, claim, Role.TALENT_OFFICE, {"reason": "录入有误"})
    assert [(a.state, a.claim_id) for a in stage.accruals(right)] == [("due", None)]
