"""From "you appear entitled" to the money: what an expert does on the phone, form by form, without a script."""

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.tables import Case, Outbox
from concierge.models.claim import Claim, ClaimMaterial, Document
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow, EntitlementFlow
from concierge.workflows.topics import Topic
from tests.benefits import at
from tests.office import check_page
from tests.pages.portal.conftest import Phone
from tests.papers import a_jpeg, a_pdf


def a_draft(phone: Phone, code: str = "P02") -> int:
    """A draft claim that the expert opened on the phone."""
    phone.stage.active_right(code)
    answer = phone.post(f"{phone.policy(code)}/claim")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return int(phone.read(select(Claim.id).order_by(Claim.id.desc()).limit(1))[0])


def paper(phone: Phone, claim: int, code: str) -> ClaimMaterial:
    """One paper of a claim."""
    wanted = select(ClaimMaterial).where(ClaimMaterial.claim_id == claim, ClaimMaterial.code == code)
    return phone.read(wanted)[0]


def missing(phone: Phone, claim: int) -> list[str]:
    """The codes of papers that are missing."""
    wanted = select(ClaimMaterial.code).where(ClaimMaterial.claim_id == claim, ClaimMaterial.state == "missing")
    return phone.read(wanted)


def test_a_benefit_argues_its_case_clause_by_clause_and_is_confirmed_with_one_press(phone: Phone) -> None:
    phone.stage.match()
    text = check_page(phone.get(phone.policy("P02")))
    assert "逐条理由" in text
    assert "符合" in text
    right = phone.stage.right("P02")
    answer = phone.post(f"{phone.policy('P02')}/confirm", {"version": str(right.version)})
    assert answer.status_code == 302
    assert phone.stage.right("P02").state == "confirmed"


def test_a_stale_page_does_not_confirm(phone: Phone) -> None:
    phone.stage.match()
    assert phone.post(f"{phone.policy('P02')}/confirm", {"version": "77"}).status_code == 409
    assert phone.stage.right("P02").state == "notified"


def test_declining_asks_for_the_reason(phone: Phone) -> None:
    phone.stage.match()
    refused = phone.post(f"{phone.policy('P02')}/waive", {"reason": " "})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.get_data(as_text=True)
    phone.post(f"{phone.policy('P02')}/waive", {"reason": "已在市里享受"})
    assert phone.stage.right("P02").state == "waived"


def test_a_benefit_not_reached_says_what_is_missing(phone: Phone) -> None:
    phone.stage.match()
    text = phone.text(phone.policy("P14"))
    assert "不符合" in text or "待核实" in text


def test_what_is_due_becomes_a_draft_that_is_looked_through_and_handed_in(phone: Phone) -> None:
    claim = a_draft(phone)
    page = check_page(phone.get(f"/progress/{public_id(claim)}"))
    assert "现在需要您处理" in page
    for code in missing(phone, claim):
        assert phone.hand_in(claim, code, f"{code}.pdf", a_pdf()).status_code == 302
    version = phone.stage.case(claim).version
    assert phone.post(f"/progress/{public_id(claim)}/steps/submit", {"version": str(version)}).status_code == 302
    assert phone.stage.case(claim).state == "submitted"
    page = check_page(phone.get(f"/progress/{public_id(claim)}"))
    assert "您现在不需要做任何事" in page


def test_pressing_twice_opens_one_claim(phone: Phone) -> None:
    phone.stage.active_right("P02")
    for _n in range(2):
        assert phone.post(f"{phone.policy('P02')}/claim", {"idempotency_key": "k-1"}).status_code == 302
    assert len(phone.read(select(Claim.id))) == 1


def test_a_photo_is_enough_and_comes_back_as_a_download_only(phone: Phone) -> None:
    claim = a_draft(phone)
    code = missing(phone, claim)[0]
    assert phone.hand_in(claim, code, "照片.jpg", a_jpeg(orientation=6, secret=b"GPS-SECRET")).status_code == 302
    kept = paper(phone, claim, code)
    assert (kept.state, kept.document_id is not None) == ("unchecked", True)
    answer = phone.open(f"/documents/{public_id(kept.document_id or 0)}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"GPS-SECRET" not in answer.data


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"<script>alert(1)</script>", "PDF、JPG、PNG"),
        ("a.png", a_pdf(), "扩展名"),
        ("", b"", "请拍照或选择文件"),
        ("a.pdf", b"", "文件是空的"),
    ],
)
def test_a_wrong_file_is_told_beside_its_field_and_nothing_is_kept(
    phone: Phone, name: str, data: bytes, words: str
) -> None:
    claim = a_draft(phone)
    answer = phone.hand_in(claim, missing(phone, claim)[0], name, data)
    assert answer.status_code == 422
    assert words in check_page(answer)
    assert phone.read(select(Document.id)) == []


def test_a_paper_of_mine_is_closed_to_strangers_and_open_to_my_specialist(phone: Phone) -> None:
    claim = a_draft(phone)
    code = missing(phone, claim)[0]
    phone.hand_in(claim, code, "a.pdf", a_pdf())
    address = f"/documents/{public_id(paper(phone, claim, code).document_id or 0)}"
    assert phone.somebody(Role.SPECIALIST).get(address).status_code == 200
    assert phone.somebody(Role.FINANCE_CHECKER).get(address).status_code == 404
    assert phone.somebody(Role.SYSTEM_ADMIN).get(address).status_code == 404
    assert phone.somebody().get(address).status_code == 302
    assert "查看您提交的材料" in phone.text("/looks")


