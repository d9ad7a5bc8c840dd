"""The whole way of public money by programs alone: budget, sealed list, batch, bank, bounce, and the closing."""

import pytest

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.rules.roles import Role
from concierge.services.verify_money import verify_money
from tests.api.conftest import Api, Program
from tests.api.test_contract import codes, problem
from tests.office import PASSWORD
from tests.paying import HOUSING

MAKER, CHECKER, PAYER = Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER
YUAN = 100
LINE = {"budget_line": public_id(HOUSING)}


@pytest.fixture
def api(lasting_api: Api) -> Api:
    """One office for all tests of this module: what one of them writes, the next one meets."""
    lasting_api.app.config["API_LIMIT"] = "1000000 per minute"
    return lasting_api


def _one(who: Program, thing: str, row: str) -> dict[str, object]:
    return dict(who.get(f"/{thing}/{row}").get_json())


def _step(who: Program, thing: str, row: str, step: str, **data: str) -> dict[str, object]:
    version = int(str(_one(who, thing, row)["version"]))
    answer = who.step(thing, row, step, version, f"{step}-{row}-{version}", **data)
    assert answer.status_code == 200, answer.get_json()
    return dict(answer.get_json())


def _approved(api: Api, ids: list[str]) -> None:
    """Prepared by one program, sealed and approved by another, with the total and the one-time code."""
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    assert maker.post("/payment-items/steps/prepare", {"ids": ids, "data": LINE}, f"p{ids[0]}").get_json()["held"] == []
    sealed = checker.post("/sealed-lists", {"payment_ids": ids}).get_json()
    assert (sealed["state"], sealed["total"]) == ("sealed", len(ids))
    given = {"seal": sealed["seal"], "total_fen": sealed["total_fen"], "code": PASSWORD}
    done = checker.post(f"/sealed-lists/{sealed['id']}/approval", given).get_json()
    assert (done["state"], done["done"], done["held"]) == ("done", len(ids), [])
    assert checker.post(f"/sealed-lists/{sealed['id']}/approval", given).get_json() == done


def _sent(api: Api, ids: list[str]) -> str:
    """A batch of these payments, checked, frozen, applied for and at the bank."""
    maker, checker, payer = api.as_(MAKER), api.as_(CHECKER), api.as_(PAYER)
    made = maker.post("/payment-batches", {"payment_ids": ids}, f"b{ids[0]}")
    assert made.status_code == 201, made.get_json()
    assert maker.post("/payment-batches", {"payment_ids": ids}, f"b{ids[0]}").get_json() == made.get_json()
    batch = str(made.get_json()["id"])
    for who, step, data in (
        (checker, "check", {}),
        (checker, "freeze", {}),
        (maker, "apply", {"application_number": "望支〔2026〕1号"}),
        (checker, "fiscal_approve", {}),
        (payer, "send", {"sent_on": "2026-11-23"}),
    ):
        _step(who, "payment-batches", batch, step, **data)
    return batch


def _answer(who: Program, item: str, outcome: str, **more: object) -> dict[str, object]:
    row = _one(who, "payment-items", item)
    said = {"number": row["number"], "outcome": outcome, "amount_fen": row["amount_fen"], "paid_on": "2026-11-23"}
    return said | more


def _pending(who: Program) -> set[str]:
    return {item["id"] for item in who.get("/payment-items", state="pending").get_json()["items"]}


def test_money_goes_its_whole_way_by_programs_alone(api: Api) -> None:
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    before, others = _one(checker, "budget-lines", public_id(HOUSING)), _pending(maker)
    ids = [public_id(item) for item in api.paying.pending(60_000 * YUAN, 40_000 * YUAN)]
    _approved(api, ids)
    batch = _sent(api, ids)
    back = _answer(checker, ids[1], "bounced", reason="户名不符")
    told = {"lines": [_answer(checker, ids[0], "success"), back]}
    loaded = checker.post(f"/payment-batches/{batch}/results", told)
    assert loaded.get_json()["state"] == "result_loaded", loaded.get_json()
    assert checker.post(f"/payment-batches/{batch}/results", told).get_json() == loaded.get_json()
    _step(api.as_(Role.SPECIALIST), "payment-items", ids[1], "reissue", reason="户名已更正")
    _step(checker, "payment-batches", batch, "reconcile", statement_fen="60000")
    assert _step(checker, "payment-batches", batch, "close")["state"] == "closed"

    [again] = _pending(maker) - others
    _approved(api, [again])
    follow_up = _sent(api, [again])
    arrived = {"lines": [_answer(checker, again, "success")]}
    assert checker.post(f"/payment-batches/{follow_up}/results", arrived).status_code == 200
    _step(checker, "payment-batches", follow_up, "reconcile", statement_fen="40000")
    assert _step(checker, "payment-batches", follow_up, "close")["state"] == "closed"
    line = _one(checker, "budget-lines", public_id(HOUSING))
    assert line["reserved_fen"] == before["reserved_fen"]
    assert line["spent_fen"] == before["spent_fen"] + 100_000 * YUAN
    with api.database.session() as session, transaction(session):
        assert [check.name for check in verify_money(session) if not check.ok] == []


