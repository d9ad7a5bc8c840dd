"""The campaign through the API: an order for a need, a finding, an appeal against what follows from it."""

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.dispatch import Activity
from concierge.rules.roles import Role
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, VILLAGE, Orders, write_campaign
from tests.office import EDUCATION, HEALTH, HOSPITAL, OFFICE

FOUND = {"visited_on": "2026-11-20", "grade": "major", "words": "台账缺失", "asked": "补齐台账"}


def with_campaign(api: Api) -> Api:
    with api.database.session() as session, transaction(session):
        write_campaign(session)
    return api


def test_an_order_is_raised_once_and_every_mistake_in_it_is_named(api: Api) -> None:
    bureau = with_campaign(api).as_(Role.SECTOR)
    wrong = {"starts_on": "tomorrow", "channel": "dove", "half_days": 0}
    assert codes(bureau.post("/dispatch-orders", wrong), 422) == [
        ("date", "starts_on"), ("choice", "channel"), ("required", "field_id"), ("required", "host_unit_id"),
        ("required", "need"), ("number", "half_days"),
    ]  # fmt: skip
    wanted = {"field_id": public_id(DOCTORS), "host_unit_id": public_id(VILLAGE), "need": "慢病义诊"}
    wanted |= {"starts_on": "2026-11-24", "channel": "phone"}
    made = bureau.post("/dispatch-orders", wanted, "once")
    told = made.get_json()
    assert (made.status_code, told["state"], told["need"], told["half_days"]) == (201, "raised", "慢病义诊", 2)
    assert bureau.post("/dispatch-orders", wanted, "once").get_json()["id"] == told["id"]
    assert bureau.step("dispatch-orders", told["id"], "triage", mode="team").get_json()["state"] == "triaged"
    assert codes(bureau.post("/dispatch-orders", wanted | {"field_id": public_id(7)}), 422) == [
        ("unknown_field", "field")
    ]
    liaison = api.as_(Role.UNIT_LIAISON)
    assert codes(liaison.post("/dispatch-orders", wanted | {"host_unit_id": public_id(OFFICE)}), 422) == [
        ("foreign_unit", "host")
    ]


def test_how_much_was_done_on_an_order_is_written_down_once(api: Api) -> None:
    with with_campaign(api).database.session() as session:
        order_id = Orders(session).served()
    bureau, there = api.as_(Role.SECTOR), f"/dispatch-orders/{public_id(order_id)}/done"
    for _twice in range(2):
        told = bureau.post(there, {"kind": "clinic", "amount": 30}, "once").get_json()
        assert (told["id"], told["state"]) == (public_id(order_id), "served")
    assert codes(bureau.post(there, {"kind": "dance", "amount": 0}), 422) == [("choice", "kind"), ("number", "amount")]
    with api.database.session() as session:
        [line] = session.execute(select(Activity)).scalars()
        assert (line.kind, line.amount, line.order_id) == ("clinic", 30, order_id)


def test_a_finding_is_written_down_once_by_the_team(api: Api) -> None:
    team = with_campaign(api).as_(Role.SUPERVISOR)
    wanted = FOUND | {"unit_id": public_id(EDUCATION)}
    made = team.post("/findings", wanted, "once")
    told = made.get_json()
    assert (made.status_code, told["state"], told["limit_days"], told["grade"]) == (201, "found", 10, "major")
    assert team.post("/findings", wanted, "once").get_json()["id"] == told["id"]
    assert codes(team.post("/findings", wanted | {"visited_on": "2026-12-20"}), 422) == [("too_early", "visited_on")]
    problem(api.as_(Role.SECTOR).post("/findings", wanted), 403)


def test_a_unit_appeals_once_and_the_talent_office_decides(api: Api) -> None:
    team, bureau = with_campaign(api).as_(Role.SUPERVISOR), api.as_(Role.SECTOR)
    found = team.post("/findings", FOUND | {"unit_id": public_id(HEALTH)}).get_json()
    for step in ("issue", "escalate"):
        found = team.step("findings", found["id"], step, found["version"]).get_json()
    [missed] = bureau.get("/negative-records", source=found["id"]).get_json()["items"]
    there = f"/negative-records/{missed['id']}"
    problem(api.as_(Role.HR).post(f"{there}/appeal", {"words": "不是我们"}), 404)
    office = api.as_(Role.TALENT_OFFICE)
    decided = {"answer": "lift", "decision": "情况属实"}
    assert codes(office.post(f"{there}/decision", decided), 409) == [("nothing_to_decide", None)]
    for _twice in range(2):
        told = bureau.post(f"{there}/appeal", {"words": "系统故障"}, "once").get_json()
    assert (told["appeal"], told["lifted_at"]) == ("系统故障", None)
    assert codes(bureau.post(f"{there}/appeal", {"words": "再诉"}), 409) == [("appealed_already", None)]
    assert codes(office.post(f"{there}/decision", {"answer": "maybe"}), 422) == [
        ("choice", "answer"), ("required", "decision"),
    ]  # fmt: skip
    for _twice in range(2):
        assert office.post(f"{there}/decision", decided, "once").get_json()["lifted_at"] is not None


