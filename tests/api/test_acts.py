"""What programs do beside steps: accounts of a unit, settings, consents, a person's own data, a day's care."""

import pytest
from sqlalchemy import select

from concierge.basics.ids import parse_id, public_id
from concierge.db import transaction
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account
from concierge.models.care import Rating
from concierge.models.comment import CaseTag
from concierge.rules.roles import Role
from tests.api.conftest import Api, Program
from tests.api.test_contract import codes, problem
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, EXPERT, HOSPITAL, NOW, NUMBERS, OTHER_EXPERT, SCHOOL

CLERK = {"login": "hospital.clerk", "name": "高小兰", "id_number": NUMBERS[OTHER_EXPERT], "password": "First-2026"}
DUTY = {"unit_id": public_id(HOSPITAL), "role": "employer"}


@pytest.fixture
def api(lasting_api: Api) -> Api:
    """One office for all tests of this module: what one of them writes, the next one meets."""
    lasting_api.app.config["API_LIMIT"] = "1000000 per minute"
    return lasting_api


def _care(program: Program) -> str:
    wish = {"expert_id": public_id(EXPERT), "category": "housing", "text": "想租房"}
    return str(program.post("/care-requests", wish).get_json()["id"])


def test_a_unit_administrator_makes_accounts_hands_roles_on_and_ends_both(api: Api) -> None:
    admin = api.as_(Role.UNIT_ADMIN)
    made = admin.post("/colleagues", CLERK | DUTY, "once")
    assert (made.status_code, made.get_json()["login"]) == (201, "hospital.clerk")
    assert admin.post("/colleagues", CLERK | DUTY, "once").get_json() == made.get_json()
    assert codes(admin.post("/colleagues", CLERK | DUTY), 422) == [("login_taken", "login")]
    clerk = made.get_json()["id"]
    assert made.headers["Location"].endswith(f"/colleagues/{clerk}")
    more = DUTY | {"role": "unit_liaison", "ends_on": "2026-12-31"}
    assert admin.post(f"/colleagues/{clerk}/roles", more, "again").status_code == 200
    assert admin.post(f"/colleagues/{clerk}/roles", more, "again").status_code == 200
    held = admin.get("/grants", account=clerk).get_json()["items"]
    assert [(row["role"], row["ends_on"]) for row in held] == [("employer", None), ("unit_liaison", "2026-12-31")]
    ended = admin.post(f"/grants/{held[0]['id']}/end", {}).get_json()
    assert ended["ends_on"] == "2026-11-22"
    problem(admin.post(f"/grants/{held[0]['id']}/end", {}), 404)  # it is over
    assert admin.post(f"/colleagues/{clerk}/end", {}).get_json()["is_disabled"] is True
    assert clerk in [row["id"] for row in admin.get("/colleagues").get_json()["items"]]


def test_nothing_is_handed_on_that_was_not_delegated_nor_elsewhere_nor_to_oneself(api: Api) -> None:
    admin, number = api.as_(Role.UNIT_ADMIN), {"login": "second.clerk", "id_number": NUMBERS[EXPERT]}
    for wrong in ({"role": "hr"}, {"unit_id": public_id(SCHOOL)}):
        assert codes(admin.post("/colleagues", CLERK | number | DUTY | wrong), 409) == [("not_delegated", "duty")]
    assert codes(admin.post("/colleagues", {"login": "x", "role": "lead"}), 422) == [
        ("required", "name"),
        ("required", "id_number"),
        ("required", "password"),
        ("required", "unit_id"),
        ("choice", "role"),
    ]
    with api.database.session() as session:
        assert session.execute(select(Account.id).where(Account.login == "second.clerk")).first() is None
    own = admin.get("/grants", role="unit_admin").get_json()["items"]
    assert [row["account_id"] for row in own] == [public_id(ACCOUNTS[Role.UNIT_ADMIN])]
    assert "employer" in own[0]["delegates"]
    assert {row["unit_id"] for row in admin.get("/grants").get_json()["items"]} == {public_id(HOSPITAL)}
    problem(admin.post(f"/grants/{own[0]['id']}/end", {}), 404)
    problem(admin.post(f"/colleagues/{public_id(ACCOUNTS[Role.HR])}/roles", DUTY), 404)
    assert public_id(ACCOUNTS[Role.HR]) not in [row["id"] for row in admin.get("/colleagues").get_json()["items"]]


def test_a_password_stands_nowhere_in_what_is_kept_of_a_request(api: Api) -> None:
    with api.database.session() as session:
        kept = [str(entry.data) for entry in session.execute(select(AuditEntry)).scalars()]
    assert not any("First-2026" in words or NUMBERS[OTHER_EXPERT] in words for words in kept)


