"""The expert's pages: every one opens in both languages, and what belongs to others is like what does not exist."""

import re

import pytest

from concierge.basics.ids import new_id, public_id
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentItemFlow
from tests.office import OTHER_EXPERT, check_page
from tests.pages.portal.conftest import Phone

PLAIN = ("", "/benefits", "/progress", "/payments", "/help", "/looks", "/bank-account", "/my-data", "/payments/year")
REFERENCE = re.compile(r'value="[^"]*"|/[0-9a-z]{13}|"num">[0-9a-f]{12}')
STAFF = [role for role in Role if role not in (Role.EXPERT, Role.SYSTEM)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_in_both_languages(phone: Phone, language: str) -> None:
    phone.stage.match()
    phone.open(f"/lang/{language}")
    for path in PLAIN:
        assert check_page(phone.get(path))


def test_the_first_page_begins_with_what_needs_me(phone: Phone) -> None:
    phone.stage.match()
    text = phone.text("")
    cards = [text.index(f'id="{name}"') for name in ("needs", "progress", "paid", "benefits", "specialist")]
    assert cards == sorted(cards)
    assert "沈知远，您好" in text
    assert "您符合享受条件" in text


def test_a_benefit_says_how_it_is_given_what_each_fact_is_and_who_can_tell_what_is_not_known(phone: Phone) -> None:
    phone.stage.match()
    opened = [phone.text(path) for path in re.findall(r'"/me(/benefits/\w+)"', phone.text("/benefits"))]
    post = next(text for text in opened if "基层岗位补贴" in text)
    assert "按月发放" in post
    assert "实物" not in post, "its amount depends on the place, so that nothing is said of it"
    assert "离岗超过30天（否）" in post
    assert any("尚未掌握此项情况，可由本人（附证明材料）提供" in text for text in opened)


def test_staff_have_no_benefits_page(phone: Phone) -> None:
    for role in STAFF:
        visitor = phone.somebody(role)
        assert {visitor.get(f"/me{path}").status_code for path in ("", "/progress")} == {403}


def test_nobody_reads_it_without_logging_in(phone: Phone) -> None:
    assert phone.somebody().get("/me").status_code == 302


HIDDEN = (
    "/progress/{id}",
    "/progress/{id}/steps/withdraw",
    "/progress/{id}/papers/diploma",
    "/payments/{id}/receipt",
    "/benefits/{id}",
)


def test_what_is_somebody_elses_is_like_what_does_not_exist(phone: Phone) -> None:
    other = {"expert_id": OTHER_EXPERT}
    foreign = [phone.put(flow, state, **other) for flow, state in ((ClaimFlow, "draft"), (CareRequestFlow, "replied"))]
    foreign.append(phone.put(PaymentItemFlow, "success", claim_id=foreign[0], **other))
    for path in HIDDEN:
        answers = [phone.get(path.format(id=public_id(wanted))) for wanted in (*foreign, new_id())]
        assert {answer.status_code for answer in answers} == {404}
        bodies = {REFERENCE.sub("", answer.get_data(as_text=True).split("<main", 1)[1]) for answer in answers}
        assert len(bodies) == 1, bodies


def test_nobody_acts_on_somebody_elses_matter(phone: Phone) -> None:
    foreign = phone.put(ClaimFlow, "draft", expert_id=OTHER_EXPERT)
    for act in ("words", "nudge", "steps/withdraw", "papers/diploma"):
        answer = phone.post(f"/progress/{public_id(foreign)}/{act}", {"text": "x", "reason": "x"})
        assert answer.status_code == 404
    assert phone.stage.case(foreign).state == "draft"


def test_a_step_of_the_office_is_no_step_of_the_expert(phone: Phone) -> None:
    claim = phone.put(ClaimFlow, "submitted")
    assert phone.post(f"/progress/{public_id(claim)}/steps/accept").status_code == 404
    assert phone.get(f"/progress/{public_id(claim)}/steps/nonsense").status_code == 404


def test_every_role_begins_at_its_own_first_page(phone: Phone) -> None:
    assert phone.open("/").location == "/me"
    assert phone.somebody().get("/").location == "/login"
