"""The household of an expert through the API: written down once, read without names, taken out from a day on."""

from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.office import EXPERT, NUMBERS, OTHER_EXPERT

MEMBERS = "/household-members"
CHILD = {"expert_id": public_id(EXPERT), "relation": "child", "name": "沈小满", "birth_on": "2017-05-04"}


def test_a_child_is_written_down_once_and_belongs_no_more_from_a_day_on(api: Api) -> None:
    program = api.as_(Role.SPECIALIST)
    made = program.post(MEMBERS, CHILD, "once")
    told = made.get_json()
    assert made.status_code == 201
    assert (told["expert_id"], told["relation"], told["birth_on"], told["left_on"]) == (
        CHILD["expert_id"], "child", "2017-05-04", None,
    )  # fmt: skip
    assert "沈小满" not in made.get_data(as_text=True), "names stay sealed"
    assert program.post(MEMBERS, CHILD, "once").get_json() == told
    assert codes(program.post(MEMBERS, CHILD), 422) == [("known_already", "name")]
    assert codes(program.post(MEMBERS, CHILD | {"name": "小雨"}, "once"), 422) == [("key_reused", "key")]
    [listed] = program.get(MEMBERS, expert=CHILD["expert_id"], relation="child").get_json()["items"]
    assert listed == told
    there = f"{MEMBERS}/{told['id']}/removal"
    problem(program.post(there, {"expert_id": public_id(OTHER_EXPERT)}), 404)
    for _again in range(2):
        assert program.post(there, {"expert_id": CHILD["expert_id"]}).get_json()["left_on"] == "2026-11-23"


def test_a_spouse_joins_the_household_and_every_mistake_is_named(api: Api) -> None:
    program = api.as_(Role.SPECIALIST_LEAD)
    wrong = {"relation": "friend", "birth_on": "soon", "id_number": 5}
    assert {field for _code, field in codes(program.post(MEMBERS, wrong), 422)} == {"expert_id", "name", *wrong}
    assert codes(program.post(MEMBERS, CHILD | {"birth_on": ""}), 422) == [("missing", "birth_on")]
    spouse = {"expert_id": CHILD["expert_id"], "relation": "spouse", "name": "阿依古丽·买买提"}
    number = {"id_number": NUMBERS[OTHER_EXPERT]}
    assert codes(program.post(MEMBERS, CHILD | number), 422) == [("spouse_only", "id_number")]
    made = program.post(MEMBERS, spouse | number, "spouse")
    assert made.status_code == 201
    assert NUMBERS[OTHER_EXPERT] not in made.get_data(as_text=True)
    again = program.post(MEMBERS, spouse | {"name": "又一人"})
    assert (again.status_code, [reason["code"] for reason in again.get_json()["reasons"]]) == (409, ["second_spouse"])
    problem(api.as_(Role.EMPLOYER).post(MEMBERS, CHILD), 403)
