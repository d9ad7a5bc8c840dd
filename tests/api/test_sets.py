"""A step with a set through the API: one transaction, every row accounted for, one cost for one row and for many."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from concierge.basics.ids import new_id, public_id
from concierge.engine.tables import History
from concierge.rules.roles import Role
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.databases import KINDS
from tests.paying import HOUSING
from tests.servers import wait_for

MAKER, CHECKER, SPECIALIST = Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.SPECIALIST
PREPARE = "/payment-items/steps/prepare"
LINE = {"budget_line": public_id(HOUSING)}


@pytest.fixture(params=KINDS)
def both(request: pytest.FixtureRequest, make_api: Callable[..., Api]) -> Api:
    """The application on each database."""
    return make_api(request.param)


def names(ids: list[int]) -> list[str]:
    return [public_id(i) for i in ids]


def test_what_may_not_move_is_held_with_every_reason_and_what_is_out_of_sight_is_told_as_absent(both: Api) -> None:
    good, [bad] = both.paying.prepared(100_00, 200_00), both.paying.pending(300_00)
    nowhere = new_id()
    answer = both.as_(CHECKER).post("/payment-items/steps/approve", {"ids": names([*good, bad, nowhere])}, "k")
    told = answer.get_json()
    assert sorted(told["moved"]) == sorted(names(good))
    held = {row["id"]: [reason["code"] for reason in row["reasons"]] for row in told["held"]}
    assert held == {public_id(bad): ["budget_unnamed"], public_id(nowhere): ["not_found"]}


def test_a_manifest_tries_again_what_was_held_and_answers_for_the_whole_set(api: Api) -> None:
    [item], [other] = api.paying.prepared(100_00), api.paying.pending(200_00)
    checker, address = api.as_(CHECKER), "/payment-items/steps/approve"
    first = checker.post(address, {"ids": names([item, other])}, "one").get_json()
    assert (first["moved"], len(first["held"])) == (names([item]), 1)
    api.paying.take("prepare", [other], MAKER, LINE)
    second = checker.post(address, {"manifest": first["manifest"]}, "two").get_json()
    assert (second["moved"], second["held"]) == (names([item, other]), [])
    assert api.paying.state(item) == api.paying.state(other) == "approved"


def test_a_manifest_belongs_to_its_maker_and_its_step(api: Api) -> None:
    items = api.paying.prepared(100_00)
    manifest = api.as_(MAKER).post(PREPARE, {"ids": names(items), "data": LINE}, "k").get_json()["manifest"]
    problem(
        api.as_(CHECKER).post("/payment-items/steps/hold", {"manifest": manifest, "data": {"reason": "x"}}, "k"), 404
    )
    problem(api.as_(MAKER).post("/payment-items/steps/hold", {"manifest": manifest, "data": {"reason": "x"}}, "k"), 404)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({}, ("ids", "ids")),
        ({"ids": "all"}, ("ids", "ids")),
        ({"ids": [1, 2]}, ("id", "ids")),
        ({"ids": [], "manifest": "0000000000000"}, ("one_of_two", "manifest")),
        ({"ids": [], "data": 5}, ("object", "data")),
    ],
)
def test_a_set_that_cannot_be_read_is_refused(api: Api, body: Any, found: tuple[str, str]) -> None:
    assert codes(api.as_(SPECIALIST).post("/claims/steps/accept", body), 422) == [found]


def test_the_same_key_gives_the_first_answer_and_another_body_is_refused(api: Api) -> None:
    one, two = api.paying.pending(100_00, 200_00)
    maker = api.as_(MAKER)
    first = maker.post(PREPARE, {"ids": names([one]), "data": LINE}, "same")
    again = maker.post(PREPARE, {"ids": names([one]), "data": LINE}, "same")
    assert again.get_json() == first.get_json()
    assert api.paying.item(one).version == 2, "it was done once"
    assert codes(maker.post(PREPARE, {"ids": names([two]), "data": LINE}, "same"), 422) == [("key_reused", "key")]


def test_a_single_step_repeated_with_its_key_is_done_once(api: Api) -> None:
    [item] = api.paying.pending(100_00)
    checker = api.as_(CHECKER)
    answers = [checker.step("payment-items", public_id(item), "hold", key="k", reason="核对") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.get_json()["version"] for answer in answers} == {2}
    refused = [checker.step("payment-items", public_id(item), "approve", version=2, key="r") for _ in range(2)]
    assert codes(refused[0], 409) == codes(refused[1], 409)


def test_two_requests_at_once_with_one_key_act_once(make_api: Callable[..., Api]) -> None:
    api = make_api("postgresql")
    items = api.paying.pending(*([100_00] * 50))
    gate, statuses = threading.Barrier(4), []

    def send() -> None:
        program = api.as_(MAKER)
        gate.wait(10)
        statuses.append(program.post(PREPARE, {"ids": names(items), "data": LINE}, "once").status_code)

    api.token("finance_maker")
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert statuses == [200] * 4, "the later ones waited for the first and give its answer"
    with api.database.session() as session:
        written = select(func.count()).select_from(History).where(History.step == "prepare")
        assert session.execute(written).scalar_one() == 50


def test_whoever_runs_into_somebody_else_s_rows_is_told_to_try_again_and_nothing_is_half_done(
    make_api: Callable[..., Api],
) -> None:
    api = make_api("postgresql")
    items = sorted(api.paying.prepared(100_00, 200_00))
    checker, wish = api.as_(CHECKER), ("/payment-items/steps/approve", {"ids": names(items)}, "one")
    line, row = (f"select id from {table} where id = %s for update" for table in ("budget_lines", "cases"))
    waiting = "select count(*) from pg_locks where not granted"
    with ThreadPoolExecutor(1) as pool, api.database.engine.connect() as other:
        other.exec_driver_sql("set deadlock_timeout = '1min'")  # it is the request that finds itself in a circle
        other.exec_driver_sql(line, (HOUSING,))
        asked = pool.submit(checker.post, *wish)
        wait_for(lambda: other.exec_driver_sql(waiting).scalar_one() == 1, "the request's waiting")
        other.exec_driver_sql(row, (items[0],))
        assert codes(asked.result(30), 409) == [("another_at_once", None)]
    assert [api.paying.state(item) for item in items] == ["pending"] * 2
    assert sorted(checker.post(*wish).get_json()["moved"]) == names(items)


def test_whoever_is_told_to_try_again_does_so_with_the_same_key(make_api: Callable[..., Api]) -> None:
    api = make_api("postgresql")
    [item] = api.paying.pending(100_00)
    checker, wish = api.as_(CHECKER), ("payment-items", public_id(item), "hold")
    with api.database.engine.connect() as other:
        other.exec_driver_sql("select id from cases where id = %s for update", (item,))
        assert codes(checker.step(*wish, key="k", reason="核对"), 409) == [("in_another_hand", None)]
    assert checker.step(*wish, key="k", reason="核对").status_code == 200
    assert checker.step(*wish, key="k", reason="核对").get_json()["version"] == 2, "and it is done once"


@pytest.mark.parametrize("money", [("payment-items", "hold"), ("payment-batches", "check"), ("claims", "determine")])
def test_steps_with_money_need_a_key(api: Api, money: tuple[str, str]) -> None:
    thing, step = money
    role = {"hold": CHECKER, "check": CHECKER, "determine": Role.TALENT_OFFICE}[step]
    said = codes(api.as_(role).post(f"/{thing}/steps/{step}", {"ids": []}), 422)
    assert ("key_required", "Idempotency-Key") in said


def test_a_list_costs_the_same_for_one_row_as_for_two_hundred(both: Api) -> None:
    both.paying.prepared(100_00)
    program = both.as_(CHECKER)
    program.get("/payment-items")
    costs = []
    for more in (0, 199):
        if more:
            both.paying.prepared(*([100_00] * more))
        with both.counted() as sent:
            assert len(program.get("/payment-items", limit=200).get_json()["items"]) == more + 1
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 12, costs
