"""Asking about a policy on the phone: what is written about it first, then the question, its answer and its clause."""

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.consultation import Consultation
from concierge.queries.citable import key_of
from concierge.rules.roles import Role
from concierge.workflows import ConsultationFlow
from tests.office import check_page
from tests.pages.portal.conftest import Phone, make_phone, phone

__all__ = ["make_phone", "phone"]

ASKED = "我每月的生活补贴能领多久？"
ALL = select(Consultation.id)


def test_what_is_written_is_offered_before_the_question_is_sent(phone: Phone) -> None:
    check_page(phone.get("/questions"))
    looked = check_page(phone.post("/questions", {"text": ASKED}))
    assert "这里有您要的答案吗" in looked
    assert "<mark>生活补贴</mark>" in looked
    assert ASKED in looked
    assert phone.read(ALL) == []
    sent = phone.post("/questions", {"text": ASKED, "send": "1"})
    [case_id] = phone.read(ALL)
    assert sent.headers["Location"].endswith(f"/me/progress/{public_id(case_id)}")
    assert ASKED in check_page(phone.open(sent.headers["Location"]))


def test_an_empty_question_is_not_sent_and_says_why(phone: Phone) -> None:
    answer = phone.post("/questions", {"text": "  "})
    assert answer.status_code == 422
    assert "请写明您想了解的内容" in check_page(answer)


def test_the_answer_is_read_with_its_clause_and_can_be_asked_on(phone: Phone) -> None:
    policy = phone._policy("P02")
    case_id = phone.put(ConsultationFlow, "answering", opinion_unit_id=None)
    desk = phone.somebody(Role.SPECIALIST)
    form = check_page(desk.get(f"/cases/{public_id(case_id)}/steps/reply"))
    assert "<optgroup" in form
    data = {"clause": key_of(policy["policy_version_id"], ""), "answer": "最长三十六个月。", "version": "1"}
    wrong = desk.post(f"/cases/{public_id(case_id)}/steps/reply", {**data, "clause": ""})
    assert wrong.status_code == 422
    assert "最长三十六个月" in wrong.get_data(as_text=True), "what was typed is kept"
    assert desk.post(f"/cases/{public_id(case_id)}/steps/reply", data).status_code == 302
    page = phone.text(f"/progress/{public_id(case_id)}")
    for words in ("最长三十六个月", "答复依据", "第 1 版", "已解决，办结"):
        assert words in page
    assert page.count("/steps/ask_again") == 1, "what is offered above is not offered below once more"
    again = {"question": "从哪个月算起？", "version": "2"}
    assert phone.post(f"/progress/{public_id(case_id)}/steps/ask_again", again).status_code == 302
    assert "从哪个月算起" in phone.text(f"/progress/{public_id(case_id)}")
