"""A program writes down what a campaign plans and who answers for it, and what is sent twice is done once."""

from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.tables import RepeatKey
from concierge.models.account import Account
from concierge.models.campaign import CampaignUnit
from concierge.rules.roles import Role
from concierge.services.repeats import UNDER_WAY
from tests.api.conftest import Api
from tests.api.test_contract import codes, problem
from tests.campaigns import CAMPAIGN, DOCTORS, TEACHING, write_campaign
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, HEALTH, TOWNSHIP

OF = {"campaign_id": public_id(CAMPAIGN)}
BASIS = OF | {"level": "district", "number": "望人才〔2026〕1号", "title": "年度方案", "issued_on": "2026-01-05"}
YEAR = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
TOPIC = OF | {"title": "牧区远程会诊", "deliverable": "一套流程", "deliver_by": "2026-12-20"}
POST: dict[str, Any] = OF | {
    "unit_id": public_id(HEALTH),
    "post": "first",
    "person_name": "书记甲",
    "starts_on": "2026-01-05",
}
FRESH = {"password": "Fresh-2026"}


@pytest.fixture
def campaign(api: Api) -> Api:
    """The office with its campaign, in which the health commission has a part."""
    with api.database.session() as session, transaction(session):
        write_campaign(session)
        part = {"campaign_id": CAMPAIGN, "unit_id": HEALTH, "part": "domain"}
        session.add(CampaignUnit(id=901, district_id=DISTRICT, **part))
    return api


def test_a_bureau_plans_its_own_field_on_a_document_that_the_office_named(campaign: Api) -> None:
    office, bureau = campaign.as_(Role.TALENT_OFFICE), campaign.as_(Role.SECTOR)
    basis = office.post("/basis-documents", BASIS)
    assert (basis.status_code, basis.get_json()["number"]) == (201, "望人才〔2026〕1号")
    assert codes(office.post("/basis-documents", BASIS), 422) == [("number_taken", "number")]
    plan = OF | YEAR | {"field_id": public_id(DOCTORS), "basis_id": basis.get_json()["id"], "title": "卫健计划"}
    made = bureau.post("/plans", plan)
    assert made.status_code == 201
    assert codes(bureau.post("/plans", plan), 422) == [("planned_already", "field")]
    problem(bureau.post("/plans", plan | {"field_id": public_id(TEACHING)}), 404)
    task = {"plan_id": made.get_json()["id"], "unit_id": public_id(HEALTH), "words": "下乡", "measure": "batches"}
    told = bureau.post("/plan-tasks", task | {"target": 12, "due_on": "2026-12-31"}).get_json()
    assert (told["target"], told["reached"]) == (12, 0)
    assert codes(bureau.post("/plan-tasks", task | {"target": 0}), 422) == [
        ("required", "due_on"),
        ("number", "target"),
    ]
    assert [row["id"] for row in office.get("/plans").get_json()["items"]] == [made.get_json()["id"]]


def test_the_office_posts_topics_names_who_answers_and_writes_meetings_down(campaign: Api) -> None:
    office, bureau = campaign.as_(Role.TALENT_OFFICE), campaign.as_(Role.SECTOR)
    topic = office.post("/topics", TOPIC)
    assert (topic.status_code, topic.get_json()["state"]) == (201, "posted")
    assert codes(office.post("/topics", TOPIC | {"deliver_by": "2026-01-01"}), 422) == [("deliver_by", "deliver_by")]
    first = office.post("/campaign-posts", POST).get_json()
    office.post("/campaign-posts", POST | {"person_name": "书记乙", "starts_on": "2026-06-01"})
    assert bureau.get(f"/campaign-posts/{first['id']}").get_json()["ends_on"] == "2026-05-31"
    asked = {"unit_id": public_id(TOWNSHIP), "words": "报需求", "due_on": "2026-11-20"}
    meeting = OF | {"kind": "progress", "held_on": "2026-11-16", "title": "推进会", "asked": [asked]}
    held = office.post("/meetings", meeting)
    assert (held.status_code, held.get_json()["title"]) == (201, "推进会")
    wrong = meeting | {"asked": [asked, asked | {"unit_id": "x"}, "soon"]}
    assert codes(office.post("/meetings", wrong), 422) == [
        ("id", "asked.1.unit_id"), ("required", "asked.2.unit_id"), ("required", "asked.2.words"),
        ("required", "asked.2.due_on"),
    ]  # fmt: skip
    assert len(bureau.get("/meetings", kind="progress").get_json()["items"]) == 1
    for path, body in (("topics", TOPIC), ("campaign-posts", POST), ("meetings", meeting)):
        problem(bureau.post(f"/{path}", body), 403)


def test_whatever_is_written_is_done_once_under_a_key_and_its_body_is_not_kept(campaign: Api) -> None:
    office = campaign.as_(Role.TALENT_OFFICE)
    first = office.post("/basis-documents", BASIS, "once")
    again = office.post("/basis-documents", BASIS, "once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert codes(office.post("/basis-documents", BASIS | {"title": "x"}, "once"), 422) == [("key_reused", "key")]
    assert codes(office.post("/basis-documents", BASIS, "twice"), 422) == [("number_taken", "number")]
    assert office.post("/basis-documents", BASIS | {"number": "2"}, "twice").status_code == 201, (
        "a refusal keeps no key"
    )


def test_an_act_whose_end_is_not_known_is_asked_again(campaign: Api) -> None:
    office = campaign.as_(Role.TALENT_OFFICE)
    office.post("/basis-documents", BASIS, "once")
    with campaign.database.session() as session, session.begin():
        kept = session.execute(select(RepeatKey)).scalar_one()
        kept.answer = {}
    assert codes(office.post("/basis-documents", BASIS, "once"), 409) == [("under_way", "key")]
    with campaign.database.session() as session, session.begin():
        session.get_one(RepeatKey, kept.id).at = kept.at - 2 * UNDER_WAY
    assert codes(office.post("/basis-documents", BASIS, "once"), 422) == [("number_taken", "number")]


def test_an_account_is_reset_by_one_administrator_and_let_in_by_another(api: Api) -> None:
    system, security = api.as_(Role.SYSTEM_ADMIN), api.as_(Role.SECURITY_ADMIN)
    clerk = f"/users/{public_id(ACCOUNTS[Role.HR])}"
    assert codes(system.post(f"{clerk}/reset", {"password": "short"}), 422) == [("weak_password", "new_password")]
    told = system.post(f"{clerk}/reset", FRESH, "once")
    assert (told.status_code, told.get_json()["is_disabled"]) == (200, True)
    assert "Fresh-2026" not in told.get_data(as_text=True)
    problem(security.post(f"{clerk}/reset", FRESH), 403)
    problem(system.post(f"{clerk}/readmission", {}), 403)
    assert security.post(f"{clerk}/readmission", {}).get_json()["is_disabled"] is False
    assert system.post(f"{clerk}/reset", FRESH, "once").get_json()["is_disabled"] is False, "it is not done again"
    administrator = f"/users/{public_id(ACCOUNTS[Role.AUDIT_ADMIN])}/reset"
    assert codes(system.post(administrator, FRESH), 409) == [("administrator", None)]
    with api.database.session() as session, session.begin():
        assert session.get_one(Account, ACCOUNTS[Role.HR]).must_change_password
        assert all("Fresh" not in str(row.answer) for row in session.execute(select(RepeatKey)).scalars())
