"""Publicity with consent and a second check, honours in the files, and talks with units that lag."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.tables import History
from concierge.models.campaign import CampaignUnit
from concierge.models.comment import Comment
from concierge.models.person import PersonFact
from concierge.models.press import PressItem
from concierge.queries.campaign_figures import Span, count_all
from concierge.queries.campaigns import campaign_named
from concierge.queries.monthly_figures import Month, additive
from concierge.queries.outreach import slow_units
from concierge.rules.erasure import NAMELESS
from concierge.rules.roles import Role
from concierge.services.consents import answer
from concierge.services.data_requests import ask, erase
from concierge.services.monthly_reports import open_returns
from concierge.storage import LocalStorage
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR
from tests.databases import DISTRICT
from tests.office import EXPERT, HEALTH, NOW, TOWNSHIP, Office, actor, check_page, key_ring


@pytest.fixture
def office(office: Office) -> Office:
    """The campaign with the bureau that takes part in it."""
    with office.session() as session, transaction(session):
        row = {"id": 970, "campaign_id": CAMPAIGN, "unit_id": HEALTH, "part": "domain", "district_id": DISTRICT}
        session.execute(insert(CampaignUnit), [row])
    return office


def item(**given: str) -> dict[str, str]:
    plain = {"unit": public_id(HEALTH), "channel": "new_media", "title": "专家下乡义诊", "words": "青山镇群众点赞。"}
    return plain | given


def case_of(office: Office) -> str:
    """The address of the one item."""
    with office.session() as session:
        return f"/cases/{public_id(session.execute(select(PressItem.id)).scalar_one())}"


def test_nobody_is_told_of_without_his_consent_and_a_withdrawal_stops_it(office: Office) -> None:
    bureau, press = office.as_(Role.SECTOR), office.as_(Role.PRESS)
    wrong = bureau.post("/campaign/press", item(of=f"e{public_id(DOCTOR)}"))
    assert wrong.status_code == 422
    assert "沈知远尚未同意" in check_page(wrong)
    with office.session() as session:
        given = {"now": NOW, "person_id": EXPERT, "purpose": "publicity"}
        answer(session, actor=actor(Role.EXPERT), **given, given=True)
    assert bureau.post("/campaign/press", item(of=f"e{public_id(DOCTOR)}")).status_code == 302
    page = case_of(office)
    assert (
        press.post(f"{page}/steps/publish", {"version": "1", "link": "https://wangchuan.example/1"}).status_code == 409
    )
    assert press.post(f"{page}/steps/clear", {"version": "1"}).status_code == 302
    with office.session() as session:
        answer(session, actor=actor(Role.EXPERT), **given, given=False)
    refused = press.post(f"{page}/steps/publish", {"version": "2"})
    assert (refused.status_code, "沈知远尚未同意" in refused.text) == (409, True)
    with office.session() as session:
        kept = session.execute(select(PressItem)).scalar_one()
        assert (kept.state, kept.published_on) == ("checked", None)
        answer(session, actor=actor(Role.EXPERT), **given, given=True)
    press.post(f"{page}/steps/publish", {"version": "2", "link": "https://wangchuan.example/1"})
    assert "https://wangchuan.example/1" in check_page(press.get("/campaign/press"))
    with office.session() as session:
        assert count_all(session, Span.of_year((CAMPAIGN,), 2026))["press"] == 1
        month = Month(CAMPAIGN, (CAMPAIGN,), HEALTH, 2026, 11)
        assert additive(session, month.span)["press"] == 1
        assert "press" not in additive(session, month.other(2026, 10).span)
    assert "专家下乡义诊" in check_page(press.get("/campaign/press", follow_redirects=True))
    rows = office.as_(Role.LEAD).get(f"/campaign/rows/press?campaign={public_id(CAMPAIGN)}")
    assert "专家下乡义诊" in check_page(rows)


def test_who_wrote_an_item_does_not_check_it_and_no_number_passes(office: Office) -> None:
    press, talent = office.as_(Role.PRESS), office.as_(Role.TALENT_OFFICE)
    wrong = press.post("/campaign/press", item(words="联系电话13900001111"))
    assert wrong.status_code == 422
    check_page(wrong)
    assert "请选择本区的单位" in check_page(press.post("/campaign/press", item(unit=public_id(404))))
    wrong = press.post("/campaign/press", item(of=f"e{public_id(COLLEAGUE)}"))
    assert "未建档人员" in check_page(wrong)
    assert (
        press.post("/campaign/press", item(of=f"e{public_id(COLLEAGUE)}", consent="11月1日书面同意")).status_code == 302
    )
    page = case_of(office)
    assert press.post(f"{page}/steps/clear", {"version": "1"}).status_code == 409
    assert talent.post(f"{page}/steps/give_back", {"version": "1", "reason": ""}).status_code == 422
    talent.post(f"{page}/steps/give_back", {"version": "1", "reason": "补充照片说明"})
    text = check_page(press.get(page))
    assert "补充照片说明" in text
    bureau = office.as_(Role.SECTOR)
    wrong = bureau.post(f"{page}/steps/rewrite", {"version": "2", "words": "联系电话13900001111"})
    assert wrong.status_code == 422
    bureau.post(f"{page}/steps/rewrite", {"version": "2", "words": "青山镇群众点赞，附照片。"})
    assert press.post(f"{page}/steps/clear", {"version": "3"}).status_code == 409
    assert "青山镇群众点赞，附照片。" in check_page(bureau.get(page))
    talent.post(f"{page}/steps/withdraw", {"version": "3", "reason": "不再发布"})
    assert "已撤稿" in check_page(talent.get("/campaign/press"))


def test_an_item_of_a_unit_without_a_press_officer_is_written_anew_by_who_answers_for_it_or_by_the_press(
    office: Office,
) -> None:
    press, talent, liaison = office.as_(Role.PRESS), office.as_(Role.TALENT_OFFICE), office.as_(Role.UNIT_LIAISON)
    with office.session() as session, transaction(session):
        row = {"id": 971, "campaign_id": CAMPAIGN, "unit_id": TOWNSHIP, "part": "participant", "district_id": DISTRICT}
        session.execute(insert(CampaignUnit), [row])
    assert press.post("/campaign/press", item(unit=public_id(TOWNSHIP))).status_code == 302
    page = case_of(office)
    talent.post(f"{page}/steps/give_back", {"version": "1", "reason": "补充地点"})
    assert "专家下乡义诊" in check_page(liaison.get("/unit-work", follow_redirects=True))
    liaison.post(f"{page}/steps/rewrite", {"version": "2", "words": "青山镇前进村群众点赞。"})
    assert "青山镇前进村群众点赞。" in check_page(press.get(page))
    talent.post(f"{page}/steps/give_back", {"version": "3", "reason": "再补充时间"})
    assert press.post(f"{page}/steps/rewrite", {"version": "4", "words": "十月，青山镇群众点赞。"}).status_code == 302
    assert press.post(f"{page}/steps/clear", {"version": "5"}).status_code == 409, "another one checks what he wrote"
    assert talent.post(f"{page}/steps/clear", {"version": "5"}).status_code == 302


def test_whoever_is_erased_is_gone_from_what_was_reported_of_him_and_from_its_course(
    office: Office, tmp_path: Path
) -> None:
    own = {"now": NOW, "keys": key_ring()}
    with office.session() as session:
        answer(session, actor=actor(Role.EXPERT), now=NOW, person_id=EXPERT, purpose="publicity", given=True)
    bureau, talent = office.as_(Role.SECTOR), office.as_(Role.TALENT_OFFICE)
    bureau.post("/campaign/press", item(of=f"e{public_id(DOCTOR)}", title="沈知远下乡义诊"))
    page = case_of(office)
    talent.post(f"{page}/steps/give_back", {"version": "1", "reason": "写明沈知远的单位"})
    bureau.post(f"{page}/steps/rewrite", {"version": "2", "words": "区医院沈知远到青山镇义诊。"})
    talent.post(f"{page}/comments", {"text": "沈知远的照片另附"})
    with office.session() as session:
        asked = ask(session, actor=actor(Role.EXPERT), wish="erase_all", **own)
        erase(session, actor=actor(Role.TALENT_OFFICE), storage=LocalStorage(tmp_path), request_id=asked, **own)
    with office.session() as session:
        kept = session.execute(select(PressItem)).scalar_one()
        assert (kept.state, kept.title_zh, kept.words, kept.link) == ("withdrawn", NAMELESS, "", "")
        lines = session.execute(select(History.reason, History.data).where(History.case_id == kept.id)).all()
        assert [(reason, data) for reason, data in lines if "沈知远" in f"{reason}{data}"] == []
        assert session.execute(select(Comment.id)).all() == []


def test_an_honour_goes_into_the_file_that_policies_and_recognition_read(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    typed = {
        "full_name": "沈知远",
        "name": "最美医生",
        "level": "city",
        "basis": "市卫〔2026〕9号",
        "awarded_on": "2026-08-19",
    }
    assert talent.post("/campaign/press/honours", typed | {"full_name": "无此人"}).status_code == 422
    assert talent.post("/campaign/press/honours", typed).status_code == 302
    assert talent.post("/campaign/press/honours", typed).status_code == 422
    assert "最美医生" in check_page(office.as_(Role.PRESS).get("/campaign/press/honours"))
    with office.session() as session:
        f = PersonFact
        fact = session.execute(select(f).where(f.person_id == EXPERT, f.name == "honoured_on")).scalar_one()
        assert (fact.value, fact.proof) == ({"value": "2026-08-19"}, "市卫〔2026〕9号")


def test_a_unit_that_lags_is_an_alert_until_somebody_has_spoken_with_it(office: Office) -> None:
    with office.session() as session:
        open_returns(session, actor=machine(DISTRICT), now=NOW)
    office.clock.move_to(NOW.replace(month=12, day=20))
    talent = office.as_(Role.TALENT_OFFICE)
    assert "待联系" in check_page(talent.get("/campaign/assessment/outreach"))
    talk = {"unit": public_id(HEALTH), "happened_on": "2026-12-20", "reason": "调度表逾期", "advice": "明确专人"}
    assert talent.post("/campaign/assessment/outreach", talk | {"advice": ""}).status_code == 422
    assert talent.post("/campaign/assessment/outreach", talk).status_code == 302
    text = check_page(talent.get("/campaign/assessment/outreach"))
    assert "待联系" not in text
    assert "明确专人" in text
    with office.session() as session:
        campaign = campaign_named(session, CAMPAIGN)
        [unit] = slow_units(session, campaign=campaign, today=date(2027, 1, 25))
        assert (unit.returns, unit.is_alert) == (1, True)
