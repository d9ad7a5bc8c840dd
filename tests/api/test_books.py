"""The books by programs: lines, corrections, the closing of a year, recoveries, and the accounts money goes to."""

import base64

import pytest
from sqlalchemy import func, select, update

from concierge.basics.ids import parse_id, public_id
from concierge.db import transaction
from concierge.models.budget import BudgetMovement
from concierge.models.policy import PolicyVersion
from concierge.rules.roles import Role
from concierge.services.verify_money import verify_money
from tests.api.conftest import Api, Program
from tests.api.test_contract import codes, problem
from tests.office import EXPERT, FINANCE, HOSPITAL, HR, OTHER_EXPERT, SCHOOL
from tests.papers import a_png
from tests.paying import ENTITLEMENT, VERSION
from tests.services.test_bank_results import answer, apply, look

MAKER, CHECKER, OFFICE = Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.TALENT_OFFICE
YUAN = 100
NEW = {"year": 2026, "unit_id": public_id(FINANCE), "number": "2026-099", "name_zh": "安居补贴二"}


@pytest.fixture
def api(lasting_api: Api) -> Api:
    """One office for all tests of this module: what one of them writes, the next one meets."""
    lasting_api.app.config["API_LIMIT"] = "1000000 per minute"
    return lasting_api


def _in_order(api: Api) -> None:
    with api.database.session() as session, transaction(session):
        assert [check.name for check in verify_money(session) if not check.ok] == []


def _line(api: Api, number: str, fen: int, year: int = 2026) -> str:
    """A new line with money, opened and filled by two programs."""
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    said = NEW | {"number": number, "policy_groups": ["HOUSING"], "year": year}
    opened = maker.post("/budget-lines", said, f"line{number}")
    assert opened.status_code == 201, opened.get_json()
    line = opened.get_json()
    assert (line["number"], line["amount_fen"], line["policy_groups"]) == (number, 0, ["HOUSING"])
    wish = {"budget_line_id": line["id"], "kind": "appropriation", "amount_fen": fen, "basis": "望财预〔2026〕8号"}
    proposed = maker.post("/budget-movements", wish, f"wish{number}").get_json()
    assert checker.post(f"/budget-movements/{proposed['id']}/answer", {"is_accepted": True}).status_code == 200
    return str(line["id"])


def _paid(api: Api, fen: int) -> int:
    batch = api.paying.sent(fen)
    [item] = api.paying.items_of(batch)
    apply(api.paying, look(api.paying, [answer(api.paying, item)], file=str(item), batch=batch).run_id)
    return item


def test_the_same_key_opens_one_line_and_asks_once_for_its_money(api: Api) -> None:
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    first = maker.post("/budget-lines", NEW, "k1")
    assert (first.status_code, maker.post("/budget-lines", NEW, "k1").get_json()) == (201, first.get_json())
    assert codes(maker.post("/budget-lines", NEW, "k2"), 422) == [("line_exists", "number")]
    assert codes(maker.post("/budget-lines", NEW | {"number": "2"}, "k1"), 422) == [("key_reused", "key")]
    wish = {"budget_line_id": first.get_json()["id"], "kind": "appropriation", "amount_fen": 700, "basis": "1号"}
    once, again = (maker.post("/budget-movements", wish, "k3").get_json() for _ in range(2))
    assert once == again
    at = f"/budget-movements/{once['id']}/answer"
    answers = [checker.post(at, {"is_accepted": True}, "k4").get_json() for _ in range(2)]
    assert answers[0] == answers[1], "the connection may be lost: the key gives the true answer"
    with api.database.session() as session:
        line = parse_id(first.get_json()["id"])
        rows = select(func.count()).select_from(BudgetMovement).where(BudgetMovement.budget_line_id == line)
        assert session.execute(rows).scalar_one() == 2
    assert maker.get(f"/budget-lines/{first.get_json()['id']}").get_json()["amount_fen"] == 700
    wrong = {"year": 99, "number": "", "name_zh": 7, "unit_id": "nonsense", "policy_groups": "HOUSING"}
    assert {field for _code, field in codes(maker.post("/budget-lines", wrong), 422)} == set(wrong)
    problem(checker.post("/budget-lines", NEW), 403)
    problem(maker.post("/budget-lines", NEW | {"number": "3", "unit_id": public_id(HR)}), 409)


