"""The figures' page, the frozen copies, and the monthly return, as bureau and talent office use them."""

import io
import re
from datetime import date
from html import unescape

from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.engine.actor import machine
from concierge.models.campaign import Campaign, ReportingGroup
from concierge.models.dispatch import DispatchOrder
from concierge.models.entitlement import Accrual
from concierge.models.plan import CampaignPost
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.report import MonthlyReport
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.roles import Role
from concierge.rules.summaries import check_text, shipped_text
from concierge.services.monthly_reports import open_returns
from concierge.workflows import EntitlementFlow
from tests.campaigns import CAMPAIGN, DOCTOR, Orders, need
from tests.cases import put
from tests.databases import DISTRICT
from tests.office import EXPERT, HEALTH, NOW, Office, check_page

FROZEN = re.compile(r'href="(/campaign/summary/frozen/[0-9a-z]{13})/docx"')


def served(office: Office) -> None:
    """One order of October, and the returns of that month."""
    with office.session() as session:
        wanted = need(starts_on=date(2026, 10, 12), members=(DOCTOR,))
        Orders(session).listed((wanted, (Done(ActivityKind.CLINIC, 1234),)))
        open_returns(session, actor=machine(DISTRICT), now=NOW)


def named_and_paid(office: Office) -> None:
    """The bureau has a first responsible person, and the service brought its expert some money."""
    with office.session() as session, session.begin():
        place = {"district_id": DISTRICT}
        here = place | {"id": 980}
        post = {"campaign_id": CAMPAIGN, "unit_id": HEALTH, "post": "first", "person_name": "书记甲"}
        session.execute(insert(CampaignPost), [here | post | {"starts_on": date(2026, 1, 5)}])
        order = session.execute(select(DispatchOrder.id)).scalar_one()
        law = {"code": "P07", "name_zh": "下乡补助", "name_en": "Days", "group": "FIELD"}
        session.execute(insert(Policy), [{"id": 20, **place, **law, "unit_id": HEALTH, "paying_unit_id": HEALTH}])
        rules = {"policy_id": 20, "version": 1, "kind": "per_day", "valid_from": date(2026, 1, 1)}
        rules |= {"clauses": {}, "rates": {}, "schedule": {}, "materials": []}
        session.execute(insert(PolicyVersion), [{"id": 21, **place, **rules}])
        right = put(session, EntitlementFlow, "active", person_id=EXPERT, expert_id=EXPERT)
        days = {"period": "2026-10-12", "starts_on": date(2026, 10, 12), "ends_on": date(2026, 10, 12)}
        line = {"entitlement_id": right, "person_id": EXPERT, "policy_group": "FIELD", "due_on": date(2026, 11, 1)}
        money = {"gross_fen": 15050, "amount_fen": 15050, "order_id": order}
        session.execute(insert(Accrual), [here | line | days | money])


def report_id(office: Office) -> str:
    with office.session() as session, session.begin():
        r = MonthlyReport
        return public_id(session.execute(select(r.id).where(r.unit_id == HEALTH)).scalar_one())


def test_every_number_opens_its_rows(office: Office) -> None:
    served(office)
    lead = office.as_(Role.LEAD)
    text = check_page(lead.get("/campaign"))
    assert "1,234" in text
    rows = lead.get(f"/campaign/rows/health.served?campaign={public_id(CAMPAIGN)}")
    assert "1,234" in check_page(rows)
    assert lead.get("/campaign/rows/health.nothing").status_code == 404
    assert "Annual summary" in check_page(office.as_(Role.SUPERVISOR, "en").get("/campaign"))


def test_every_number_of_a_return_opens_its_rows(office: Office) -> None:
    served(office)
    watcher, report = office.as_(Role.SUPERVISOR, "en"), f"/campaign/reports/{report_id(office)}"
    links = re.findall(rf'href="({report}/rows/[^"]+)"', check_page(watcher.get(report)))
    assert links == [f"{report}/rows/{name}{of}" for name in ("batches", "people", "served") for of in ("", "?year=1")]
    for link in links:
        assert "12 Oct" in check_page(watcher.get(link)), link
    assert watcher.get(f"{report}/rows/nothing").status_code == 404


def test_the_text_to_begin_with_tells_of_the_groups_there_are_and_of_no_other(office: Office) -> None:
    groups = {"health": Bilingual("卫健", "Health"), "farming": Bilingual("农牧", "Farming")}
    text = shipped_text(groups, has_parent=False)
    check_text(text.zh, groups, "text_zh")
    check_text(text.en, groups, "text_en")
    assert "教育领域" not in text.zh
    assert "{health.served:thousands}" in text.zh
    assert "农牧领域下派专家人才{farming.batches}批次{farming.people}人次。" in text.zh
    assert " Farming: {farming.batches} batches" in text.en
    assert "{parent}" not in f"{text.zh}{text.en}"
    assert "结合{parent}，全面推动" in shipped_text(groups, has_parent=True).zh
    with office.session() as session, session.begin():
        farming = ReportingGroup(id=990, district_id=DISTRICT, code="farm-work", name_zh="农牧", name_en="Farming")
        session.add(farming)
    page = check_page(office.as_(Role.LEAD).get("/campaign"))
    assert "农牧领域下派专家人才0批次0人次" in re.sub("<[^>]*>", "", page)