def test_the_district_is_renamed_and_the_history_of_settings_says_from_what_to_what(api: Api) -> None:
    system = api.as_(Role.SYSTEM_ADMIN)
    [here] = system.get("/districts").get_json()["items"]
    wrong = {"name_zh": " ", "name_en": "W", "hotline": "call us"}
    assert codes(system.post(f"/districts/{here['id']}/names", wrong), 422) == [
        ("missing", "name_zh"),
        ("number", "hotline"),
    ]
    named = {"name_zh": "望川新区", "name_en": "New Wangchuan", "address_zh": "望川路 1 号", "hotline": "12345"}
    shown = system.post(f"/districts/{here['id']}/names", named).get_json()
    assert (shown["name"]["zh"], shown["address"]["zh"], shown["hotline"]) == ("望川新区", "望川路 1 号", "12345")
    [change] = api.as_(Role.AUDIT_ADMIN).get("/setting-changes", act="rename-district").get_json()["items"]
    assert change["actor_id"] == public_id(ACCOUNTS[Role.SYSTEM_ADMIN])
    assert {"field": "name_zh", "old": here["name"]["zh"], "new": "望川新区"} in change["changes"]
    problem(system.post(f"/districts/{public_id(7777)}/names", named), 404)


def test_a_consent_is_given_by_the_person_or_written_down_with_how_it_was_told(api: Api) -> None:
    expert, specialist = api.as_(Role.EXPERT), api.as_(Role.SPECIALIST)
    given = expert.post("/consents", {"purpose": "publicity", "is_given": True}, "once")
    assert (given.status_code, given.get_json()["channel"]) == (201, "portal")
    assert expert.post("/consents", {"purpose": "publicity", "is_given": True}, "once").get_json() == given.get_json()
    told = {"expert_id": public_id(EXPERT), "purpose": "publicity", "is_given": False}
    assert codes(specialist.post("/consents", told), 422) == [("required", "channel")]
    assert specialist.post("/consents", told | {"channel": "phone"}).get_json()["is_given"] is False
    problem(specialist.post("/consents", told | {"expert_id": public_id(7777), "channel": "phone"}), 404)
    answers = specialist.get("/consents", expert=public_id(EXPERT), purpose="publicity").get_json()["items"]
    assert [row["is_given"] for row in answers] == [True, False]


def test_a_person_asks_about_his_data_and_staff_answer_or_refuse_with_the_law(api: Api) -> None:
    expert, office = api.as_(Role.EXPERT), api.as_(Role.TALENT_OFFICE)
    assert codes(expert.post("/data-requests", {"wish": "explain"}), 422) == [("words_missing", "words")]
    asked = expert.post("/data-requests", {"wish": "explain", "words": "谁看过？"}).get_json()
    assert expert.post("/data-requests", {"wish": "explain", "words": "谁看过？"}).get_json()["id"] == asked["id"]
    assert asked["due_on"] == "2026-12-14"
    one = f"/data-requests/{asked['id']}/answer"
    assert codes(office.post(one, {"is_granted": False, "answer": "不行"}), 422) == [("basis_missing", "basis")]
    refused = office.post(one, {"is_granted": False, "answer": "不行", "basis": "档案法第 1 条"}).get_json()
    assert (refused["state"], refused["basis"]) == ("refused", "档案法第 1 条")
    assert codes(office.post(one, {"is_granted": True, "answer": "x"}), 409) == [("request_answered", None)]
    wish = expert.post("/data-requests", {"wish": "erase_care"}).get_json()
    problem(api.as_(Role.SPECIALIST).post(f"/data-requests/{wish['id']}/erase", {}), 403)
    [mine] = expert.get("/data-requests", wish="erase_care").get_json()["items"]
    assert mine["state"] == "open"


def test_a_contact_is_written_down_once_and_read_by_whoever_sees_the_expert(api: Api) -> None:
    specialist = api.as_(Role.SPECIALIST)
    call = {"expert_id": public_id(EXPERT), "way": "call", "on": "2026-11-20", "words": "一切都好"}
    made = specialist.post("/contacts", call, "once").get_json()
    assert specialist.post("/contacts", call, "once").get_json()["id"] == made["id"]
    assert codes(specialist.post("/contacts", call | {"on": "2026-12-20"}), 422) == [("day", "on")]
    assert [row["id"] for row in api.as_(Role.TALENT_OFFICE).get("/contacts", way="call").get_json()["items"]] == [
        made["id"]
    ]


