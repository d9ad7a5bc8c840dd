"""Asking for something through the API: care requests and claims, for oneself and for nobody else."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from concierge.basics.ids import parse_id, public_id
from concierge.db import transaction
from concierge.engine.tables import AuditEntry
from concierge.models.account import Account, AccountGrant
from concierge.rules.roles import Role
from tests.api.conftest import Api, Program
from tests.api.test_contract import codes, problem
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, EXPERT, NOW, OTHER_EXPERT
from tests.recognitions import write_schemes


def test_an_expert_asks_for_himself_and_for_nobody_else(api: Api) -> None:
    expert = api.as_(Role.EXPERT)
    own = expert.post("/care-requests", {"category": "housing", "text": "想租房", "channel": "phone"})
    assert (own.get_json()["expert_id"], own.get_json()["channel"]) == (public_id(EXPERT), "portal")
    other = {"expert_id": public_id(OTHER_EXPERT), "category": "housing", "text": "想租房"}
    problem(expert.post("/care-requests", other), 404)


def test_a_care_request_with_mistakes_names_them_all(api: Api) -> None:
    answer = api.as_(Role.SPECIALIST).post(
        "/care-requests", {"category": "gold", "urgent": "very", "promised_days": -1}
    )
    assert codes(answer, 422) == [
        ("required", "expert_id"),
        ("choice", "category"),
        ("required", "text"),
        ("yes_or_no", "urgent"),
        ("number", "promised_days"),
    ]


def test_fields_that_nobody_asked_for_change_nothing(api: Api) -> None:
    [item] = api.paying.pending(100_00)
    more = {"role": "lead", "district_id": 2, "state": "success", "amount_fen": 1, "approved_by": 1, "id": 7}
    body = {"version": 1, **more, "data": {"reason": "x", **more}}
    answer = api.as_(Role.FINANCE_CHECKER).post(f"/payment-items/{public_id(item)}/steps/hold", body, "k")
    assert answer.status_code == 200
    kept = api.paying.item(item)
    assert (kept.id, kept.state, kept.amount_fen, kept.district_id) == (item, "held", 100_00, DISTRICT)


def test_a_read_writes_nothing(api: Api) -> None:
    program = api.as_(Role.TALENT_OFFICE)
    program.get("/claims")
    with api.database.session() as session:
        before = session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
    program.get("/claims")
    with api.database.session() as session:
        assert session.execute(select(func.count()).select_from(AuditEntry)).scalar_one() == before


def test_a_question_is_asked_for_oneself_and_answered_with_a_clause(api: Api) -> None:
    expert, specialist = api.as_(Role.EXPERT), api.as_(Role.SPECIALIST)
    problem(expert.post("/consultations", {"expert_id": public_id(OTHER_EXPERT), "question": "能领吗？"}), 404)
    problem(api.as_(Role.EMPLOYER).post("/consultations", {"expert_id": public_id(EXPERT), "question": "？"}), 404)
    asked = expert.post("/consultations", {"question": "能领吗？", "pressing": True}).get_json()
    assert (asked["channel"], asked["limit_days"], asked["state"]) == ("portal", 1, "asked")
    taken = specialist.step("consultations", asked["id"], "take_up").get_json()
    wrong = specialist.step("consultations", asked["id"], "reply", taken["version"], clause="x", answer="能")
    assert codes(wrong, 422) == [("unknown_clause", "clause")]
    said = specialist.step("consultations", asked["id"], "reply_none", taken["version"], answer="暂无政策")
    assert (said.get_json()["state"], said.get_json()["none_applies"]) == ("answered", True)


def test_a_recognition_is_applied_for_with_a_category_that_the_programs_can_find(api: Api) -> None:
    with api.database.session() as session:
        write_schemes(session)
    expert = api.as_(Role.EXPERT)
    shown = expert.get("/talent-categories", scheme="letters").get_json()["items"]
    assert [row["grade"] for row in shown] == list("ABCDEF")
    assert codes(expert.post("/recognitions", {"recruitment": "x"}), 422) == [
        ("required", "category_id"),
        ("required", "grounds"),
        ("choice", "recruitment"),
    ]
    wanted = {"category_id": shown[2]["id"], "grounds": "正高级职称"}
    made = expert.post("/recognitions", wanted, "once")
    assert (made.status_code, made.get_json()["state"]) == (201, "draft")
    assert expert.post("/recognitions", wanted, "once").get_json()["id"] == made.get_json()["id"]
    for_other = wanted | {"expert_id": public_id(OTHER_EXPERT)}
    problem(expert.post("/recognitions", for_other), 404)
    specialist = api.as_(Role.SPECIALIST)
    assert codes(specialist.post("/recognitions", for_other), 422) == [("authorisation", "authorisation")]
    assert specialist.post("/recognitions", for_other | {"authorisation": "来电"}).status_code == 201


def test_a_package_is_asked_for_with_one_form_and_once(api: Api) -> None:
    expert = api.as_(Role.EXPERT)
    assert codes(expert.post("/packages", {"package": "x", "policies": [1]}), 422) == [
        ("words", "policies"),
        ("choice", "package"),
    ]
    assert codes(expert.post("/packages", {"policies": ["P04", "P05"]}), 422) == [("alternatives", "policies")]
    made = expert.post("/packages", {"policies": ["P01", "P02"]}, "once")
    assert (made.status_code, made.get_json()["package"]) == (201, "new_arrival")
    assert expert.post("/packages", {"policies": ["P01", "P02"]}, "once").get_json()["id"] == made.get_json()["id"]
    problem(expert.post("/packages", {"policies": ["P01"], "expert_id": public_id(OTHER_EXPERT)}), 404)


@pytest.mark.parametrize(
    "asked",
    [
        ("care-requests", {"category": "housing", "text": "来电"}),
        ("consultations", {"question": "可否"}),
        ("packages", {"policies": ["P01"], "authorisation": "来电"}),
    ],
    ids=lambda asked: asked[0],
)
@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.EXPERT])
def test_nothing_is_asked_for_an_expert_who_is_nobody(api: Api, asked: tuple[str, Any], role: Role) -> None:
    thing, wish = asked
    problem(api.as_(role).post(f"/{thing}", wish | {"expert_id": "0" * 13}, "once"), 404)


def test_an_absence_is_registered_for_oneself_and_its_mistakes_are_named(api: Api) -> None:
    specialist = api.as_(Role.SPECIALIST)
    assert codes(specialist.post("/absences", {"covers": "x", "starts_on": "soon"}), 422) == [
        ("choice", "covers"),
        ("required", "deputy_id"),
        ("required", "fallback_id"),
        ("date", "starts_on"),
        ("required", "ends_on"),
    ]
    lead, office = public_id(ACCOUNTS[Role.SPECIALIST_LEAD]), public_id(ACCOUNTS[Role.TALENT_OFFICE])
    days = {"starts_on": "2026-12-01", "ends_on": "2026-12-04", "deputy_id": lead, "fallback_id": office}
    made = specialist.post("/absences", days | {"covers": "care"})
    assert (made.status_code, made.get_json()["account_id"]) == (201, public_id(ACCOUNTS[Role.SPECIALIST]))
    assert specialist.get(f"/absences/{made.get_json()['id']}").get_json()["covers"] == "care"
    assert specialist.post("/absences", days).status_code == 422  # the same days again
    problem(specialist.post("/absences", days | {"account_id": office}), 404)


def test_a_hand_over_goes_to_another_specialist_alone_and_only_of_ones_own_work(api: Api) -> None:
    specialist, hr = api.as_(Role.SPECIALIST), public_id(ACCOUNTS[Role.HR])
    assert codes(specialist.post("/hand-overs", {"taker_id": hr}), 422) == [("no_specialist", "taker_id")]
    assert codes(specialist.post("/hand-overs", {"leaving": "yes"}), 422) == [
        ("required", "taker_id"),
        ("yes_or_no", "leaving"),
    ]
    problem(specialist.post("/hand-overs", {"giver_id": hr, "taker_id": hr}), 404)
    taker = 7001
    with api.database.session() as session, transaction(session):
        key = {"login_key": "second", "person_key": "person-of-second", "password_hash": "x", "password_set_at": NOW}
        session.add(Account(id=taker, login="second", name="乙", **key))
        session.flush()
        grant = {"account_id": taker, "role": Role.SPECIALIST.value, "starts_on": date(2026, 1, 1)}
        session.add(AccountGrant(id=taker, district_id=DISTRICT, **grant))
    made = specialist.post("/hand-overs", {"taker_id": public_id(taker), "reason": "休假"})
    assert (made.status_code, made.get_json()["state"]) == (201, "open")
    problem(specialist.post("/hand-overs", {"taker_id": public_id(taker)}), 409)
    one = f"/hand-overs/{made.get_json()['id']}"
    work, second = specialist.get(f"{one}/work").get_json(), Program(api.app.test_client(), api.token("second"))
    assert EXPERT in map(parse_id, work["experts"])
    problem(specialist.post(f"{one}/sign", {"seal": work["seal"]}), 404)  # the giver signs nothing
    assert codes(second.post(f"{one}/sign", {"seal": "0" * 64}), 409) == [("list_changed", None)]
    signed = second.post(f"{one}/sign", {"seal": work["seal"]})
    assert (signed.status_code, signed.get_json()["state"]) == (200, "signed")
    assert second.get(f"/experts/{work['experts'][0]}").status_code == 200
    problem(second.get(f"{one}/work"), 404)
    problem(second.post(f"{one}/withdraw", {}), 404)
