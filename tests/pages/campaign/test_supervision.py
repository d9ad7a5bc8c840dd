"""Findings on one screen, and the assessment with its appeals, as team, unit and talent office use them."""

import io
import re

from PIL import Image
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from concierge.basics.ids import public_id
from concierge.engine.actor import machine
from concierge.models.campaign import CampaignUnit
from concierge.models.supervision import NegativeItem, NegativeRecord
from concierge.rules.roles import Role
from concierge.services.findings import escalate_late
from concierge.services.negative_items import answer_item
from tests.benefits import colleague
from tests.campaigns import CAMPAIGN
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, HEALTH, NOW, Office, check_page

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
    member, there = public_id(ACCOUNTS[Role.SUPERVISOR]), "/campaign/findings/recusals"
    away = {"member": member, "unit": public_id(HEALTH), "starts_on": "2026-11-10"}
    assert team.post(there, away | {"reason": ""}, page=there).status_code == 422
    assert team.post(there, away | {"reason": "配偶在该单位任职"}, page=there).status_code == 302
    assert "配偶在该单位任职" in check_page(office.as_(Role.TALENT_OFFICE).get(there))
    kept = team.post("/campaign/findings", typed | {"visited_on": "2026-11-10", "asked": "补齐", "limit_days": "5"})
    assert "回避名单" in kept.get_data(as_text=True)
    visit, there = {"unit": public_id(HEALTH), "words": "义诊台账"}, "/campaign/findings/visits"
    for day, status in (("2026-11-10", 422), ("2026-12-30", 422), ("2026-11-09", 302), ("2026-11-08", 302)):
        assert team.post(there, visit | {"visited_on": day}, page=there).status_code == status, day
    listed = re.findall(r'<td class="num-r">(.+?)</td>', check_page(office.as_(Role.LEAD).get(there)))
    assert listed == ["1", "—"], "a visit on which nothing was found stands there too"
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
    number = re.search(r"DC-\d+-\d+", text)
    assert number is not None, text
    given = {"unit": public_id(HEALTH), "item": "data_leak", "number": number[0]}
    wrong = talent.post("/campaign/assessment", given | {"evidence": ""}, page="/campaign/assessment")
    assert wrong.status_code == 422
    assert talent.post("/campaign/assessment", given | {"evidence": "名单外泄"}).status_code == 302
    assert "名单外泄" in check_page(office.as_(Role.SECTOR).get("/campaign/assessment"))


def photo() -> bytes:
    """A photo as a phone takes it: with the place in it."""
    out, place = io.BytesIO(), Image.Exif()
    place.get_ifd(0x8825)[2] = (39.0, 54.0, 0.0)
    Image.new("RGB", (3000, 40), "green").save(out, "JPEG", exif=place)
    return out.getvalue()


def test_photos_lie_with_the_finding_and_do_not_tell_where_they_were_taken(office: Office) -> None:
    with office.session() as session, session.begin():
        part = {"campaign_id": CAMPAIGN, "unit_id": HEALTH, "part": "domain", "district_id": DISTRICT}
        session.execute(insert(CampaignUnit), [{"id": 951} | part])
    team = office.as_(Role.SUPERVISOR)
    typed = {
        "unit": public_id(HEALTH),
        "visited_on": "2026-11-09",
        "grade": "major",
        "words": "台账不全",
        "asked": "补齐",
    }
    fields = typed | {"limit_days": "5", "csrf_token": team.csrf("/campaign/findings")}

    def post(*files: tuple[bytes, str]) -> TestResponse:
        sent = fields | {"photos": [(io.BytesIO(data), name) for data, name in files]}
        return team.client.post("/campaign/findings", data=sent, content_type="multipart/form-data")

    with Image.open(io.BytesIO(photo())) as taken:
        assert taken.getexif().get_ifd(0x8825)
    assert post((b"no picture", "a.jpg")).status_code == 422
    assert post(*[(photo(), f"{n}.jpg") for n in range(6)]).status_code == 422
    assert post((photo(), "现场.jpg"), (photo(), "台账.jpg")).status_code == 302
    text = check_page(team.get("/campaign/findings"))
    links = re.findall(r"/documents/[0-9a-z]{13}", text)
    assert len(links) == 2
    given = team.get(links[0])
    with Image.open(io.BytesIO(given.data)) as kept:
        assert kept.size[0] == 2000
        assert not kept.getexif().get_ifd(0x8825)
    assert office.as_(Role.UNIT_LIAISON).get(links[0]).status_code == 404


def test_two_persons_keep_the_negative_list_on_its_page(office: Office) -> None:
    talent, there = office.as_(Role.TALENT_OFFICE, "en"), "/campaign/assessment/items"
    assert "to the end of the year" in check_page(office.as_(Role.SECTOR, "en").get(there))
    prefilled = check_page(talent.get(f"{there}?code=data_leak"))
    assert 'value="Personal data leaked"' in prefilled
    typed = {"code": "data_leak", "name_zh": "泄露个人信息", "name_en": "Leak", "points": "6", "is_used": "y"}
    wrong = talent.post(there, typed | {"months": "x", "basis": ""}, page=there)
    assert wrong.status_code == 422
    assert "From 1 to 12 months" in check_page(wrong)
    assert talent.post(there, typed | {"months": "6", "basis": "〔2026〕9号"}).status_code == 302
    text = check_page(talent.get(there))
    assert "Waiting for a second person" in text
    assert 'value="confirm"' not in text, "who proposed does not confirm"
    assert office.as_(Role.SECTOR).post(there, typed, page="/campaign/assessment").status_code == 403
    with office.session() as session, session.begin():
        proposal = session.execute(select(NegativeItem.id).where(NegativeItem.kind == "proposed")).scalar_one()
    talent.post(there, {"proposal": public_id(proposal), "answer": "confirm"})
    assert "another person must do this" in check_page(talent.get(there))
    with office.session() as session:
        second = colleague(Role.TALENT_OFFICE, "another-person")
        answer_item(session, actor=second, now=NOW, proposal_id=proposal, accept=True)
    text = check_page(talent.get(there))
    assert '<span>Leak</span><small class="num">version 2</small>' in text
    assert "6 months" in text
