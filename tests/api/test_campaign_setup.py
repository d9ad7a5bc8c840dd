"""A program sets a campaign up as the pages do: what a campaign is made of is read, added to and corrected."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.db import transaction
from concierge.rules.roles import Role
from concierge.services.campaign_setup import add_group
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.campaigns import CAMPAIGN, DOCTORS, GROUPS, PARENT, write_campaign
from tests.office import EDUCATION, HEALTH, HR, NOW, actor

NEXT = {
    "code": "next", "name_zh": "三服务一促进", "name_en": "Three services", "starts_on": "2027-01-01",
    "ends_on": "2027-12-31", "units_of": public_id(CAMPAIGN),
}  # fmt: skip
NAMES = {"name_zh": "农牧", "name_en": "Farming"}


def with_campaign(api: Api) -> Api:
    with api.database.session() as session, transaction(session):
        write_campaign(session)
    return api


def test_a_program_begins_a_campaign_with_the_units_of_the_one_before(api: Api) -> None:
    office = with_campaign(api).as_(Role.TALENT_OFFICE)
    part: dict[str, Any] = {"campaign_id": public_id(CAMPAIGN), "unit_id": public_id(HEALTH), "part": "domain"}
    held = office.post("/campaign-units", part)
    assert held.status_code == 201
    assert codes(office.post("/campaign-units", part), 422) == [("unit_twice", "units")]
    made = office.post("/campaigns", NEXT)
    told = made.get_json()
    assert (made.status_code, told["year"], told["name"]["en"], told["parent_id"]) == (
        201,
        2027,
        "Three services",
        None,
    )
    [taken] = office.get("/campaign-units", campaign=told["id"]).get_json()["items"]
    assert (taken["unit_id"], taken["part"]) == (public_id(HEALTH), "domain")
    assert codes(office.post("/campaigns", NEXT | {"parent_id": public_id(PARENT)}), 422) == [
        ("code_taken", "code"), ("parent", "parent"),
    ]  # fmt: skip
    assert codes(office.post("/campaigns", {"code": "x", "ends_on": "soon"}), 422) == [
        ("required", "starts_on"), ("date", "ends_on"), ("required", "name_zh"), ("required", "name_en"),
    ]  # fmt: skip
    problem(office.post("/campaigns", NEXT | {"code": "x", "units_of": public_id(7)}), 404)
    problem(api.as_(Role.SECTOR).post("/campaigns", NEXT), 403)


def test_a_program_corrects_a_campaign_that_is_only_begun(api: Api) -> None:
    office = with_campaign(api).as_(Role.TALENT_OFFICE)
    begun = {name: value for name, value in NEXT.items() if name != "units_of"}
    made = office.post("/campaigns", begun | {"code": "nxt"}, "once").get_json()
    assert office.post("/campaigns", begun | {"code": "nxt"}, "once").get_json()["id"] == made["id"]
    there = f"/campaigns/{made['id']}/correction"
    assert office.post(there, begun).get_json()["code"] == "next"
    assert codes(office.post(there, begun | {"ends_on": "soon"}), 422) == [("date", "ends_on")]
    above = f"/campaigns/{public_id(PARENT)}/correction"
    assert codes(office.post(above, begun), 422)[0] == ("code_taken", "code")


@pytest.mark.parametrize(
    ("there", "body"),
    [
        ("/reporting-groups", NAMES | {"code": "farming", "position": 3}),
        (f"/reporting-groups/{public_id(GROUPS['health'])}/correction", NAMES | {"position": 3}),
        ("/service-fields", NAMES | {"code": "x", "group_id": public_id(GROUPS["health"]), "unit_id": public_id(HR)}),
        (
            f"/service-fields/{public_id(DOCTORS)}/correction",
            NAMES | {"group_id": public_id(GROUPS["health"]), "unit_id": public_id(HR)},
        ),
        ("/campaign-units", {"campaign_id": public_id(CAMPAIGN), "unit_id": public_id(HR), "part": "support"}),
    ],
)
def test_an_act_of_the_set_up_under_one_key_is_done_once(api: Api, there: str, body: dict[str, Any]) -> None:
    office = with_campaign(api).as_(Role.TALENT_OFFICE)
    first, again = (office.post(there, body, "once") for _twice in range(2))
    assert first.status_code == again.status_code
    assert first.get_json() == again.get_json()
    assert codes(office.post(there, body | {"unit_id": public_id(EDUCATION), "position": 4}, "once"), 422) == [
        ("key_reused", "key")
    ]


def test_a_program_gives_a_unit_another_part_and_takes_it_out(api: Api) -> None:
    office = with_campaign(api).as_(Role.TALENT_OFFICE)
    part = {"campaign_id": public_id(CAMPAIGN), "unit_id": public_id(HR), "part": "support"}
    there = f"/campaign-units/{office.post('/campaign-units', part).get_json()['id']}"
    for _twice in range(2):
        told = office.post(f"{there}/part", {"part": "participant"}, "once").get_json()
        assert told["part"] == "participant"
    assert codes(office.post(f"{there}/part", {"part": "spectator"}), 422) == [("choice", "part")]
    for _twice in range(2):
        assert office.post(f"{there}/end", {}, "gone").status_code == 204
    problem(office.get(there), 404)


def test_a_program_adds_and_corrects_groups_and_fields(api: Api) -> None:
    office = with_campaign(api).as_(Role.TALENT_OFFICE)
    group = office.post("/reporting-groups", NAMES | {"code": "farming", "position": 3}).get_json()
    assert (group["code"], group["position"]) == ("farming", 3)
    field = {"code": "farming", "group_id": group["id"], "unit_id": public_id(EDUCATION)} | NAMES
    made = office.post("/service-fields", field)
    assert (made.status_code, made.get_json()["group_id"]) == (201, group["id"])
    assert codes(office.post("/service-fields", field | {"unit_id": public_id(7)}), 422) == [
        ("code_taken", "code"), ("unknown_unit", "unit"),
    ]  # fmt: skip
    there = f"/service-fields/{public_id(DOCTORS)}/correction"
    led = NAMES | {"group_id": public_id(GROUPS["health"]), "unit_id": public_id(HR)}
    assert office.post(there, led).get_json()["unit_id"] == public_id(HR)
    assert codes(office.post(there, led | {"group_id": "?"}), 422) == [("id", "group_id")]
    there = f"/reporting-groups/{group['id']}/correction"
    assert office.post(there, NAMES | {"position": 1}).get_json()["position"] == 1
    assert codes(office.post(there, NAMES | {"position": 1000}), 422) == [("number", "position")]
    assert len(api.as_(Role.SECTOR).get("/service-fields").get_json()["items"]) == 3


def test_of_two_officers_with_one_code_at_one_moment_the_second_is_told_so(make_api: Callable[..., Api]) -> None:
    api, met = with_campaign(make_api("postgresql")), list[int]()
    office, group = api.as_(Role.TALENT_OFFICE), {"code": "farming", "name_zh": "农牧", "name_en": "Farming"}

    def another_is_faster(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if met or not statement.startswith("INSERT INTO reporting_groups"):
            return
        met.append(1)
        who: dict[str, Any] = {"actor": actor(Role.TALENT_OFFICE), "now": NOW}
        with api.database.session() as other:
            add_group(other, **who, code="farming", name=Bilingual("农牧", "Farming"), position=3)

    event.listen(Engine, "before_cursor_execute", another_is_faster)
    try:
        answer = office.post("/reporting-groups", group | {"position": 4})
    finally:
        event.remove(Engine, "before_cursor_execute", another_is_faster)
    assert met
    assert codes(answer, 409) == [("another_at_once", None)]