def test_a_payment_charged_to_the_wrong_line_is_corrected_by_two_programs(api: Api) -> None:
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    item, right = _paid(api, 60_000 * YUAN), _line(api, "2026-071", 90_000 * YUAN)
    wish = {"payment_id": public_id(item), "budget_line_id": right, "reason": "列错指标"}
    proposed = maker.post("/ledger-corrections", wish, "wrong line").get_json()
    assert maker.post("/ledger-corrections", wish, "wrong line").get_json() == proposed
    assert (proposed["kind"], proposed["is_open"], proposed["amount_fen"]) == ("proposed", True, 60_000 * YUAN)
    assert codes(maker.post("/ledger-corrections", wish), 409) == [("already_proposed", None)]
    at = f"/ledger-corrections/{proposed['id']}/answer"
    problem(maker.post(at, {"is_accepted": True}), 403)
    assert codes(checker.post(at, {}), 422) == [("required", "is_accepted")]
    done = checker.post(at, {"is_accepted": True}, "yes").get_json()
    assert done["is_open"] is False
    assert checker.post(at, {"is_accepted": True}, "yes").get_json() == done
    assert codes(checker.post(at, {"is_accepted": True}), 409) == [("already_answered", None)]
    [confirmed] = [
        row
        for row in checker.get("/ledger-corrections", payment=public_id(item)).get_json()["items"]
        if row["kind"] == "confirmed"
    ]
    assert (confirmed["proposal_id"], confirmed["entry_id"]) == (proposed["id"], proposed["entry_id"])
    assert confirmed["out_entry_id"] != confirmed["in_entry_id"]
    assert maker.get(f"/budget-lines/{right}").get_json()["spent_fen"] == 60_000 * YUAN
    problem(checker.post(f"/ledger-corrections/{public_id(7777)}/answer", {"is_accepted": True}), 404)
    _in_order(api)


def test_a_recovery_is_begun_once_and_only_for_what_was_paid(api: Api) -> None:
    office, right = api.as_(OFFICE), public_id(ENTITLEMENT)
    with api.database.session() as session, transaction(session):
        schedule = {"clawback": "earned_difference", "term_months": 60}
        session.execute(update(PolicyVersion).where(PolicyVersion.id == VERSION).values(schedule=schedule))
    _paid(api, 10_000 * YUAN)
    begun = office.post("/clawbacks", {"entitlement_id": right}, "leave")
    assert (begun.status_code, begun.get_json()["state"]) == (201, "opened")
    assert office.post("/clawbacks", {"entitlement_id": right}, "leave").get_json() == begun.get_json()
    assert codes(office.post("/clawbacks", {"entitlement_id": right}), 409) == [("already_open", None)]
    other = public_id(ENTITLEMENT + 1)
    assert codes(office.post("/clawbacks", {"entitlement_id": other}), 409) == [("nothing_paid", None)]
    problem(office.post("/clawbacks", {"entitlement_id": public_id(7777)}), 404)
    problem(api.as_(MAKER).post("/clawbacks", {"entitlement_id": right}), 403)


def _proposal(who: Program, number: str, **more: str) -> dict[str, object]:
    given = {"person_id": public_id(OTHER_EXPERT), "account": number, "bank_name": "望川农商行"} | more
    answered = who.post("/bank-accounts", given)
    assert answered.status_code == 201, answered.get_json()
    return dict(answered.get_json())


def test_a_changed_payee_is_proposed_with_a_proof_checked_by_another_and_freed_by_a_third(api: Api) -> None:
    lead, checker, number = api.as_(Role.SPECIALIST_LEAD), api.as_(CHECKER), "9999990000000000030"
    bare = {"person_id": public_id(OTHER_EXPERT), "account": number, "bank_name": "望川农商行"}
    assert codes(lead.post("/bank-accounts", bare), 422) == [("proof_missing", "file")]
    assert codes(lead.post("/bank-accounts", bare | {"proof": "not base64!"}), 422) == [("base64", "proof")]
    proof = {"proof": base64.b64encode(a_png()).decode(), "proof_name": "银行卡.png"}
    account = _proposal(lead, number, **proof)
    assert (account["state"], account["account"]) == ("unchecked", "**** 0030")
    assert number not in str(account)
    at = f"/bank-accounts/{account['id']}"
    assert codes(lead.post(f"{at}/check", {"is_accepted": True}), 409) == [("maker_is_checker", None)]
    settled = api.as_(MAKER).post(f"{at}/check", {"is_accepted": True}, "seen").get_json()
    assert api.as_(MAKER).post(f"{at}/check", {"is_accepted": True}, "seen").get_json() == settled
    assert settled["state"] == "settled"
    assert settled["held_until"] is not None
    assert codes(checker.post(f"{at}/release", {}), 422) == [("required", "reason")]
    problem(api.as_(MAKER).post(f"{at}/release", {"reason": "急"}), 403)
    freed = checker.post(f"{at}/release", {"reason": "已当面核实"}, "free").get_json()
    assert freed["held_until"] is None
    assert checker.post(f"{at}/release", {"reason": "已当面核实"}, "free").get_json() == freed
    assert codes(checker.post(f"{at}/release", {"reason": "再次"}), 409) == [("not_held", None)]
    mine = api.as_(Role.EXPERT).get("/bank-accounts").get_json()["items"]
    assert {row["person_id"] for row in mine} == {public_id(EXPERT)}, "an expert reads his own accounts alone"


