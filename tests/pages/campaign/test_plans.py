"""Plans, topics, meetings and who answers for what, as talent office, bureau and supporting unit use them."""

import io
from datetime import date

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.campaign import CampaignUnit
from concierge.models.plan import CampaignPost, Plan, Topic
from concierge.models.report import ActionItem
from concierge.queries.campaign_figures import Span
from concierge.queries.campaigns import campaign_named
from concierge.queries.plans import plan_rows, town_rows
from concierge.rules.dispatch import ActivityKind, Done
from concierge.rules.plans import Pace, pace
from concierge.rules.roles import Role
from tests.campaigns import CAMPAIGN, DOCTOR, DOCTORS, TEACHING, Orders, need
from tests.databases import DISTRICT
from tests.office import HEALTH, HR, NOW, TOWNSHIP, Office, check_page


@pytest.fixture
def office(office: Office) -> Office:
    """The campaign with the units that take part in it."""
    with office.session() as session, transaction(session):
        parts = ((HEALTH, "domain"), (HR, "support"))
        rows = [{"campaign_id": CAMPAIGN, "unit_id": u, "part": p, "district_id": DISTRICT} for u, p in parts]
        session.execute(insert(CampaignUnit), [{"id": 960 + n} | row for n, row in enumerate(rows)])
    return office


def cited(office: Office) -> None:
    """The document that plans rest on."""
    basis = {"act": "basis", "level": "district", "number": "望党办发〔2026〕8号", "title": "专项行动通知"}
    answer = office.as_(Role.TALENT_OFFICE).post("/campaign/organisation", basis | {"issued_on": "2026-01-04"})
    assert answer.status_code == 302