def test_in_january_the_returns_of_december_are_there_without_looking_for_them(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    year = {"name_zh": "明年行动", "name_en": "Next", "year": "2027", "parent": "", "basis": ""}
    talent.post("/campaign/setup/new", year | {"starts_on": "2027-01-01", "ends_on": "2027-12-31"})
    office.clock.move_to(NOW.replace(year=2027, month=1, day=5))
    with office.session() as session:
        open_returns(session, actor=machine(DISTRICT), now=office.clock.now())
        december = session.execute(select(MonthlyReport.id).where(MonthlyReport.unit_id == HEALTH)).scalar_one()
        new = session.execute(select(Campaign.id).where(Campaign.year == 2027)).scalar_one()
    sector = office.as_(Role.SECTOR)
    page = check_page(sector.get("/campaign/reports"))
    assert f'href="/campaign/reports/{public_id(december)}"' in page
    assert f'value="{public_id(new)}"' in page, "the new year's may be chosen"
    assert public_id(december) not in check_page(sector.get(f"/campaign/reports?campaign={public_id(new)}"))
    office.clock.move_to(NOW.replace(year=2027, month=2, day=2))
    assert public_id(december) not in check_page(office.as_(Role.SECTOR).get("/campaign/reports"))


def test_a_copy_is_frozen_read_and_taken_along_as_word(office: Office) -> None:
    served(office)
    talent = office.as_(Role.TALENT_OFFICE)
    made = talent.post(f"/campaign/summary/frozen?campaign={public_id(CAMPAIGN)}")
    assert made.status_code == 302
    text = check_page(talent.get(made.headers["Location"]))
    found = FROZEN.search(text)
    assert found is not None
    paper = talent.get(f"{found[1]}/pdf")
    assert paper.data[:5] == b"%PDF-"
    assert talent.get(f"{found[1]}/pdf").data == paper.data
    word = talent.get(f"{found[1]}/docx")
    assert word.data[:2] == b"PK"
    assert "attachment" in word.headers["Content-Disposition"]
    assert "未变动" in check_page(talent.get("/campaign"))


def test_the_text_names_figures_and_refuses_those_that_do_not_exist(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    page = f"/campaign/summary/text?campaign={public_id(CAMPAIGN)}"
    wrong = talent.post(page, {"text_zh": "共{health.batches}批次{health.lunches}次", "text_en": "x"})
    assert wrong.status_code == 422
    assert "health.lunches" in check_page(wrong)
    assert talent.post(page, {"text_zh": "共下派{batches}批次", "text_en": "{batches} batches"}).status_code == 302
    served(office)
    text = check_page(talent.get("/campaign"))
    assert "共下派" in text
    opened = re.search(r'共下派<a class="num" href="([^"]+)">1</a>批次', text)
    assert opened is not None
    assert "慢病义诊" in check_page(talent.get(unescape(opened[1])))


def test_a_return_is_written_handed_in_and_taken_along_as_a_table(office: Office) -> None:
    served(office)
    named_and_paid(office)
    bureau, page = office.as_(Role.SECTOR), f"/campaign/reports/{report_id(office)}"
    assert "尚未填写" in check_page(bureau.get(page))
    words = {"progress": "推进有序", "problems": "车辆不足", "plan": "继续"}
    assert bureau.post(f"{page}/words", words).status_code == 302
    step = f"/cases/{report_id(office)}/steps/submit"
    assert bureau.post(step, {"version": "1", "next": page}).status_code == 302
    assert "已报送" in check_page(bureau.get(page))
    late = bureau.post(f"{page}/words", words)
    assert late.status_code == 422
    check_page(late)
    table = bureau.get(f"/campaign/reports/table?month=10&campaign={public_id(CAMPAIGN)}")
    book = CalamineWorkbook.from_filelike(io.BytesIO(table.data))
    [_title, head, row, *_others] = book.get_sheet_by_index(0).to_python()
    told = dict(zip(head, row, strict=True))
    assert (told["本月批次"], told["本月人次"], told["服务群众人次"], told["经费（元）"]) == (1, 1, 1234, 150.5)
    assert (told["宣传篇次"], told["负责人"], told["填报人"]) == (0, "书记甲", "甲sector")
    assert told["日期（盖章）"] == "2026-11-23"
    report = bureau.get(f"/campaign/reports/table?month=10&form=docx&campaign={public_id(CAMPAIGN)}")
    said = [paragraph.text for paragraph in Document(io.BytesIO(report.data)).paragraphs]
    assert "本月下派1批次1人次，本年累计1批次1人次。" in said
    assert said[4:7] == ["进展情况：推进有序", "存在问题：车辆不足", "下一步计划：继续"]
    assert bureau.get("/campaign/reports/table?month=13").status_code == 404
    assert "<b>10月</b>" in check_page(office.as_(Role.TALENT_OFFICE).get("/campaign/reports"))
