"""Around a payment, by programs: invoices of a claim, what arrived, a provider's month, and the rules of money."""

import pytest
from sqlalchemy import update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.tables import Case
from concierge.models.policy import PolicyVersion
from concierge.rules.roles import Role
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.office import HOSPITAL
from tests.paying import VERSION
from tests.services.test_bank_results import answer, apply, look
from tests.services.test_vouchers import CAP, step, used, vouchers

MAKER, OFFICE, EXPERT, SPECIALIST = Role.FINANCE_MAKER, Role.TALENT_OFFICE, Role.EXPERT, Role.SPECIALIST


@pytest.fixture
def api(lasting_api: Api) -> Api:
    """One office for all tests of this module: what one of them writes, the next one meets."""
    lasting_api.app.config["API_LIMIT"] = "1000000 per minute"
    return lasting_api


def _against_invoices(api: Api, count: int) -> list[str]:
    """Claims that were handed in and are settled against invoices."""
    claims = api.paying.claims(*[1_000_00] * count, policy=1)
    with api.database.session() as session, transaction(session):
        session.execute(
            update(PolicyVersion).where(PolicyVersion.id == VERSION + 1).values(schedule={"invoices": True})
        )
        session.execute(update(Case).where(Case.id.in_(claims)).values(state="submitted"))
    return [public_id(claim) for claim in claims]


def test_an_invoice_is_entered_once_whoever_sends_it_and_taken_out_again(api: Api) -> None:
    mine, other = _against_invoices(api, 2)
    staff, expert = api.as_(SPECIALIST), api.as_(EXPERT)
    paper = {"claim_id": mine, "number": "26999999000000012345", "issued_on": "2026-11-20", "seller": "望川大酒店"}
    paper |= {"amount_fen": 250_00}
    made = staff.post("/invoices", paper, "once")
    assert (made.status_code, made.get_json()["number"]) == (201, paper["number"])
    assert staff.post("/invoices", paper, "once").get_json() == made.get_json()
    assert codes(expert.post("/invoices", paper | {"claim_id": other}), 422) == [("invoice_used", "number")]
    wrong = {"claim_id": "?", "number": 7, "issued_on": "2026-02-30", "seller": "", "amount_fen": -1}
    assert {field for _code, field in codes(staff.post("/invoices", wrong), 422)} == set(wrong)
    at = f"/invoices/{made.get_json()['id']}/removal"
    problem(staff.post(at, {"claim_id": other}), 404)
    problem(api.as_(MAKER).post(at, {"claim_id": mine}), 403)
    assert expert.post(at, {"claim_id": mine}).get_json()["released_at"] is not None
    assert expert.post("/invoices", paper | {"claim_id": other}).status_code == 201


def test_the_expert_says_once_what_arrived(api: Api) -> None:
    batch = api.paying.sent(800_00)
    [item] = api.paying.items_of(batch)
    apply(api.paying, look(api.paying, [answer(api.paying, item)], batch=batch).run_id)
    at, expert = f"/payment-items/{public_id(item)}/receipt", api.as_(EXPERT)
    problem(api.as_(SPECIALIST).post(at, {"amount_fen": 800_00}), 403)
    assert codes(expert.post(at, {"amount_fen": "800"}), 422) == [("number", "amount_fen")]
    assert expert.post(at, {"amount_fen": 799_00}).get_json()["confirmed_fen"] == 799_00
    assert codes(expert.post(at, {"amount_fen": 800_00}), 409) == [("already_answered", None)]
    [seen] = api.as_(MAKER).get("/differences").get_json()["items"]
    assert (seen["cause"], seen["confirmed_fen"]) == ("confirmed", 799_00)


def test_a_providers_month_is_settled_against_its_bill(api: Api) -> None:
    [voucher] = vouchers(api.paying, CAP)
    used(api.paying, voucher)
    step(api.paying, "accept", voucher, EXPERT)
    at, maker, bill = f"/units/{public_id(HOSPITAL)}/settlement", api.as_(MAKER), {"month": "2026-11"}
    assert codes(maker.post(at, bill | {"billed_fen": 1319_99}), 422) == [("bill_differs", "billed")]
    problem(maker.post(at, {"month": "2026-13", "billed_fen": 1}), 404)
    problem(api.as_(OFFICE).post(at, bill | {"billed_fen": 1320_00}), 403)
    done = maker.post(at, bill | {"billed_fen": 1320_00}, "bill")
    assert done.status_code == maker.post(at, bill | {"billed_fen": 1320_00}, "bill").status_code == 200
    assert api.paying.state(voucher) == "settled"
    assert codes(maker.post(at, bill | {"billed_fen": 1320_00}), 409) == [("nothing_to_settle", None)]


def test_the_rules_of_money_are_proposed_by_one_and_answered_by_another(api: Api) -> None:
    office = api.as_(OFFICE)
    wish = {"director_fen": 4_000_000, "meeting_fen": 40_000_000, "hold_days": 2, "basis": "望人才办〔2026〕9号"}
    proposed = office.post("/money-rules", wish, "rules").get_json()
    assert office.post("/money-rules", wish, "rules").get_json() == proposed
    assert (proposed["kind"], proposed["is_open"], proposed["hold_days"]) == ("proposed", True, 2)
    at = f"/money-rules/{proposed['id']}/answer"
    assert codes(office.post(at, {"is_accepted": True}), 409) == [("same_person", None)]
    problem(api.as_(MAKER).post(at, {"is_accepted": True}), 403)
    wrong = wish | {"meeting_fen": 1, "hold_days": 61}
    assert codes(office.post("/money-rules", wrong), 422) == [("number", "hold_days")]
    assert codes(office.post("/money-rules", wrong | {"hold_days": 1}), 422) == [("tiers_rise", "meeting")]
    kept = api.as_(MAKER).get("/money-rules").get_json()["items"]
    assert [rule["is_open"] for rule in kept] == [True]
