"""A rating on its page: who may appeal, who decides, and what becomes of words that are refused."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.care import Rating, RatingAppeal
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.ratings import LONGEST
from concierge.services.steps import step_named, take_step
from tests.office import EXPERT, HEALTH, NOW, Office, actor, check_page, key_ring
from tests.office import office as office

WAY: tuple[tuple[str, Role, dict[str, Any]], ...] = (
    ("assign", Role.SPECIALIST, {"unit": public_id(HEALTH)}),
    ("sign", Role.SECTOR, {}),
    ("start", Role.SECTOR, {}),
    ("reply", Role.SECTOR, {"reply": "已预约周三上午"}),
    ("rate", Role.EXPERT, {"level": "1"}),
)


@pytest.fixture
def rating(office: Office) -> str:
    """The address of a poor rating of the health bureau's answer."""
    with office.session() as session:
        wish = CareWish("medical", "请帮忙联系专家号", Channel.PHONE)
        case_id = register_care(
            session, actor=actor(Role.SPECIALIST), now=NOW, keys=key_ring(), expert_id=EXPERT, wish=wish
        )
    for name, role, given in WAY:
        with office.session() as session:
            step = step_named("care_request", name)
            take_step(session, actor=actor(role), now=NOW, step=step, case_id=case_id, version=None, given=given)
    with office.session() as session:
        return f"/ratings/{public_id(session.execute(select(Rating.id)).scalar_one())}"


def appeals(office: Office) -> list[tuple[str, str]]:
    with office.session() as session:
        found = session.execute(select(RatingAppeal.reason, RatingAppeal.decision))
        return [(row.reason, row.decision or "") for row in found]


def test_only_who_was_rated_is_offered_the_appeal(office: Office, rating: str) -> None:
    form = f'action="{rating}/appeal"'
    assert form in check_page(office.as_(Role.SPECIALIST).get(rating))
    assert form in check_page(office.as_(Role.SECTOR).get(rating))
    assert form not in check_page(office.as_(Role.SPECIALIST_LEAD).get(rating))
    office.clock.move_to(NOW.replace(month=12, day=2))
    assert form not in check_page(office.as_(Role.SECTOR).get(rating)), "the five days are over"


def test_an_appeal_that_is_empty_or_too_long_says_so_at_its_field_and_keeps_the_words(
    office: Office, rating: str
) -> None:
    bureau = office.as_(Role.SECTOR)
    empty = bureau.post(f"{rating}/appeal", {"reason": " "})
    assert (empty.status_code, 'id="reason-error"' in check_page(empty)) == (422, True)
    words = "误" * (LONGEST + 1)
    long = bureau.post(f"{rating}/appeal", {"reason": words})
    assert (long.status_code, words in check_page(long), appeals(office)) == (422, True, [])


def test_a_second_appeal_and_a_second_decision_are_told_why_they_are_refused(office: Office, rating: str) -> None:
    bureau, talent_office = office.as_(Role.SECTOR), office.as_(Role.TALENT_OFFICE)
    assert bureau.post(f"{rating}/appeal", {"reason": "误点"}).status_code == 302
    again = bureau.post(f"{rating}/appeal", {"reason": "再申诉"})
    assert (again.status_code, "该评价已申诉过" in check_page(again)) == (409, True)
    form = re.search(r"<textarea[^>]*name=\"decision\"", check_page(talent_office.get(rating)))
    assert form is not None
    words = "裁" * (LONGEST + 1)
    long = talent_office.post(f"{rating}/decision", {"decision": words, "accepted": "1"})
    assert (long.status_code, words in check_page(long)) == (422, True)
    assert talent_office.post(f"{rating}/decision", {"decision": "误评属实", "accepted": "1"}).status_code == 302
    late = talent_office.post(f"{rating}/decision", {"decision": "不准", "accepted": "0"})
    assert (late.status_code, "该申诉已裁定" in check_page(late)) == (409, True)
    assert appeals(office) == [("误点", "误评属实")]


def test_the_rated_case_and_the_visit_are_opened_from_the_rating_by_whoever_may_see_them(
    office: Office, rating: str
) -> None:
    lead = office.as_(Role.SPECIALIST_LEAD)
    cases = set(re.findall(r'<dd><a href="(/cases/\w+)"', check_page(lead.get(rating))))
    assert len(cases) == 2, "the case and its rectification"
    assert {lead.get(case).status_code for case in cases} == {200}
    bureau = office.as_(Role.SECTOR)
    assert len(re.findall(r'<dd><a href="/cases/', check_page(bureau.get(rating)))) == 1, (
        "the visit is not the bureau's"
    )