def test_a_correction_is_answered_point_by_point(phone: Phone) -> None:
    claim = a_draft(phone)
    phone.stage.papers(claim)
    phone.stage.step(ClaimFlow.submit, claim, Role.EXPERT)
    phone.stage.step(ClaimFlow.ask_correction, claim, Role.SPECIALIST, {"items": "缺合同盖章页\n缺12月参保证明"})
    page = check_page(phone.get(f"/progress/{public_id(claim)}"))
    assert "缺合同盖章页" in page
    assert "一次性补正告知书" in page
    assert "按要求补正" in phone.text("")
    version = phone.stage.case(claim).version
    answer = phone.post(f"/progress/{public_id(claim)}/steps/resubmit_to_submitted", {"version": str(version)})
    assert answer.status_code == 302
    assert phone.stage.case(claim).state == "submitted"


def test_withdrawing_asks_why_and_frees_what_was_bundled(phone: Phone) -> None:
    claim = a_draft(phone)
    address = f"/progress/{public_id(claim)}/steps/withdraw"
    assert check_page(phone.get(address))
    assert phone.post(address, {"reason": ""}).status_code == 422
    assert phone.post(address, {"reason": "填错了"}).status_code == 302
    assert phone.stage.case(claim).state == "withdrawn"
    assert "已办结" in phone.text("/progress")


def test_a_right_put_into_effect_by_the_specialist_can_be_claimed_from_the_first_page(phone: Phone) -> None:
    phone.stage.match()
    right = phone.stage.right("P02")
    phone.stage.step(EntitlementFlow.confirm, right.id, Role.EXPERT)
    assert "您已确认，正在落实" in phone.text("/benefits")
    phone.stage.step(EntitlementFlow.activate, right.id, Role.SPECIALIST)
    assert "现在可以申领" in phone.text("")


def test_what_the_expert_confirms_lies_on_the_specialists_desk_and_its_coming_into_effect_is_told(phone: Phone) -> None:
    phone.stage.match()
    right = phone.stage.right("P02")
    number = phone.read(select(Case.number).where(Case.id == right.id))[0]
    desk = phone.somebody(Role.SPECIALIST)
    assert number not in check_page(desk.get("/desk")), "nobody is late before she has said yes"
    phone.stage.step(EntitlementFlow.confirm, right.id, Role.EXPERT)
    page = check_page(phone.somebody(Role.SPECIALIST).get("/desk?view=mine"))
    assert number in page
    assert "生效" in page
    phone.stage.step(EntitlementFlow.activate, right.id, Role.SPECIALIST)
    assert number not in check_page(phone.somebody(Role.SPECIALIST).get("/desk"))
    told = select(Outbox.topic).where(Outbox.subject_id == right.id).order_by(Outbox.id.desc())
    assert phone.read(told)[0] == Topic.ENTITLEMENT_ACTIVE


def test_a_promised_paper_is_asked_for_by_the_promised_day_and_its_coming_is_told_to_whoever_checks_it(
    phone: Phone,
) -> None:
    claim = phone.stage.submitted(phone.stage.active_right("P02"))
    phone.stage.papers(claim)
    phone.stage.papers(claim, "missing", "post_proof")
    given = {"promise_due_on": "2026-02-12"}
    phone.stage.step(ClaimFlow.accept_deferred, claim, Role.SPECIALIST, given)
    phone.stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    assert "请于2026年2月12日" in phone.text("")
    handed_in = select(Outbox.data).where(Outbox.topic == Topic.PAPER_HANDED_IN)
    assert phone.read(handed_in) == []
    assert phone.hand_in(claim, "post_proof", "证明.jpg", a_jpeg()).status_code == 302
    assert phone.read(handed_in) == [{"case_id": claim}]


def test_with_whom_it_is_and_since_when_is_the_first_sentence(phone: Phone) -> None:
    right = phone.stage.active_right("P02")
    claim = phone.stage.accepted(right)
    phone.stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST, now=at(2, 3))
    phone.wait_until(at(2, 4))
    page = check_page(phone.get(f"/progress/{public_id(claim)}"))
    assert "区人民医院" in page
    assert "2月3日" in page
    assert "第 2 个工作日" in page


def test_an_expert_is_told_that_a_benefit_stands_still_and_ends_and_reads_why_on_its_page(phone: Phone) -> None:
    stage = phone.stage
    right = stage.active_right("P02")
    stage.step(EntitlementFlow.suspend, right, Role.TALENT_OFFICE, {"reason": "借调外出超过三十天"})
    page = phone.text(phone.policy("P02"))
    assert "借调外出超过三十天" in page
    assert "正在享受" not in page, "it is suspended, and says only that"
    given = {"reason": "已离开本区", "basis": "实施细则第六条", "remedy": "可在六十日内申请复核"}
    stage.step(EntitlementFlow.terminate, right, Role.TALENT_OFFICE, given)
    page = phone.text(phone.policy("P02"))
    for words in given.values():
        assert words in page
    told = select(Outbox.topic).where(Outbox.subject_id == right).order_by(Outbox.id)
    assert phone.read(told)[-2:] == [Topic.ENTITLEMENT_CHANGED.value] * 2
