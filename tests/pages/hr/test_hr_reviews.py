"""The HR reviewer: what waits, evidence beside conditions, each one marked, then the next claim."""

import re

from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.engine.judge import WRONG_STATE
from concierge.engine.tables import History
from concierge.models.person import Person
from concierge.rules.roles import Role
from concierge.workflows.claim import ClaimFlow
from tests.benefits import House
from tests.databases import counted
from tests.office import EXPERT, check_page, person_key

LABEL = re.compile(r'name="mark-(\d+)" value="met"')


def waiting(house: House, code: str = "P01") -> int:
    """A claim that the employer has confirmed."""
    stage = house.stage
    claim = stage.accepted(stage.active_right(code))
    stage.step(ClaimFlow.to_employer, claim, Role.SPECIALIST)
    stage.step(ClaimFlow.employer_pass_to_hr, claim, Role.EMPLOYER, {"reason": "在岗属实"})
    return claim


def marks(text: str, **changed: str) -> dict[str, str]:
    found = {f"mark-{n}": "met" for n in set(LABEL.findall(text))}
    return found | {name.replace("_", "-"): value for name, value in changed.items()}


def test_the_list_shows_what_waits_with_its_conditions(house: House):
    claim = waiting(house)
    for language in ("zh", "en"):
        page = check_page(house.as_(Role.HR, language).get("/hr/reviews"))
        assert public_id(claim) in page
        assert "沈知远" in page
    assert "all met" in page


def test_the_bureau_finds_the_import_of_facts_that_it_may_use(house: House):
    assert 'href="/experts/import"' in house.as_(Role.HR).get("/hr/reviews").get_data(as_text=True)


def test_the_page_shows_evidence_beside_every_condition(house: House):
    claim = waiting(house)
    page = check_page(house.as_(Role.HR).get(f"/hr/reviews/{public_id(claim)}"))
    assert "合同（协议）期限不少于60个月" in page
    assert "第三条" in page
    assert "在岗属实" in page, "the employer's opinion is read here"
    assert len(set(LABEL.findall(page))) == 6
    assert "已符合另一项，本条不作要求" in page


def test_every_condition_is_marked_before_a_claim_passes(house: House):
    claim = waiting(house)
    reviewer, path = house.as_(Role.HR), f"/hr/reviews/{public_id(claim)}"
    page = reviewer.get(path).get_data(as_text=True)
    answer = reviewer.post(path, {"version": str(house.stage.case(claim).version)}, page=path)
    assert answer.status_code == 422
    assert "请对本条作出判断" in check_page(answer)
    unmet = marks(page, mark_2="not_met") | {"reason": "合同期限不足"}
    answer = reviewer.post(path, unmet, page=path)
    assert answer.status_code == 422
    shown = check_page(answer)
    assert "请退回或不予批准" in shown
    assert "合同期限不足" in shown, "what was typed is kept"
    doubted = marks(page, mark_2="doubt")
    assert reviewer.post(path, doubted, page=path).status_code == 422
    assert house.stage.case(claim).state == "hr_review"


def test_a_marked_claim_passes_and_the_history_says_what_was_checked(house: House):
    claim = waiting(house)
    reviewer, path = house.as_(Role.HR), f"/hr/reviews/{public_id(claim)}"
    page = reviewer.get(path).get_data(as_text=True)
    given = marks(page, mark_4="doubt") | {"reason": "续签合同待补，已与单位核实"}
    answer = reviewer.post(path, given, page=path)
    assert answer.status_code == 302
    assert answer.location == "/hr/reviews", "nothing else waits"
    stage = house.stage
    assert stage.case(claim).state == "determination"
    statement = select(History.data, History.reason).where(History.case_id == claim, History.step == "hr_pass")
    data, reason = stage._read(lambda: stage.session.execute(statement).one())
    assert data["checked"].startswith("符合 5 项，共 6 项；存疑：")
    assert reason == "续签合同待补，已与单位核实"


def test_after_a_decision_the_next_claim_opens(house: House):
    first, second = waiting(house), waiting(house, "P02")
    reviewer, path = house.as_(Role.HR), f"/hr/reviews/{public_id(first)}"
    page = reviewer.get(path).get_data(as_text=True)
    answer = reviewer.post(path, marks(page), page=path)
    assert answer.location == f"/hr/reviews/{public_id(second)}"


def test_a_decision_on_a_claim_that_moved_meanwhile_is_refused(house: House):
    claim = waiting(house)
    reviewer, path = house.as_(Role.HR), f"/hr/reviews/{public_id(claim)}"
    given = marks(reviewer.get(path).get_data(as_text=True)) | {"version": "1"}
    assert reviewer.post(path, given, page=path).status_code == 409


def test_plain_claims_are_passed_together(house: House):
    claims = [waiting(house), waiting(house, "P02")]
    reviewer = house.as_(Role.HR)
    ids = [f"{public_id(c)}.{house.stage.case(c).version}" for c in claims]
    answer = reviewer.post("/hr/reviews/pass", {"ids": ids}, page="/hr/reviews", follow_redirects=True)
    assert "已审核通过 2 件" in check_page(answer)
    assert {house.stage.case(c).state for c in claims} == {"determination"}
    again = reviewer.post("/hr/reviews/pass", {"ids": ids}, page="/hr/reviews", follow_redirects=True)
    why = str(WRONG_STATE.text)
    assert str(_("%(n)s were left out: %(why)s", n=2, why=why)) in again.get_data(as_text=True)
    empty = reviewer.post("/hr/reviews/pass", {}, page="/hr/reviews", follow_redirects=True)
    assert str(_("Nothing is selected.")) in empty.get_data(as_text=True)


def test_claims_of_others_hands_look_like_claims_that_do_not_exist(house: House):
    claim = house.stage.accepted(house.stage.active_right("P01"))
    reviewer = house.as_(Role.HR)
    assert reviewer.get(f"/hr/reviews/{public_id(claim)}").status_code == 404
    assert reviewer.get(f"/hr/reviews/{public_id(1)}").status_code == 404
    assert house.as_(Role.SPECIALIST).get("/hr/reviews").status_code == 403


def test_scenario_8_through_the_page_an_hr_reviewer_cannot_decide_his_spouses_claim(house: House):
    spouse = update(Person).where(Person.id == EXPERT).values(spouse_key=person_key(Role.HR))
    house.stage.write(lambda session: session.execute(spouse))
    claim = waiting(house)
    reviewer, path = house.as_(Role.HR), f"/hr/reviews/{public_id(claim)}"
    page = check_page(reviewer.get(path))
    assert "aria-disabled" in page
    assert reviewer.post(path, marks(page), page=path).status_code == 409
    assert house.stage.case(claim).state == "hr_review"


def test_a_list_and_a_page_ask_a_bounded_number_of_questions(house: House):
    claim = waiting(house)
    reviewer = house.as_(Role.HR)
    for path, most in (("/hr/reviews", 12), (f"/hr/reviews/{public_id(claim)}", 20)):
        reviewer.get(path)
        with counted(house.office.database) as said:
            reviewer.get(path)
        asked = [s for s in said if s.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert len(asked) <= most, f"{path}: {len(asked)}"
