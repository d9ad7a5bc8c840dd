"""Supervision sheets on the desk: issued from the case, seen by the unit, with those in charge named."""

from concierge.basics.ids import public_id
from concierge.rules.care import Channel
from concierge.rules.roles import Role
from concierge.services.care import CareWish, register_care
from concierge.services.steps import step_named, take_step
from tests.office import ACCOUNTS, EXPERT, HEALTH, NOW, Office, actor, check_page, key_ring

SPECIALIST = actor(Role.SPECIALIST)


def test_a_sheet_is_issued_from_the_case_and_signed_for_by_the_unit(office: Office) -> None:
    wish = CareWish("housing", "希望就近安排住房", Channel.PHONE)
    with office.session() as session:
        given = {"actor": SPECIALIST, "now": NOW, "keys": key_ring(), "expert_id": EXPERT, "wish": wish}
        case_id = register_care(session, **given)
        unit = {"unit": public_id(HEALTH)}
        assign = step_named("care_request", "assign")
        take_step(session, actor=SPECIALIST, now=NOW, step=assign, case_id=case_id, version=None, given=unit)
    case = public_id(case_id)
    lead = office.as_(Role.SPECIALIST_LEAD)
    assert f"/cases/{case}/sheet" in check_page(lead.get(f"/cases/{case}"))
    check_page(lead.get(f"/cases/{case}/sheet"))
    assert lead.post(f"/cases/{case}/sheet", {"colour": "red", "asked": " "}).status_code == 422
    made = lead.post(f"/cases/{case}/sheet", {"colour": "red", "asked": "请于今日办结"})
    assert made.status_code == 302
    assert lead.post(f"/cases/{case}/sheet", {"colour": "blue", "asked": "再催"}).status_code == 409
    assert "红色：逾期" in check_page(lead.get(made.headers["Location"]))

    unit_staff = office.as_(Role.SECTOR)
    text = check_page(unit_staff.get("/sheets"))
    assert "红色督办单" in text
    assert "住房" not in text
    assert unit_staff.post(made.headers["Location"] + "/steps/sign", {"version": "1"}).status_code == 302
    assert "红色督办单" not in check_page(unit_staff.get("/sheets?colour=blue"))

    talent = office.as_(Role.TALENT_OFFICE)
    chosen = {"unit": public_id(HEALTH), "deputy": public_id(ACCOUNTS[Role.LEAD]), "first": ""}
    assert talent.post("/sheets/leaders", chosen).status_code == 302
    assert "分管领导：甲lead" in check_page(talent.get("/sheets"))
