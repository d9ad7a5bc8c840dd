"""The employer's liaison: certify posts, days and grades; confirm claims of the own experts."""

from datetime import date, timedelta

from sqlalchemy import select, update
from werkzeug.test import TestResponse

from concierge.basics.ids import public_id
from concierge.engine.tables import Case
from concierge.models.payment import PaymentItem
from concierge.models.person import Employment, Person, PersonFact
from concierge.rules.roles import Role
from concierge.services.unit_payees import files_of, propose_unit_account
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.payment import PaymentItemFlow
from tests import office
from tests.benefits import House
from tests.cases import put
from tests.office import EXPERT, FINANCE, HOSPITAL, OFFICE, OTHER_EXPERT, SCHOOL, check_page, key_ring
from tests.services.test_endings import nightly, with_stipend

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
    ids = [public_id(OTHER_POST), public_id(POST)]
    answer = liaison.post("/employer/certificates", {"ids": ids, days: "400"}, page="/employer")
    assert answer.status_code == 422
    page = check_page(answer)
    assert f'id="{days}-error"' in page
    assert 'value="400"' in page
    assert page.count(" checked") == 2, "both are still ticked"


def test_an_employer_that_is_to_be_paid_is_told_that_its_account_is_missing(house: House):
    stage, told = house.stage, "有款项待支付给区人民医院"

    def home() -> str:
        return check_page(house.as_(Role.EMPLOYER).get("/employer"))

    assert told not in home()
    [file] = stage.write(lambda s: list(files_of(s, office.actor(Role.TALENT_OFFICE), [HOSPITAL]).values()))
    claim = stage.draft(stage.active_right("P02"))
    payment = {"expert_id": EXPERT, "office_id": OFFICE, "employer_id": HOSPITAL, "claim_id": claim, "payee_id": file}
    payment |= {"paying_unit_id": FINANCE, "budget_line_id": None, "payee_name": "区人民医院", "kin_key": None}
    item = stage.write(lambda s: put(s, PaymentItemFlow, "pending", **payment))
    assert told in home()
    told_by = {"actor": office.actor(Role.EMPLOYER), "now": stage.now, "keys": key_ring(), "unit_id": HOSPITAL}
    given = {"holder_name": "区人民医院", "bank_name": "农商行", "branch_code": "", "number": "999999000000000030"}
    account = propose_unit_account(stage.session, **told_by, **given)
    assert told not in home(), "now it is for others to check it"
    paid_there = update(PaymentItem).where(PaymentItem.id == item).values(bank_account_id=account)
    sent_back = update(Case).where(Case.id == item).values(state="bounced")
    stage.write(lambda s: [s.execute(each) for each in (paid_there, sent_back)])
    assert told in home(), "the bank sent it back from there"


def test_another_employers_post_cannot_be_certified(house: House):
    other = public_id(987654321)
    answer = house.as_(Role.EMPLOYER).post("/employer/certificates", {"ids": [other]}, page="/employer")
    assert answer.status_code == 404


def leaves(house: House, **given: str) -> TestResponse:
    page = f"/employer/posts/{public_id(POST)}/end"
    return house.as_(Role.EMPLOYER).post(page, given, page=page, follow_redirects=True)


def test_a_leaver_that_his_employer_reports_loses_by_their_policies_what_hangs_on_the_post(house: House):
    stage, liaison = house.stage, house.as_(Role.EMPLOYER)
    stipend, allowance = with_stipend(stage), stage.active_right("P02")
    for language in ("zh", "en"):
        assert "沈知远" in check_page(house.as_(Role.EMPLOYER, language).get(f"/employer/posts/{public_id(POST)}/end"))
    last_day = stage.now.date() - timedelta(days=1)
    page = check_page(leaves(house, ends_on=last_day.isoformat(), reason="resigned"))
    assert f"沈知远于{last_day}离岗" in page
    assert "沈知远" not in check_page(liaison.get("/employer")).partition("t-card")[2], "the post is over"
    assert liaison.get(f"/employer/posts/{public_id(POST)}/end").status_code == 404, "and cannot be ended again"
    file = house.as_(Role.SPECIALIST).get(f"/experts/{public_id(EXPERT)}").get_data(as_text=True)
    assert f"{last_day} · 辞职" in file
    stage.match()
    assert nightly(stage, stage.now) == 1
    assert stage.right("P09").state == "suspended", "proposed to end; the talent office decides"
    assert stage.case(stipend).is_open
    assert stage.right("P02").ends_on == date(2026, 2, 28), "the month is paid out"
    assert stage.case(allowance).is_open


def test_a_leaving_without_a_reason_or_before_the_hiring_comes_back_with_what_is_wrong(house: House):
    answer = leaves(house, ends_on="", reason="fled")
    assert answer.status_code == 422
    page = check_page(answer)
    assert 'id="ends_on-error"' in page
    assert 'id="reason-error"' in page
    early = check_page(leaves(house, ends_on="2019-01-01", reason=""))
    assert 'id="ends_on-error"' in early, "everything that is wrong is said at once"
    assert 'id="reason-error"' in early
    coming = check_page(leaves(house, ends_on="2026-12-31", reason="contract_over"))
    assert "2026-12-31离岗" in coming.partition("t-card")[2], "who leaves later is still there"


def test_nobody_ends_a_post_of_another_employer_or_his_own(house: House):
    stage = house.stage
    stage.write(lambda s: s.execute(update(Employment).where(Employment.id == OTHER_POST).values(employer_id=SCHOOL)))
    page = f"/employer/posts/{public_id(OTHER_POST)}/end"
    given = {"ends_on": "2026-12-31", "reason": "resigned"}
    assert house.as_(Role.EMPLOYER).get(page).status_code == 404
    assert house.as_(Role.EMPLOYER).post(page, given).status_code == 404
    key = office.person_key(Role.EMPLOYER)
    stage.write(lambda s: s.execute(update(Person).where(Person.id == EXPERT).values(spouse_key=key)))
    assert leaves(house, **given).status_code == 422, "nor that of his spouse"


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