def test_words_for_colleagues_stay_among_them_and_words_for_the_expert_reach_him(api: Api) -> None:
    specialist, expert = api.as_(Role.SPECIALIST), api.as_(Role.EXPERT)
    case = _care(specialist)
    inner = specialist.post("/comments", {"case_id": case, "text": "先问房管局"}, "a").get_json()
    shared = specialist.post("/comments", {"case_id": case, "text": "正在办", "audience": "expert"}, "b").get_json()
    own = expert.post("/comments", {"case_id": case, "text": "谢谢", "audience": "internal"}, "c").get_json()
    assert own["audience"] == "expert"
    assert [row["id"] for row in expert.get("/comments", case=case).get_json()["items"]] == [shared["id"], own["id"]]
    problem(expert.get(f"/comments/{inner['id']}"), 404)
    problem(specialist.post("/comments", {"case_id": public_id(7777), "text": "?"}), 404)


def test_reminders_and_tags_go_to_many_cases_at_once_and_tell_which_were_held(api: Api) -> None:
    specialist = api.as_(Role.SPECIALIST)
    cases = [_care(specialist) for _each in range(2)]
    absent = public_id(7777)
    told = specialist.post("/nudges", {"ids": [*cases, absent]}, "n").get_json()
    assert sorted([*told["sent"], *(row["id"] for row in told["held"])]) == sorted(cases)
    assert all(row["reasons"][0]["code"] for row in told["held"])
    assert specialist.post("/tags", {"ids": [*cases, absent], "word": "急"}).get_json() == {"tagged": 2}
    assert specialist.post("/tags", {"ids": cases, "word": "急"}).get_json() == {"tagged": 0}
    assert codes(specialist.post("/tags", {"ids": "x", "word": ""}), 422) == [("ids", "ids"), ("required", "word")]
    with api.database.session() as session:
        assert len(session.execute(select(CaseTag.id).where(CaseTag.word == "急")).all()) == 2


def test_a_sheet_is_issued_about_what_a_unit_has_and_once(api: Api) -> None:
    office, wanted = api.as_(Role.TALENT_OFFICE), {"colour": "blue", "asked": "请说明进展"}
    case = _care(api.as_(Role.SPECIALIST))
    made = office.post("/supervision-sheets", wanted | {"case_id": case}, "once")
    assert (made.status_code, made.get_json()["colour"], made.get_json()["state"]) == (201, "blue", "issued")
    again = office.post("/supervision-sheets", wanted | {"case_id": case}, "once")
    assert again.get_json()["id"] == made.get_json()["id"]
    assert codes(office.post("/supervision-sheets", wanted | {"case_id": case}), 409) == [("sheet_open", None)]
    assert codes(office.post("/supervision-sheets", {"colour": "pink"}), 422) == [
        ("required", "case_id"),
        ("choice", "colour"),
        ("required", "asked"),
    ]


def test_a_rating_is_appealed_against_by_whom_it_is_about_and_decided_by_another(api: Api) -> None:
    case = _care(api.as_(Role.SPECIALIST))
    rating = _rated(api, case)
    specialist, lead = api.as_(Role.SPECIALIST), api.as_(Role.SPECIALIST_LEAD)
    problem(specialist.post(f"/ratings/{rating}/appeal", {"reason": ""}), 422)
    assert specialist.post(f"/ratings/{rating}/appeal", {"reason": "评错人了"}).status_code == 200
    assert codes(specialist.post(f"/ratings/{rating}/appeal", {"reason": "再说"}), 409) == [("appealed", None)]
    assert codes(lead.post(f"/ratings/{rating}/decision", {"decision": "属实"}), 422) == [("required", "is_accepted")]
    decided = lead.post(f"/ratings/{rating}/decision", {"is_accepted": True, "decision": "属实"}).get_json()
    assert (decided["appeal_accepted"], decided["level"]) == (True, 1)


def _rated(api: Api, case: str) -> str:
    """A rating of a request, written straight into the tables."""
    with api.database.session() as session, transaction(session):
        case_id = session.execute(select(Case.id).where(Case.id == parse_id(case))).scalar_one()
        own = {"specialist_id": ACCOUNTS[Role.SPECIALIST], "level": 1, "at": NOW}
        session.add(Rating(id=4242, district_id=DISTRICT, case_id=case_id, **own))
    return public_id(4242)


def test_an_absence_ends_before_its_last_day_and_is_its_owners_to_end(api: Api) -> None:
    specialist = api.as_(Role.SPECIALIST)
    lead, office = public_id(ACCOUNTS[Role.SPECIALIST_LEAD]), public_id(ACCOUNTS[Role.TALENT_OFFICE])
    days = {"starts_on": "2026-12-01", "ends_on": "2026-12-04", "deputy_id": lead, "fallback_id": office}
    made = specialist.post("/absences", days).get_json()
    problem(api.as_(Role.HR).post(f"/absences/{made['id']}/end", {}), 404)
    ended = specialist.post(f"/absences/{made['id']}/end", {})
    assert (ended.status_code, ended.get_json()["ended_at"]) == (200, "2026-11-23T02:00:00Z")
