"""What programs may rely on: names, shapes, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.ids import new_id, parse_id, public_id
from concierge.engine.tables import AuditEntry
from concierge.queries.things.kinds import CASES
from concierge.queries.things.plain import PLAIN
from concierge.rules.roles import Role
from tests.api.conftest import BASE, Api, Program
from tests.office import EXPERT, OTHER_EXPERT

SPECIALIST, CHECKER, MAKER, OFFICE = Role.SPECIALIST, Role.FINANCE_CHECKER, Role.FINANCE_MAKER, Role.TALENT_OFFICE
PROMISED = {"id", "number", "state", "version", "due_on", "light", "holder", "since", "steps"}


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer, checked for its shape."""
    assert answer.status_code == status, answer.get_data(as_text=True)[:400]
    assert answer.mimetype == "application/problem+json"
    said = answer.get_json()
    assert said["status"] == status
    assert said["reasons"]
    assert all(set(reason) == {"code", "text", "field"} and reason["text"] for reason in said["reasons"])
    return said


def codes(answer: Any, status: int) -> list[tuple[str, str | None]]:
    """Code and field of every reason."""
    return [(reason["code"], reason["field"]) for reason in problem(answer, status)["reasons"]]


def test_without_a_token_nothing_is_told(api: Api) -> None:
    answer = api.nobody().get("/claims")
    assert codes(answer, 401) == [("not_authenticated", None)]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["nonsense", "x" * 500, "ünïcode"])
def test_a_wrong_token_is_as_good_as_none(api: Api, token: str) -> None:
    assert codes(Program(api.app.test_client(), token).get("/claims"), 401) == [("not_authenticated", None)]


def test_a_log_in_by_cookie_means_nothing_to_the_api(api: Api) -> None:
    visitor = api.app.test_client()
    page = visitor.get("/login").get_data(as_text=True)
    field = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": field, "login": "specialist", "password": "Wangchuan-2026"}
    assert visitor.post("/login", data=sent).status_code == 302
    assert visitor.get(f"{BASE}/claims").status_code == 401
    assert visitor.post(f"{BASE}/claims", json={}).status_code == 401


def test_a_role_without_business_here_is_refused_and_that_is_written_down(api: Api) -> None:
    assert codes(api.as_(Role.SYSTEM_ADMIN).get("/claims"), 403) == [("not_your_role", None)]
    with api.database.session() as session:
        denied = session.execute(select(AuditEntry).where(AuditEntry.act == "denied")).scalar_one()
    assert (denied.result, denied.data["endpoint"]) == ("refused", "api.claims_list")


def test_a_step_of_another_role_is_refused_without_telling_whether_the_case_exists(api: Api) -> None:
    [claim] = api.paying.claims(100_00)
    program = api.as_(SPECIALIST)
    for case_id in (claim, new_id()):
        assert codes(program.step("claims", public_id(case_id), "determine", key="a"), 403) == [("not_your_role", None)]


@pytest.mark.parametrize("thing", [thing.name for thing in (*CASES, *PLAIN)])
def test_what_is_absent_and_what_is_out_of_sight_answer_alike(api: Api, thing: str) -> None:
    """The expert asks for things of the other expert, and for some that never were."""
    api.paying.pending(100_00, person=OTHER_EXPERT)
    foreign = first_of(api, thing)
    expert = api.as_(Role.EXPERT)
    answers = [expert.get(f"/{thing}/{public_id(i)}") for i in (foreign or new_id(), new_id())]
    told = [_without_the_reference(answer) for answer in answers]
    assert told[0] == told[1]
    assert answers[0].status_code in (403, 404)


def first_of(api: Api, thing: str) -> int | None:
    """Something of this kind that the expert may not see."""
    seen = api.as_(OFFICE).get(f"/{thing}")
    if seen.status_code != 200:
        return None
    others = [row for row in seen.get_json()["items"] if row.get("expert_id") not in (None, public_id(EXPERT))]
    if thing == "experts":
        others = [row for row in seen.get_json()["items"] if row["id"] == public_id(OTHER_EXPERT)]
    return parse_id(others[0]["id"]) if others else None


def _without_the_reference(answer: Any) -> Any:
    said = answer.get_json()
    return answer.status_code, {name: said[name] for name in said if name not in ("reference", "instance")}