def test_an_employer_proposes_where_its_unit_is_paid_and_sees_no_other_account(api: Api) -> None:
    employer, asked = api.as_(Role.EMPLOYER), {"account": "999999000000000048", "bank_name": "望川农商行"}
    assert codes(employer.post("/bank-accounts", asked), 422) == [("required", "person_id")]
    problem(employer.post("/bank-accounts", asked | {"unit_id": public_id(SCHOOL)}), 404)
    problem(employer.post("/bank-accounts", asked | {"person_id": public_id(EXPERT)}), 409)
    made = employer.post("/bank-accounts", asked | {"unit_id": public_id(HOSPITAL)})
    assert (made.status_code, made.get_json()["account"]) == (201, "**** 0048")
    assert [row["id"] for row in employer.get("/bank-accounts").get_json()["items"]] == [made.get_json()["id"]]
    at = f"/bank-accounts/{made.get_json()['id']}/check"
    problem(employer.post(at, {"is_accepted": True}), 403)
    assert api.as_(MAKER).post(at, {"is_accepted": True}).get_json()["state"] == "settled"


def test_a_year_is_closed_by_a_second_program_that_reads_what_it_does(api: Api) -> None:
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    last = _line(api, "2025-001", 900, year=2025)
    wish = {"year": 2026, "unit_id": public_id(FINANCE), "basis": "望财库〔2026〕31号"}
    assert codes(maker.post("/year-closings", wish), 422) == [("too_early", "year")]
    problem(maker.post("/year-closings", wish | {"year": 2025, "unit_id": public_id(HR)}), 409)
    proposed = maker.post("/year-closings", wish | {"year": 2025}, "end").get_json()
    assert maker.post("/year-closings", wish | {"year": 2025}, "end").get_json() == proposed
    assert codes(maker.post("/year-closings", wish | {"year": 2025}), 409) == [("already_proposed", None)]
    assert [proposed[name] for name in ("goes_over", "goes_over_fen", "goes_back_fen")] == [0, 0, 900]
    no = f"/year-closings/{proposed['id']}/refusal"
    problem(maker.post(no, {}), 403)
    refused = [checker.post(no, {}, "no") for _ in range(2)]
    assert [(answer.status_code, answer.data) for answer in refused] == [(204, b""), (204, b"")]
    problem(checker.post(no, {}), 404)
    problem(maker.get(f"/year-closings/{proposed['id']}"), 404)
    proposed = maker.post("/year-closings", wish | {"year": 2025}, "again").get_json()
    at = f"/year-closings/{proposed['id']}/confirmation"
    problem(maker.post(at, {}), 403)
    closed = checker.post(at, {}, "closed").get_json()
    assert checker.post(at, {}, "closed").get_json() == closed
    assert [closed[name] for name in ("carried", "taken_back_fen", "goes_back_fen")] == [0, 900, None]
    for shut in (at, at.replace("confirmation", "refusal")):
        assert codes(checker.post(shut, {}), 409) == [("already_closed", None)]
    assert maker.get(f"/budget-lines/{last}").get_json()["amount_fen"] == 0
    new = _line(api, "2026-055", 100)
    over = {"budget_line_id": new, "kind": "carry_over", "amount_fen": 901, "basis": "望财预〔2026〕12号"}
    assert codes(maker.post("/budget-movements", over), 422) == [("line_unknown", "from_line")]
    assert codes(maker.post("/budget-movements", over | {"from_line_id": last}), 422) == [
        ("more_than_taken_back", "amount")
    ]
    carried = maker.post("/budget-movements", over | {"from_line_id": last, "amount_fen": 900}).get_json()
    assert checker.post(f"/budget-movements/{carried['id']}/answer", {"is_accepted": True}).status_code == 200
    assert maker.get(f"/budget-lines/{new}").get_json()["amount_fen"] == 1_000
    _in_order(api)