def test_the_office_deducts_by_program_as_on_the_page(api: Api) -> None:
    team, office = with_campaign(api).as_(Role.SUPERVISOR), api.as_(Role.TALENT_OFFICE)
    found = team.post("/findings", FOUND | {"unit_id": public_id(HEALTH)}).get_json()
    items = office.get("/negative-items", kind="confirmed").get_json()["items"]
    assert ("fabricated", 1, 10, True) in {(i["code"], i["version"], i["points"], i["is_veto"]) for i in items}
    wanted = {"unit_id": public_id(HEALTH), "item": "fabricated", "number": found["number"], "evidence": "人次虚报"}
    assert codes(office.post("/negative-records", {"evidence": ""}), 422) == [
        ("required", "unit_id"), ("required", "item"), ("required", "number"), ("required", "evidence"),
    ]  # fmt: skip
    foreign = office.post("/negative-records", wanted | {"unit_id": public_id(EDUCATION)})
    assert codes(foreign, 422) == [("other_unit", "unit")]
    problem(team.post("/negative-records", wanted), 403)
    made = office.post("/negative-records", wanted, "once")
    told = made.get_json()
    assert (made.status_code, told["rule_version"], told["points"], told["expires_on"]) == (201, 1, 10, None)
    assert office.post("/negative-records", wanted, "once").get_json()["id"] == told["id"]
    assert codes(office.post("/negative-records", wanted), 409) == [("listed_already", None)]


def test_a_program_keeps_the_people_of_a_field_as_the_page_does(api: Api) -> None:
    bureau = with_campaign(api).as_(Role.SECTOR)
    field, hospital = public_id(DOCTORS), public_id(HOSPITAL)
    wanted = {"field_id": field, "full_name": "护士丁", "home_unit_id": hospital, "specialty": "急救护理"}
    assert codes(bureau.post("/service-experts", {"has_file": "maybe"}), 422) == [
        ("required", "field_id"), ("yes_or_no", "has_file"), ("required", "full_name"), ("required", "home_unit_id"),
    ]  # fmt: skip
    made = bureau.post("/service-experts", wanted)
    nurse = made.get_json()
    assert (made.status_code, nurse["full_name"], nurse["is_active"], nurse["has_file"]) == (201, "护士丁", True, False)
    assert codes(bureau.post("/service-experts", wanted), 422) == [("listed_already", "full_name")]
    assert len(bureau.get("/service-experts", field=field).get_json()["items"]) == 3
    team = {"field_id": field, "name_zh": "急救团队", "base_unit_id": hospital, "formed_on": "2026-11-02"}
    team |= {"member_ids": [nurse["id"], public_id(DOCTOR)]}
    told = bureau.post("/service-teams", team).get_json()
    assert (told["leader_id"], told["member_ids"]) == (nurse["id"], [nurse["id"], public_id(DOCTOR)])
    assert codes(bureau.post("/service-teams", team | {"formed_on": "2026-12-02"}), 422) == [
        ("name_taken", "name_zh"), ("too_early", "formed_on"),
    ]  # fmt: skip
    mentee = {"field_id": field, "expert_id": nurse["id"], "unit_id": public_id(VILLAGE), "mentee_name": "村医甲"}
    mentee |= {"starts_on": "2026-11-02"}
    assert bureau.post("/mentorships", mentee).get_json()["mentee_name"] == "村医甲"
    assert codes(bureau.post("/mentorships", mentee), 422) == [("followed_already", "mentee_name")]
    ended = bureau.post(f"/service-experts/{nurse['id']}/end", {})
    assert [reason["code"] for reason in ended.get_json()["reasons"]] == ["leads_team"]
    there = f"/service-teams/{told['id']}"
    led = {"name_zh": "急救团队", "base_unit_id": hospital, "formed_on": "2026-11-02", "leader_id": public_id(DOCTOR)}
    assert bureau.post(f"{there}/correction", led).get_json()["leader_id"] == public_id(DOCTOR)
    ended = bureau.post(f"/service-experts/{nurse['id']}/end", {})
    assert ended.get_json()["is_active"] is False
    problem(bureau.post(f"/service-experts/{nurse['id']}/end", {}), 409)
    office = api.as_(Role.TALENT_OFFICE)
    assert {row["full_name"] for row in office.get("/service-experts", is_active="false").get_json()["items"]} == {
        "护士丁"
    }


