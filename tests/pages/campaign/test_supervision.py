"""Findings on one screen, and the assessment with its appeals, as team, unit and talent office use them."""

import re

from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.engine.actor import machine
from concierge.models.campaign import CampaignUnit
from concierge.models.supervision import NegativeRecord
from concierge.rules.roles import Role
from concierge.services.findings import escalate_late
from tests.campaigns import CAMPAIGN
from tests.databases import DISTRICT
from tests.office import HEALTH, NOW, Office, check_page

CASE = re.compile(r"/cases/([0-9a-z]{13})")


def test_a_finding_goes_from_the_team_to_the_assessment_and_is_appealed(office: Office) -> None:
    with office.session() as session, session.begin():
        part = {"campaign_id": CAMPAIGN, "unit_id": HEALTH, "part": "domain", "district_id": DISTRICT}
        session.execute(insert(CampaignUnit), [{"id": 951} | part])
    team = office.as_(Role.SUPERVISOR)
    check_page(team.get("/campaign/findings"))
    typed = {"unit": public_id(HEALTH), "visited_on": "2026-11-09", "grade": "major", "words": "台账不全"}
    assert team.post("/campaign/findings", typed | {"asked": "", "limit_days": "5"}).status_code == 422
    made = team.post("/campaign/findings", typed | {"asked": "补齐", "limit_days": "5"})
    found = CASE.search(made.headers["Location"])
    assert found is not None
    assert "台账不全" in check_page(team.get(made.headers["Location"]))
    assert team.post(f"/cases/{found[1]}/steps/issue", {"version": "1"}).status_code == 302
    unit = office.as_(Role.SECTOR)
    assert "台账不全" in check_page(unit.get("/campaign/findings"))
    with office.session() as session:
        later = NOW.replace(month=12, day=1)
        assert escalate_late(session, actor=machine(DISTRICT), now=later) == 1
        with session.begin():
            record = public_id(session.execute(select(NegativeRecord.id)).scalar_one())
    office.clock.move_to(later)
    unit = office.as_(Role.SECTOR)
    assert "97" in check_page(unit.get("/campaign/assessment"))
    unit.post(f"/campaign/assessment/{record}/appeal", {"words": "专家在外"})
    assert "申诉中" in check_page(unit.get("/campaign/assessment"))
    talent = office.as_(Role.TALENT_OFFICE)
    talent.post(f"/campaign/assessment/{record}/decision", {"answer": "lift", "decision": "情况属实"})
    text = check_page(talent.get("/campaign/assessment"))
    assert "情况属实" in text
    assert "100" in text
