"""Asking for help, talking, reminding, rating; and the money: where it is paid, whether it arrived."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.models.care import CareRequest
from concierge.models.comment import Comment
from concierge.models.consent import Consent
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount, TalentStatus
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentBatchFlow, PaymentItemFlow, VoucherFlow
from tests.benefits import at
from tests.databases import DISTRICT
from tests.office import EXPERT, OFFICE, OTHER_EXPERT, check_page
from tests.pages.portal.conftest import Phone
from tests.paying import add_account

CARD = "9999990000000000014"


def first(phone: Phone, column: object) -> object:
    """The newest value of a column."""
    return next(iter(phone.read(select(column))), None)


def test_a_request_in_ones_own_words_reaches_the_specialist(phone: Phone) -> None:
    answer = phone.post("/help", {"category": "housing", "text": "单位附近有公寓吗？", "urgent": "y"})
    assert answer.status_code == 302
    made = phone.read(select(CareRequest))[0]
    assert (made.expert_id, made.channel, made.is_urgent, made.text) == (EXPERT, "portal", True, "单位附近有公寓吗？")
    assert "单位附近有公寓吗？" in check_page(phone.open(answer.location))
    assert "就近住房" in phone.text("/help")


def test_words_sent_again_from_the_page_before_are_the_same_request(phone: Phone) -> None:
    typed = {"category": "housing", "text": "单位附近有公寓吗？"}
    first_time = phone.post("/help", typed | {"idempotency_key": "one"})
    for key in ("two", "two", "one"):
        assert phone.post("/help", typed | {"idempotency_key": key}).location == first_time.location
    assert phone.post("/help", typed | {"private": "母亲患病", "care_consent": "y", "idempotency_key": "3"}).location
    assert phone.post("/help", typed | {"text": "能租多久？", "idempotency_key": "4"}).status_code == 302
    assert len(phone.read(select(CareRequest))) == 3
    phone.wait_until(phone.stage.now + timedelta(minutes=11))
    assert phone.post("/help", typed | {"idempotency_key": "5"}).location != first_time.location


def test_a_question_that_was_withdrawn_is_asked_anew(phone: Phone) -> None:
    asked = {"text": "续签后呢？", "send": "1"}
    first_time = phone.post("/questions", asked | {"idempotency_key": "one"}).location
    assert phone.post("/questions", asked | {"idempotency_key": "two"}).location == first_time
    phone.post(f"{first_time.removeprefix('/me')}/steps/withdraw_question", {"reason": "不需要了"})
    assert phone.post("/questions", asked | {"idempotency_key": "three"}).location != first_time


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"category": "housing", "text": " "}, "请写明"),
        ({"category": "nonsense", "text": "x"}, "请选择"),
        ({"category": "schooling", "text": "孩子入学"}, "监护人"),
    ],
)
def test_what_is_missing_in_a_request_is_said_and_what_was_typed_is_kept(
    phone: Phone, typed: dict[str, str], words: str
) -> None:
    answer = phone.post("/help", typed)
    text = check_page(answer)
    assert answer.status_code == 422
    assert "data-error-summary" in text
    if typed["text"].strip():
        assert typed["text"] in text
    assert first(phone, CareRequest.id) is None


def test_health_and_family_details_are_sealed(phone: Phone) -> None:
    phone.post("/help", {"category": "medical", "text": "预约专家号", "private": "冠心病复查", "care_consent": "y"})
    sealed = first(phone, CareRequest.private_sealed)
    assert isinstance(sealed, bytes)
    assert "冠心病".encode() not in sealed


def test_template_words_are_printed_as_they_are(phone: Phone) -> None:
    typed = "{{7*7}} <script>alert(1)</script> %(n)s ${x}"
    answer = phone.post("/help", {"category": "housing", "text": typed})
    page = phone.open(answer.location).get_data(as_text=True)
    assert "{{7*7}} &lt;script&gt;" in page
    assert "<script>alert" not in page


def test_words_on_a_matter_are_read_by_staff_and_remarks_among_staff_are_not_shown(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "hr_review")
    address = f"/progress/{public_id(claim)}"
    assert phone.post(f"{address}/words", {"text": "请问还缺什么？"}).status_code == 302
    assert first(phone, Comment.audience) == "expert"
    assert "请问还缺什么？" in phone.text(address)
    assert phone.post(f"{address}/words", {"text": " "}).status_code == 422


def test_reminding_is_explained_until_a_week_has_passed_or_the_promise_lapsed(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "hr_review", since=at(1, 30), due_on=date(2026, 2, 9))
    address = f"/progress/{public_id(claim)}"
    assert "暂不能催办" in phone.text(address)
    assert phone.post(f"{address}/nudge").status_code == 409
    phone.wait_until(at(2, 11))
    assert "催一下" in phone.text(address)
    assert phone.post(f"{address}/nudge").status_code == 302
    assert first(phone, Comment.audience) == "nudge"
    assert phone.post(f"{address}/nudge").status_code == 409


def test_a_reply_is_rated_with_five_levels_once(phone: Phone) -> None:
    case = phone.put(CareRequestFlow, "replied", reply="已安排。", handling_unit_id=OFFICE)
    address = f"/progress/{public_id(case)}"
    assert "已安排。" in phone.text(address)
    asked = check_page(phone.get(f"{address}/steps/rate"))
    assert asked.count('type="radio"') == 5
    assert "<legend>评价内容</legend>" in asked, "what the ticks mean stands above them"
    empty = phone.post(f"{address}/steps/rate", {"words": "x"})
    assert (empty.status_code, check_page(empty).count("请填写“您对办理结果的评价”。")) == (422, 2)
    assert phone.post(f"{address}/steps/rate", {"level": "5", "words": "很好"}).status_code == 302
    assert phone.stage.case(case).state == "rated"
    late = phone.post(f"{address}/steps/rate", {"level": "1", "words": "其实没解决"})
    assert (late.status_code, "其实没解决" in check_page(late)) == (409, True), "what was typed is kept"
    assert "非常满意" in phone.text(address)


def test_an_account_is_entered_once_and_waits_for_another_person(phone: Phone) -> None:
    typed = {"holder_name": "沈知远", "bank_name": "望川农村商业银行", "account": CARD}
    assert phone.post("/bank-account", typed).status_code == 302
    kept = phone.read(select(BankAccount))[0]
    assert (kept.person_id, kept.state, kept.account_last4) == (EXPERT, "unchecked", "0014")
    text = check_page(phone.get("/bank-account"))
    assert "核对中" in text
    assert CARD not in text


def test_a_wrong_account_is_told_beside_its_field(phone: Phone) -> None:
    answer = phone.post("/bank-account", {"holder_name": "沈知远", "bank_name": "农商行", "account": "12"})
    assert answer.status_code == 422
    assert 'id="account-error"' in check_page(answer)
    assert first(phone, BankAccount.id) is None


def test_the_expert_says_whether_the_money_arrived(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "paid")
    batch = phone.put(PaymentBatchFlow, "closed")
    item = phone.put(
        PaymentItemFlow, "success", claim_id=claim, batch_id=batch, paid_on=date(2026, 1, 20), amount_fen=900_00
    )
    assert "款项到账了吗？" in phone.text("")
    address = f"/payments/{public_id(item)}/receipt"
    assert "¥900.00" in check_page(phone.get(address))
    assert phone.post(address, {"amount": "abc"}).status_code == 422
    assert phone.post(address, {"amount": "899.99"}).status_code == 302
    assert first(phone, PaymentItem.confirmed_fen) == 899_99
    assert phone.post(address, {"amount": "900"}).status_code == 409
    assert "您反馈实际到账 ¥899.99" in phone.text("/payments")


def test_a_bounced_payment_says_why_and_leads_to_the_account(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "bounced")
    phone.put(PaymentItemFlow, "bounced", claim_id=claim, bounce_reason="户名不符")
    text = phone.text("")
    assert "户名不符" in text
    assert "核对收款账户" in text
    assert "/me/bank-account" in text
    phone.stage.write(lambda session: add_account(session, EXPERT, "9999990000000000022", state="unchecked"))
    assert "核对收款账户" not in phone.text(""), "he has given another account: now it is for others to act"


def test_a_service_asks_for_the_consent_it_needs_and_then_to_be_accepted(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "approved", by_voucher=True, is_paid=False)
    given = {"claim_id": claim, "unit_id": OFFICE, "paying_unit_id": OFFICE, "cap_fen": 0, "title_zh": "健康体检"}
    phone.put(VoucherFlow, "wanted", **given)
    assert "请先同意，以便安排服务" in phone.text("")
    consent = {"district_id": 1, "person_id": EXPERT, "relative_id": None, "by_id": 1, "id": 1, "purpose": "sharing"}
    consent |= {"is_given": True, "wording": 1, "channel": "portal", "at": at(2, 1)}
    phone.stage.write(lambda session: session.execute(insert(Consent), [consent]))
    assert "请先同意，以便安排服务" not in phone.text("")
    place = phone.put(VoucherFlow, "issued", **given)
    page = phone.text(f"/progress/{public_id(place)}")
    assert "出示此编号" in page
    assert "您现在不需要做任何事" not in page
    served = phone.put(VoucherFlow, "used", **given)
    mine = f"/progress/{public_id(served)}"
    assert f"/me{mine}" in phone.text("").split("验收服务", 1)[1]
    assert phone.post(f"{mine}/steps/accept_free").status_code == 302
    page = phone.text(mine)
    assert "您对服务的答复已记录" in page
    assert 'aria-current="step"' not in page, "what is over stands at no stage"
    assert "已与服务单位结算" not in page, "nothing is settled for what costs nothing"
    paid = phone.put(VoucherFlow, "issued", **given | {"cap_fen": 1500_00})
    assert "已与服务单位结算" in phone.text(f"/progress/{public_id(paid)}")


def test_what_is_paid_to_his_employer_is_not_asked_of_the_expert(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "paid")
    for state in ("success", "bounced"):
        paid = {"paid_on": date(2026, 1, 20), "payee_id": OTHER_EXPERT}
        phone.put(PaymentItemFlow, state, claim_id=claim, **paid)
    home = phone.text("")
    assert "款项到账了吗？" not in home
    assert "核对收款账户" not in home


def test_the_year_is_summed_to_the_fen(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "paid")
    for fen, day in ((100_01, date(2026, 1, 1)), (200_02, date(2026, 1, 31)), (999_99, date(2025, 12, 31))):
        phone.put(PaymentItemFlow, "success", claim_id=claim, amount_fen=fen, paid_on=day)
    assert "¥300.03" in phone.text("/payments")


def test_after_a_recognition_the_next_instalment_is_the_one_that_will_be_granted(phone: Phone) -> None:
    """60,000 of 150,000 yuan fell due in category D; of the 300,000 of category C the rest goes to two instalments."""
    phone.stage.draft(phone.stage.active_right("P01"))
    higher = {"id": 9001, "district_id": DISTRICT, "person_id": EXPERT, "category": "C", "valid_from": date(2026, 2, 1)}
    phone.stage.write(lambda s: s.execute(insert(TalentStatus), [higher]))
    phone.stage.match()
    text = phone.text(phone.policy("P01"))
    assert "¥120,000.00" in text
    assert "¥90,000.00" not in text


def test_what_falls_due_next_is_one_sum_for_each_benefit_and_day(phone: Phone) -> None:
    phone.stage.active_right("P02")
    text = phone.text("/payments")
    assert "¥18,000.00" in text
    assert "2025年7月至12月" in text
    assert "¥3,000.00" not in text, "not one line for each of the six months"


def test_my_specialist_can_be_called(phone: Phone) -> None:
    from concierge.models.district import Unit

    phone.stage.write(lambda s: s.get_one(Unit, OFFICE).__setattr__("phone", "0999-6620011"))
    assert 'href="tel:0999-6620011"' in phone.text("")
    assert phone.somebody(Role.SPECIALIST).get("/me").status_code == 403


def test_a_file_beyond_all_bounds_is_told_the_bounds(phone: Phone) -> None:
    body, kind = bytes(26 * 2**20), "multipart/form-data; boundary=x"
    sent = phone.visitor.client.post("/me/bank-account", data=body, content_type=kind)
    assert (sent.status_code, "不超过 20 MB" in check_page(sent)) == (413, True)