def test_a_program_changes_who_is_in_a_team_and_ends_it(api: Api) -> None:
    bureau = with_campaign(api).as_(Role.SECTOR)
    team = {"field_id": public_id(DOCTORS), "name_zh": "急救团队", "base_unit_id": public_id(HOSPITAL)}
    made = bureau.post("/service-teams", team | {"formed_on": "2026-11-02", "member_ids": [public_id(DOCTOR)]}, "once")
    there, other = f"/service-teams/{made.get_json()['id']}", public_id(COLLEAGUE)
    joins = {"expert_id": other, "joined_on": "2026-11-09"}
    for _twice in range(2):
        told = bureau.post(f"{there}/joining", joins, "joins").get_json()
        assert (told["member_ids"], told["former_member_ids"]) == ([public_id(DOCTOR), other], [])
    assert codes(bureau.post(f"{there}/joining", joins), 422) == [("member_already", "expert")]
    assert codes(bureau.post(f"{there}/leaving", {}), 422) == [("required", "expert_id"), ("required", "left_on")]
    told = bureau.post(f"{there}/leaving", {"expert_id": other, "left_on": "2026-11-16"}).get_json()
    assert (told["member_ids"], told["former_member_ids"]) == ([public_id(DOCTOR)], [other])
    assert bureau.post(f"{there}/end", {"ended_on": "2026-11-20"}).get_json()["ended_on"] == "2026-11-20"
    assert codes(bureau.post(f"{there}/end", {"ended_on": "2026-11-20"}), 409) == [("team_over", None)]
    for _twice in range(2):
        assert bureau.post(f"{there}/resumption", {}, "resumes").get_json()["ended_on"] is None
    assert codes(bureau.post(f"{there}/resumption", {}), 409) == [("team_stands", None)]


def test_a_program_corrects_a_mentee_and_strikes_him_out(api: Api) -> None:
    bureau = with_campaign(api).as_(Role.SECTOR)
    told = {"mentee_name": "村医甲", "unit_id": public_id(VILLAGE), "starts_on": "2026-11-02"}
    who = {"field_id": public_id(DOCTORS), "expert_id": public_id(DOCTOR)}
    there = f"/mentorships/{bureau.post('/mentorships', told | who).get_json()['id']}"
    assert bureau.post(f"{there}/correction", told | {"ended_on": "2026-11-20"}).get_json()["ended_on"] == "2026-11-20"
    assert bureau.post(f"{there}/correction", told).get_json()["ended_on"] is None
    assert bureau.post(f"{there}/removal", {}, "once").status_code == 204
    assert bureau.post(f"{there}/removal", {}, "once").status_code == 204
    problem(bureau.get(there), 404)


def test_a_program_that_names_no_campaign_means_the_one_that_runs_not_the_next_that_is_begun(api: Api) -> None:
    bureau, office = with_campaign(api).as_(Role.SECTOR), api.as_(Role.TALENT_OFFICE)
    begun = {"code": "next", "name_zh": "明年", "name_en": "Next", "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    assert office.post("/campaigns", begun).status_code == 201
    mentee = {"field_id": public_id(DOCTORS), "expert_id": public_id(DOCTOR), "unit_id": public_id(VILLAGE)}
    made = bureau.post("/mentorships", mentee | {"mentee_name": "村医甲", "starts_on": "2026-11-02"})
    assert (made.status_code, made.get_json()["campaign_id"]) == (201, public_id(CAMPAIGN))


def test_a_program_declares_somebody_and_takes_his_steps(api: Api) -> None:
    bureau = with_campaign(api).as_(Role.SECTOR)
    wanted = {"field_id": public_id(DOCTORS), "form": "shadowing", "programme": "进京跟岗", "host": "协作区医院"}
    wanted |= {"person_name": "医生甲", "unit_id": public_id(HOSPITAL), "declared_on": "2026-11-02"}
    assert codes(bureau.post("/placements", wanted | {"form": "holiday"}), 422) == [("choice", "form")]
    made = bureau.post("/placements", wanted)
    told = made.get_json()
    assert (made.status_code, told["state"], told["person_name"]) == (201, "declared", "医生甲")
    assert bureau.step("placements", told["id"], "approve").get_json()["state"] == "approved"
    there, again = f"/placements/{told['id']}/correction", {k: v for k, v in wanted.items() if k != "field_id"}
    assert bureau.post(there, again | {"person_name": "医生乙"}).get_json()["person_name"] == "医生乙"
    assert codes(bureau.post(there, again | {"host": ""}), 422) == [("required", "host")]
    problem(api.as_(Role.LEAD).post("/placements", wanted), 403)
