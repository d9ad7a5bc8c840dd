"""One care request from the phone call to the rating, walked by three people, in Chinese and in English."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.tables import Case, History
from concierge.models.care import Rating
from concierge.rules.roles import Role
from tests.browser.conftest import DESK, PHONE, Seat
from tests.browser.walking import fill, take
from tests.office import EXPERT, Office

TYPED = {
    "zh": ("母亲需要就诊", "已为您预约周四上午的专家号。", "很及时"),
    "en": ("My mother needs a doctor", "An appointment is made for Thursday morning.", "Very prompt"),
}
WAY = ["open", "assign", "sign", "start", "reply", "call_back", "rate", "close"]


@pytest.mark.parametrize(("language", "width"), [("zh", DESK), ("en", PHONE)])
def test_a_care_request_goes_from_the_call_to_the_rating(
    office: Office, seats: Callable[..., Seat], language: str, width: int
) -> None:
    need, reply, words = TYPED[language]
    specialist = seats(Role.SPECIALIST, width=width, language=language)
    page = specialist.open(f"/cases/new-care?expert={public_id(EXPERT)}")
    specialist.check()
    fill(page, category="medical", text=need, channel="phone")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/cases/*")
    address = page.url.removeprefix(specialist.address).split("?")[0]
    bureau_name = "区卫健委" if language == "zh" else "Health Commission"
    take(specialist, "assign", unit=bureau_name)

    bureau = seats(Role.SECTOR, width=width, language=language)
    bureau.open("/unit-work")
    bureau.check()
    bureau.open(address)
    take(bureau, "sign")
    take(bureau, "start")
    take(bureau, "reply", reply=reply)

    specialist.open(address)
    take(specialist, "call_back", outcome="satisfied")

    expert = seats(Role.EXPERT, width=PHONE, language=language)
    expert.open("/me")
    expert.check()
    expert.open(f"/me/progress/{address.rsplit('/', 1)[1]}")
    take(expert, "rate", level="5", words=words)

    specialist.open(address)
    take(specialist, "close")
    with office.session() as session:
        case = session.execute(select(Case).where(Case.kind == "care_request")).scalar_one()
        assert (case.state, case.is_open) == ("closed", False)
        steps = session.execute(select(History.step).where(History.case_id == case.id).order_by(History.version))
        assert list(steps.scalars()) == WAY
        assert session.execute(select(Rating.level)).scalar_one() == 5
