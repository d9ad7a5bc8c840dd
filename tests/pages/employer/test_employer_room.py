"""The employer's liaison: certify posts, days and grades; confirm claims of the own experts."""

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.person import Employment, PersonFact
from concierge.rules.roles import Role
from concierge.workflows.claim import ClaimFlow
from tests.benefits import House
from tests.office import EXPERT, OTHER_EXPERT, check_page

POST, OTHER_POST = EXPERT + 200, OTHER_EXPERT + 200


def test_our_experts_are_listed_with_their_posts(house: House):
    for language in ("zh", "en"):
        page = check_page(house.as_(Role.EMPLOYER, language).get("/employer"))
        assert "沈知远" in page
        assert "2030-03-01" in page
    narrowed = house.as_(Role.EMPLOYER).get("/employer?q=zzzz").get_data(as_text=True)
    assert "没有符合条件的人员" in narrowed


def test_posts_days_and_grades_are_certified_together(house: House):
    liaison = house.as_(Role.EMPLOYER)
    given = {"ids": [public_id(POST), public_id(OTHER_POST)], f"days-{public_id(POST)}": "31"}
    given[f"grade-{public_id(POST)}"] = "excellent"
    answer = liaison.post("/employer/certificates", given, page="/employer", follow_redirects=True)
    assert "已为 2 名专家出具在岗证明" in check_page(answer)
    stage = house.stage

    def facts():
        statement = select(PersonFact.name, PersonFact.value).where(
            PersonFact.person_id == EXPERT, PersonFact.source == "employer"
        )
        return {name: value["value"] for name, value in stage.session.execute(statement)}

    assert stage._read(facts) == {"away_over_30_days": True, "assessment": "excellent"}
    certified = select(Employment.certified_at).where(Employment.id == POST)
    assert stage._read(lambda: stage.session.execute(certified).scalar()) == stage.now


def test_impossible_days_come_back_beside_their_field(house: House):
    liaison = house.as_(Role.EMPLOYER)
    days = f"days-{public_id(POST)}"
    answer = liaison.post("/employer/certificates", {"ids": [public_id(POST)], days: "400"}, page="/employer")
    assert answer.status_code == 422
    page = check_page(answer)
    assert f'id="{days}-error"' in page
    assert 'value="400"' in page


def test_another_employers_post_cannot_be_certified(house: House):
    other = public_id(987654321)
    answer = house.as_(Role.EMPLOYER).post("/employer/certificates", {"ids": [other]}, page="/employer")
    assert answer.status_code == 404


def sent(house: House) -> int:
    claim = house.stage.accepted(house.stage.active_right("P01"))
    house.stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    return claim


def test_the_employer_confirms_a_claim_and_sees_no_other_benefits(house: House):
    claim = sent(house)
    liaison, path = house.as_(Role.EMPLOYER), f"/employer/reviews/{public_id(claim)}"
    page = check_page(liaison.get(path))
    assert "确认在岗与服务情况" in page
    assert "同类政策享受与申领情况" not in page
    answer = liaison.post(path, {"reason": "在岗属实"}, page=path)
    assert answer.status_code == 302
    assert house.stage.case(claim).state == "hr_review"
    assert public_id(claim) not in liaison.get("/employer/reviews").get_data(as_text=True)


def test_the_claim_stays_readable_but_nothing_can_be_decided_on_it_any_more(house: House):
    claim = sent(house)
    liaison, path = house.as_(Role.EMPLOYER), f"/employer/reviews/{public_id(claim)}"
    liaison.post(path, {"reason": "在岗属实"}, page=path)
    page = check_page(liaison.get(path))
    assert "本件已不在此环节" in page
    assert liaison.post(path, {"reason": "再来一次"}, page=path).status_code == 409