def test_an_item_tells_where_it_stands_and_which_steps_are_open_and_why_not(api: Api) -> None:
    [item] = api.paying.pending(150_000_00)
    told = api.as_(CHECKER).get(f"/payment-items/{public_id(item)}").get_json()
    assert set(told) >= PROMISED
    assert told["amount_fen"] == 150_000_00
    assert (told["state"], told["version"], told["holder"], told["light"]) == ("pending", 1, "finance", "green")
    steps = {step["name"]: step for step in told["steps"]}
    assert not steps["approve"]["allowed"]
    assert [reason["code"] for reason in steps["approve"]["reasons"]] == ["budget_unnamed"]
    assert steps["hold"] == {"name": "hold", "label": steps["hold"]["label"], "allowed": True, "reasons": []}


def test_a_list_walks_by_key_and_counts_only_when_asked(api: Api) -> None:
    items = api.paying.pending(*([100_00] * 7))
    program, seen, query = api.as_(CHECKER), [], {"limit": 3}
    while True:
        page = program.get("/payment-items", **query).get_json()
        assert set(page) == {"items", "next"}
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [public_id(i) for i in sorted(items)]
    assert program.get("/payment-items", count="true", limit=1).get_json()["total"] == 7


def test_a_count_ends_at_a_thousand(api: Api) -> None:
    api.paying.claims(*([1_00] * 1001))
    assert api.as_(OFFICE).get("/claims", count="true", limit=1).get_json()["total"] == "1000+"


def test_lists_are_narrowed_by_state_expert_holder_and_what_belongs_to_the_kind(api: Api) -> None:
    mine, other = api.paying.pending(100_00), api.paying.pending(200_00, person=OTHER_EXPERT)
    program = api.as_(CHECKER)

    def ids(**query: Any) -> list[str]:
        return [row["id"] for row in program.get("/payment-items", **query).get_json()["items"]]

    assert ids(expert=public_id(EXPERT)) == [public_id(mine[0])]
    assert ids(state="pending", expert=public_id(OTHER_EXPERT)) == [public_id(other[0])]
    assert ids(state="approved") == []
    first = program.get(f"/payment-items/{public_id(mine[0])}").get_json()
    assert ids(claim=first["claim_id"]) == [public_id(mine[0])]
    assert ids(holder=first["holder_id"], open="true") == [public_id(mine[0]), public_id(other[0])]


def test_a_list_refuses_what_it_does_not_understand_and_names_it_all(api: Api) -> None:
    answer = api.as_(CHECKER).get("/claims", limit="201", state="nowhere", stat="draft", cursor="x", count="yes")
    assert codes(answer, 422) == [
        ("number", "limit"),
        ("choice", "state"),
        ("unknown_filter", "stat"),
        ("id", "cursor"),
        ("yes_or_no", "count"),
    ]


def test_a_step_answers_with_the_case_as_it_then_is(api: Api) -> None:
    [item] = api.paying.pending(100_00)
    answer = api.as_(CHECKER).step("payment-items", public_id(item), "hold", key="h", reason="核对账户")
    assert answer.status_code == 200
    assert (answer.get_json()["state"], answer.get_json()["version"]) == ("held", 2)


def test_a_refused_step_names_every_reason(api: Api) -> None:
    [item] = api.paying.pending(100_00, is_suspended=True)
    said = codes(api.as_(CHECKER).step("payment-items", public_id(item), "approve", version=9, key="k"), 409)
    assert {code for code, _field in said} >= {"stale", "budget_unnamed"}


def test_wrong_input_names_every_field(api: Api) -> None:
    [item] = api.paying.pending(100_00)
    address = f"/payment-items/{public_id(item)}/steps/hold"
    program = api.as_(CHECKER)
    assert codes(program.post(address, {"version": "1"}), 422) == [
        ("number", "version"),
        ("key_required", "Idempotency-Key"),
    ]
    assert codes(program.post(address, {"version": 1}, "k"), 422) == [("required", "reason")]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"version": NaN}', b'{"version": 1, "data": "\\ud800"}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_json_object_is_refused(api: Api, body: bytes) -> None:
    program = api.as_(CHECKER)
    answer = program.client.post(f"{BASE}/payment-items/steps/hold", data=body, headers=program.headers)
    assert codes(answer, 422) == [("not_json", None)]