def test_a_plan_rests_on_a_document_and_its_progress_counts_itself(office: Office) -> None:
    bureau = office.as_(Role.SECTOR)
    assert "须有依据文件" in check_page(bureau.get("/campaign/plans"))
    cited(office)
    page = check_page(bureau.get("/campaign/plans"))
    assert "望党办发〔2026〕8号" in page
    basis = page.split("望党办发〔2026〕8号")[0].rsplit('value="', 1)[1].split('"')[0]
    typed = {"act": "plan", "field": public_id(DOCTORS), "basis": basis, "title": "卫健领域实施方案"}
    days = {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    assert bureau.post("/campaign/plans", typed | days | {"field": public_id(TEACHING)}).status_code == 404
    assert bureau.post("/campaign/plans", typed | days | {"basis": ""}).status_code == 422
    assert "日期须在行动期限内" in check_page(bureau.post("/campaign/plans", typed | days | {"ends_on": "2027-01-01"}))
    assert bureau.post("/campaign/plans", typed | days).status_code == 302
    with office.session() as session:
        plan = public_id(session.execute(select(Plan.id)).scalar_one())
    task = {"act": "task", "plan": plan, "unit": public_id(HEALTH), "words": "义诊", "measure": "served"}
    wrong = bureau.post("/campaign/plans", task | {"target": "0", "due_on": "2027-01-01"})
    assert wrong.status_code == 422
    assert "方案期限内" in check_page(wrong)
    assert bureau.post("/campaign/plans", task | {"target": "2000", "due_on": "2026-12-31"}).status_code == 302
    with office.session() as session:
        wanted = need(starts_on=date(2026, 10, 12), members=(DOCTOR,))
        Orders(session).listed((wanted, (Done(ActivityKind.CLINIC, 500),)))
    text = check_page(bureau.get("/campaign/plans"))
    assert "25 %" in text
    assert "落后于序时进度" in text
    rows = bureau.get(f"/campaign/rows/served?campaign={public_id(CAMPAIGN)}&field={public_id(DOCTORS)}")
    assert ">500<" in check_page(rows)
    other = bureau.get(f"/campaign/rows/served?campaign={public_id(CAMPAIGN)}&field={public_id(TEACHING)}")
    assert ">500<" not in check_page(other)
    assert "/campaign/rows/served" in text
    assert "/campaign/rows/" not in check_page(office.as_(Role.HR).get("/campaign/plans")), "an HR officer opens none"
    with office.session() as session:
        [row] = plan_rows(session, campaign=campaign_named(session, CAMPAIGN), today=NOW.date())
        assert (row.tasks[0].reached, row.tasks[0].pace) == (500, Pace.BEHIND)


def test_an_even_pace_is_the_measure_until_the_day_and_the_target_after_it() -> None:
    days = {"starts_on": date(2026, 1, 1), "due_on": date(2026, 12, 31), "target": 365}
    assert pace(reached=100, today=date(2026, 4, 11), **days) is Pace.EVEN
    assert pace(reached=99, today=date(2026, 4, 11), **days) is Pace.BEHIND
    assert pace(reached=364, today=date(2027, 1, 1), **days) is Pace.MISSED
    assert pace(reached=365, today=date(2027, 1, 1), **days) is Pace.REACHED


def test_one_unit_claims_a_topic_delivers_it_and_another_person_accepts_it(office: Office) -> None:
    talent, bureau, other = office.as_(Role.TALENT_OFFICE), office.as_(Role.SECTOR), office.as_(Role.HR)
    topic = {"title": "基层急救能力提升", "deliverable": "培训方案和题库", "deliver_by": "2026-11-23"}
    assert talent.post("/campaign/plans/topics", topic).status_code == 422
    assert talent.post("/campaign/plans/topics", topic | {"deliver_by": "2026-12-20"}).status_code == 302
    assert "剩 20 天" in check_page(bureau.get("/campaign/plans/topics"))
    with office.session() as session:
        page = f"/cases/{public_id(session.execute(select(Topic.id)).scalar_one())}"
    assert "本单位揭榜" in check_page(other.get(page))
    assert bureau.post(f"{page}/steps/claim", {"version": "1"}).status_code == 302
    assert other.post(f"{page}/steps/claim", {"version": "1"}).status_code == 409
    assert other.post(f"{page}/steps/deliver", {"version": "2", "report": "抢报"}).status_code == 409
    assert talent.post(f"{page}/steps/accept", {"version": "2"}).status_code == 409
    with office.session() as session:
        kept = session.execute(select(Topic)).scalar_one()
        assert (kept.unit_id, kept.holder_id, kept.report, kept.state) == (HEALTH, HEALTH, "", "claimed")
        assert kept.due_on == date(2026, 12, 21)  # the 20th is a Sunday
    bureau.post(f"{page}/steps/deliver", {"version": "2", "report": "已完成方案"})
    assert talent.post(f"{page}/steps/give_back", {"version": "3", "reason": ""}).status_code == 422
    assert "已交付，待验收" in check_page(talent.get("/campaign/plans/topics"))
    talent.post(f"{page}/steps/give_back", {"version": "3", "reason": "缺题库"})
    assert "缺题库" in check_page(bureau.get(page))
    bureau.post(f"{page}/steps/deliver", {"version": "4", "report": "题库已补"})
    talent.post(f"{page}/steps/accept", {"version": "5"})
    text = check_page(other.get("/campaign/plans/topics"))
    assert "已验收结题" in text
    assert "题库已补" in text


def test_what_a_meeting_asks_is_followed_by_its_unit_until_it_is_done(office: Office) -> None:
    talent, unit = office.as_(Role.TALENT_OFFICE), office.as_(Role.HR)
    meeting = {"kind": "progress", "held_on": "2026-11-20", "title": "第八次调度会", "minutes": "加快兑现"}
    asked = {"words_1": "梳理待兑现待遇", "unit_1": public_id(HR), "owner_1": "田晓敏", "due_1": "2026-11-19"}
    wrong = talent.post("/campaign/organisation/meetings", meeting | asked)
    assert wrong.status_code == 422
    assert "梳理待兑现待遇" in check_page(wrong)
    asked["due_1"] = "2026-11-24"
    unknown = talent.post("/campaign/organisation/meetings", meeting | asked | {"unit_1": public_id(404)})
    assert "请选择本区的单位" in check_page(unknown)
    assert talent.post("/campaign/organisation/meetings", meeting | asked).status_code == 302
    text = check_page(unit.get("/campaign/organisation/meetings"))
    assert "梳理待兑现待遇" in text
    assert "临近到期" in text
    with office.session() as session:
        item = public_id(session.execute(select(ActionItem.id)).scalar_one())
    assert office.as_(Role.SECTOR).post(f"/campaign/items/{item}/settled").status_code == 404
    unit.post(f"/campaign/items/{item}/settled")
    with office.session() as session:
        assert session.execute(select(ActionItem.done_on)).scalar_one() == NOW.date()


def test_a_unit_has_one_first_responsible_person_at_a_time(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    assert "尚无第一责任人" in check_page(talent.get("/campaign/organisation"))
    post = {"act": "post", "post": "first", "unit": public_id(HEALTH), "duty": "党组书记"}
    for name, since, status in (("甲", "2026-01-05", 302), ("乙", "2026-01-05", 422), ("乙", "2026-06-01", 302)):
        typed = post | {"person_name": name, "starts_on": since}
        assert talent.post("/campaign/organisation", typed).status_code == status
    with office.session() as session:
        p = CampaignPost
        rows = session.execute(select(p.person_name, p.ends_on).order_by(p.starts_on)).tuples().all()
        assert list(rows) == [("甲", date(2026, 5, 31)), ("乙", None)]
    assert "乙" in check_page(office.as_(Role.HR).get("/campaign/organisation"))


def test_the_leading_group_has_one_head_at_a_time_whatever_his_unit(office: Office) -> None:
    talent, post = office.as_(Role.TALENT_OFFICE), {"act": "post", "post": "group_leader", "duty": "书记"}
    for unit, name, since in ((HEALTH, "甲", "2026-01-05"), (HR, "乙", "2026-06-01")):
        typed = post | {"unit": public_id(unit), "person_name": name, "starts_on": since}
        assert talent.post("/campaign/organisation", typed).status_code == 302
    with office.session() as session:
        p = CampaignPost
        rows = session.execute(select(p.person_name, p.ends_on).order_by(p.starts_on)).tuples().all()
    assert list(rows) == [("甲", date(2026, 5, 31)), ("乙", None)]


def test_a_supporting_unit_writes_what_it_contributed_and_no_other_unit_for_it(office: Office) -> None:
    unit = office.as_(Role.HR)
    typed = {"unit": public_id(HR), "happened_on": "2026-11-20", "words": "为下派专家落实待遇"}
    assert unit.post("/campaign/organisation/contributions", typed).status_code == 302
    assert "为下派专家落实待遇" in check_page(unit.get("/campaign/organisation/contributions"))
    assert unit.post("/campaign/organisation/contributions", typed | {"unit": public_id(HEALTH)}).status_code == 404
    assert unit.post("/campaign/organisation/contributions", typed | {"happened_on": "2026-12-01"}).status_code == 422


def test_a_village_is_covered_by_an_order_served_there(office: Office) -> None:
    with office.session() as session:
        Orders(session).raised()
    lead = office.as_(Role.LEAD)
    assert "前进村" in check_page(lead.get("/campaign/plans/coverage"))
    with office.session() as session:
        Orders(session).served()
        span = Span.of_year((CAMPAIGN,), 2026)
        [town] = town_rows(session, span=span)
        assert (town.villages, town.reached, town.unreached) == (1, 1, ())
        none = Span(span.campaigns, span.first, span.last, field_id=TEACHING)
        assert town_rows(session, span=none)[0].reached == 0
    assert "前进村" not in check_page(lead.get("/campaign/plans/coverage"))


def test_a_bureau_looks_at_its_list_row_by_row_and_takes_it_back(office: Office) -> None:
    unit = office.as_(Role.SECTOR)
    assert "派单清单" in check_page(unit.get("/experts/import"))
    assert unit.get("/experts/import/template?kind=dispatch").status_code == 200
    assert unit.get("/experts/import/template?kind=experts").status_code == 404
    rows = (
        "编号,服务日期,受援单位,服务内容,专家",
        "D1,2026-10-12,前进村,慢病义诊,沈知远",
        "D2,2026-10-12,无此村,义诊,沈知远",
    )
    fields = {"csrf_token": unit.csrf("/experts/import"), "kind": "dispatch"}
    fields |= {"file": (io.BytesIO("\n".join(rows).encode()), "清单.csv")}
    made = unit.client.post("/experts/import", data=fields, content_type="multipart/form-data")
    page = made.headers["Location"]
    text = check_page(unit.get(page))
    assert "慢病义诊" in text
    assert "C3" in text
    unit.post(f"{page}/apply", {"leave_out": "1"}, page=page)
    assert "慢病义诊" in check_page(unit.get("/campaign/orders?view=all"))
    unit.post(f"{page}/reverse", page=page)
    assert "已撤单" in check_page(unit.get("/campaign/orders?view=all"))


def test_who_answers_for_a_township_that_takes_part_is_named_too(office: Office) -> None:
    with office.session() as session, transaction(session):
        part = {"id": 969, "district_id": DISTRICT, "campaign_id": CAMPAIGN, "unit_id": TOWNSHIP, "part": "participant"}
        session.execute(insert(CampaignUnit), [part])
    talent = office.as_(Role.TALENT_OFFICE)
    assert f'<option value="{public_id(TOWNSHIP)}">' in check_page(talent.get("/campaign/organisation"))
    post = {"act": "post", "post": "first", "unit": public_id(TOWNSHIP), "person_name": "镇长甲", "duty": ""}
    assert talent.post("/campaign/organisation", post | {"starts_on": "2026-01-04"}).status_code == 302
    assert "镇长甲" in check_page(office.as_(Role.SECTOR).get("/campaign/organisation"))