def test_a_sealed_list_is_approved_as_it_was_read_with_its_total_and_a_code(api: Api) -> None:
    checker, [item] = api.as_(CHECKER), api.paying.prepared(10 * YUAN)
    sealed = checker.post("/sealed-lists", {"payment_ids": [public_id(item)]}).get_json()
    at, given = f"/sealed-lists/{sealed['id']}/approval", {"seal": sealed["seal"], "total_fen": 1_000, "code": PASSWORD}
    assert codes(checker.post(at, given | {"seal": "another"}), 409) == [("sealed_anew", None)]
    assert codes(checker.post(at, given | {"total_fen": 999}), 422) == [("total_differs", "total")]
    problem(checker.post(at, given | {"code": "wrong"}), 422)
    assert codes(checker.post("/sealed-lists", {"payment_ids": []}), 409) == [("nothing_chosen", None)]
    assert api.paying.state(item) == "pending"
    done = checker.post(at, given, "approve").get_json()
    assert done["state"] == "done"
    assert api.paying.state(item) == "approved"
    assert checker.post(at, given, "approve").get_json() == done
    assert codes(checker.post(at, given | {"code": "another"}, "approve"), 422) == [("key_reused", "key")]


def test_lines_are_put_into_a_batch_and_taken_out_while_it_is_being_made(api: Api) -> None:
    maker, [first, second] = api.as_(MAKER), [public_id(i) for i in api.paying.approved(10 * YUAN, 20 * YUAN)]
    batch = maker.post("/payment-batches", {"payment_ids": [first]}, "small").get_json()
    more = {"version": batch["version"], "add": [second]}
    changed = maker.post(f"/payment-batches/{batch['id']}/lines", more, "more").get_json()
    assert (changed["count"], changed["total_fen"]) == (2, 30 * YUAN)
    assert maker.post(f"/payment-batches/{batch['id']}/lines", more, "more").get_json() == changed
    less = {"version": changed["version"], "remove": [first]}
    assert maker.post(f"/payment-batches/{batch['id']}/lines", less).get_json()["total_fen"] == 20 * YUAN
    problem(maker.post(f"/payment-batches/{batch['id']}/lines", less), 409)  # it was changed since


def test_every_mistake_in_the_banks_answers_is_named_by_its_place(api: Api) -> None:
    checker, batch = api.as_(CHECKER), public_id(api.paying.sent(10 * YUAN))
    at = f"/payment-batches/{batch}/results"
    assert codes(checker.post(at, {}), 422) == [("required", "lines")]
    wrong = {"lines": [{"number": "x", "outcome": "lost", "amount_fen": "10"}, 7]}
    assert codes(checker.post(at, wrong), 422) == [
        ("choice", "lines.0.outcome"),
        ("number", "lines.0.amount_fen"),
        ("required", "lines.1.number"),
        ("required", "lines.1.outcome"),
        ("required", "lines.1.amount_fen"),
    ]
    problem(api.as_(PAYER).post(at, wrong), 403)


def test_a_budget_line_moves_when_a_second_program_confirms_it(api: Api) -> None:
    maker, checker = api.as_(MAKER), api.as_(CHECKER)
    before = int(str(_one(checker, "budget-lines", public_id(HOUSING))["amount_fen"]))
    wish = {
        "budget_line_id": public_id(HOUSING),
        "kind": "adjustment",
        "amount_fen": -500,
        "basis": "望财预〔2026〕9号",
    }
    proposed = maker.post("/budget-movements", wish).get_json()
    assert (proposed["is_open"], proposed["confirmed_by_id"]) == (True, None)
    at = f"/budget-movements/{proposed['id']}/answer"
    assert checker.post(at, {"is_accepted": True}).get_json()["is_open"] is False
    assert codes(checker.post(at, {"is_accepted": True}), 409) == [("already_answered", None)]
    assert _one(checker, "budget-lines", public_id(HOUSING))["amount_fen"] == before - 500
    assert codes(maker.post("/budget-movements", wish | {"amount_fen": 0}), 422) == [("movement_amount", "amount")]