def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    program = api.as_(SPECIALIST)
    answer = program.client.post(f"{BASE}/claims/steps/accept", data=b" " * 5_000_000, headers=program.headers)
    assert codes(answer, 413) == [("too_large", None)]


@pytest.mark.parametrize("path", ["/nothing", "/claims/short", "/claims/steps/fly", "/claims/0000000000000/steps/fly"])
def test_an_unknown_address_is_a_problem_document(api: Api, path: str) -> None:
    assert codes(api.nobody().get(path), 404) == [("not_found", None)]


def test_a_method_that_is_not_known_is_told_which_are(api: Api) -> None:
    answer = api.as_(SPECIALIST).client.delete(f"{BASE}/claims")
    problem(answer, 405)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_texts_are_in_the_language_that_is_asked_for(api: Api) -> None:
    program, texts = api.as_(CHECKER), []
    for language in ("en", "zh-CN"):
        answer = program.client.get(f"{BASE}/experts", headers=program.headers | {"Accept-Language": language})
        texts.append(answer.get_json()["reasons"][0]["text"])
    assert texts[0] == "your role may not do this"
    assert texts[1] != texts[0]


def test_too_many_requests_are_told_when_to_come_back(api: Api) -> None:
    api.app.config["API_LIMIT"] = "3 per minute"
    program = api.as_(SPECIALIST)
    assert [program.get("/districts").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = program.get("/districts")
    assert codes(answer, 429) == [("too_many_requests", None)]
    assert int(answer.headers["Retry-After"]) > 0
    assert api.as_(OFFICE).get("/districts").status_code == 200, "each token has its own allowance"


def test_personal_numbers_are_masked_and_the_other_districts_rows_are_not_there(api: Api) -> None:
    told = api.as_(SPECIALIST).get("/experts").get_json()["items"]
    assert {row["id_number"] for row in told} == {"*" * 14 + "0216", "*" * 14 + "0020"}
    assert {row["phone"] for row in told} == {"*******2671"}
    assert {row["category"] for row in told} == {"D"}
    assert [row["id"] for row in api.as_(Role.EXPERT).get("/experts").get_json()["items"]] == [public_id(EXPERT)]


@pytest.mark.parametrize("thing", PLAIN, ids=lambda thing: thing.name)
def test_every_thing_can_be_listed_and_read_by_each_of_its_roles(api: Api, thing: Any) -> None:
    api.paying.batch(100_00)
    for role in sorted(thing.roles):
        program = api.as_(role)
        page = program.get(f"/{thing.name}", count="true")
        assert page.status_code == 200, page.get_data(as_text=True)
        for row in page.get_json()["items"][:1]:
            assert program.get(f"/{thing.name}/{row['id']}").get_json() == row


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_filter_of_every_thing_answers_on_both_databases(make_api: Callable[..., Api], kind: str) -> None:
    api = make_api(kind)
    api.paying.batch(100_00)
    samples = {"id": public_id(EXPERT), "text": "x", "number": "2026", "date": "2026-11-23", "yes": "true"}
    for thing in (*CASES, *PLAIN):
        program = api.as_(next(iter(sorted(thing.roles))))
        for given in thing.filters:
            value = given.words[0] if given.words else samples[given.kind.value]
            answer = program.get(f"/{thing.name}", **{given.name: value, "count": "true"})
            assert answer.status_code == 200, (thing.name, given.name, answer.get_data(as_text=True))


def test_a_care_request_is_registered_and_answered_with_its_address(api: Api) -> None:
    wish = {"expert_id": public_id(EXPERT), "category": "housing", "text": "想在医院附近租房", "channel": "visit"}
    program = api.as_(SPECIALIST)
    first = program.post("/care-requests", wish, "one")
    assert first.status_code == 201
    told = first.get_json()
    assert (told["state"], told["category"], told["channel"]) == ("registered", "housing", "visit")
    assert program.client.get(first.headers["Location"], headers=program.headers).get_json() == told
    again = program.post("/care-requests", wish, "one")
    assert again.get_json()["id"] == told["id"]
    assert codes(program.post("/care-requests", wish | {"text": "x"}, "one"), 422) == [("key_reused", "key")]
