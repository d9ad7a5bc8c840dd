"""The talent office sets a campaign up at its pages, adds to it and corrects it; what is wrong is told beside it."""

from datetime import date, timedelta

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.models.campaign import Campaign, CampaignUnit, ReportingGroup, ServiceField
from concierge.models.plan import Contribution
from concierge.rules.roles import Role
from tests.campaigns import CAMPAIGN, DOCTOR, DOCTORS, GROUPS, PARENT, VILLAGE
from tests.databases import DISTRICT
from tests.office import EDUCATION, HEALTH, HR, NOW, Office, check_page

SETUP = f"/campaign/setup?campaign={public_id(CAMPAIGN)}"
NEXT = {
    "name_zh": "三服务一促进", "name_en": "Three services", "code": "three-services", "year": "2027",
    "starts_on": "2027-01-01", "ends_on": "2027-12-31", "parent": "", "basis": "",
}  # fmt: skip


def parts(office: Office, campaign_id: int = CAMPAIGN) -> dict[int, str]:
    with office.session() as session:
        rows = session.execute(select(CampaignUnit).where(CampaignUnit.campaign_id == campaign_id)).scalars()
        return {row.unit_id: row.part for row in rows}


def test_the_menu_leads_the_talent_office_to_the_set_up_and_nobody_else(office: Office) -> None:
    assert 'href="/campaign/setup"' in check_page(office.as_(Role.TALENT_OFFICE).get("/campaign"))
    assert 'href="/campaign/setup"' not in check_page(office.as_(Role.SECTOR).get("/campaign"))
    page = check_page(office.as_(Role.TALENT_OFFICE, "en").get("/campaign/setup"))
    assert "the units that take part" in page


def test_what_is_wrong_with_a_new_campaign_is_told_beside_its_field_and_what_was_typed_stays(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    assert 'value="2026-01-01"' in check_page(talent.get("/campaign/setup/new"))
    wrong = talent.post("/campaign/setup/new", NEXT | {"year": "next", "name_en": "", "parent": public_id(PARENT)})
    assert wrong.status_code == 422
    page = check_page(wrong)
    assert all(f'id="{name}-error"' in page for name in ("year", "name_en", "parent"))
    assert 'value="三服务一促进"' in page
    late = talent.post("/campaign/setup/new", NEXT | {"starts_on": "soon"})
    assert 'id="starts_on-error"' in check_page(late)
    with office.session() as session:
        assert len(session.execute(select(Campaign)).all()) == 2


def test_a_campaign_begun_with_one_tick_takes_over_the_units_and_waits_for_its_first_day(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    assert "参与单位及角色不变" not in check_page(talent.get("/campaign/setup/new")), "there is nothing to take over"
    talent.post(SETUP, {"act": "units", f"part_{public_id(HEALTH)}": "domain"})
    page = check_page(talent.get("/campaign/setup/new"))
    assert "参与单位及角色不变" in page
    made = talent.post("/campaign/setup/new", NEXT | {"same_units": "y"})
    assert made.status_code == 302
    with office.session() as session:
        new = session.execute(select(Campaign.id).where(Campaign.year == 2027)).scalar_one()
    assert parts(office, new) == {HEALTH: "domain"}
    assert "已可运行" in check_page(talent.get(made.headers["Location"]))
    assert "2026" in check_page(talent.get("/campaign")).split("lead-line")[1][:200]


def test_groups_and_fields_are_added_at_any_time_and_a_code_in_use_is_refused(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    group = {"act": "group", "group-name_zh": "农牧", "group-name_en": "Farming", "group-position": "3"}
    wrong = talent.post(SETUP, group | {"group-code": "health"})
    assert wrong.status_code == 422
    assert "该代码已被另一统计口径使用" in check_page(wrong)
    assert talent.post(SETUP, group | {"group-code": "farming", "group-position": "x"}).status_code == 422
    assert talent.post(SETUP, group | {"group-code": "farming"}).status_code == 302
    field = {"act": "field", "field-name_zh": "农牧", "field-name_en": "Farming", "field-code": "farming"}
    none = talent.post(SETUP, field | {"field-group": "", "field-unit": public_id(HR)})
    assert none.status_code == 422
    assert 'id="field-group-error"' in check_page(none)
    field |= {"field-group": public_id(GROUPS["health"]), "field-unit": public_id(HR)}
    assert talent.post(SETUP, field).status_code == 302
    assert talent.post(SETUP, field).status_code == 422
    with office.session() as session:
        codes = [sorted(session.execute(select(m.code)).scalars()) for m in (ReportingGroup, ServiceField)]
    assert codes == [["education", "farming", "health"]] * 2
    assert talent.post(SETUP, {"act": "none"}).status_code == 422


def test_names_and_the_leading_bureau_are_corrected_on_a_page_of_their_own(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    group, field = (
        f"/campaign/setup/groups/{public_id(GROUPS['health'])}",
        f"/campaign/setup/fields/{public_id(DOCTORS)}",
    )
    assert 'value="health"' in check_page(talent.get(group))
    assert talent.post(group, {"name_zh": "", "name_en": "Health", "position": "2"}).status_code == 422
    assert talent.post(group, {"name_zh": "卫生健康", "name_en": "Health", "position": "2"}).status_code == 302
    assert "区卫健委" in check_page(talent.get(field))
    typed = {"name_zh": "医疗", "name_en": "Medicine", "group": public_id(GROUPS["health"]), "unit": ""}
    assert talent.post(field, typed).status_code == 422
    assert talent.post(field, typed | {"unit": public_id(EDUCATION)}).status_code == 302
    page = check_page(talent.get(SETUP))
    assert all(words in page for words in ("卫生健康", "医疗"))
    with office.session() as session:
        assert session.get_one(ServiceField, DOCTORS).unit_id == EDUCATION


def test_a_campaign_is_corrected_from_its_own_line(office: Office) -> None:
    talent, there = office.as_(Role.TALENT_OFFICE), f"/campaign/setup/campaign?campaign={public_id(PARENT)}"
    assert f'href="{there}"' in check_page(talent.get(f"/campaign/setup?campaign={public_id(PARENT)}"))
    assert 'value="2026-12-31"' in check_page(talent.get(there))
    assert "disabled" in check_page(talent.get(there)), "another one stands under it"
    typed = {"name_zh": "万名专家", "name_en": "Experts", "starts_on": "2026-01-01", "basis": "3号"}
    assert talent.post(there, typed | {"ends_on": "2025-12-31"}).status_code == 422
    outside = talent.post(there, typed | {"starts_on": "2027-01-01", "ends_on": "2027-12-31"})
    assert "起止日期须在该年度之内" in check_page(outside)
    assert talent.post(there, typed | {"ends_on": "2026-11-30"}).status_code == 302
    with office.session() as session:
        kept = session.get_one(Campaign, PARENT)
        assert (kept.name_zh, kept.ends_on, kept.basis) == ("万名专家", date(2026, 11, 30), "3号")


def test_code_and_year_of_a_campaign_that_is_only_begun_are_corrected(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    begun = NEXT | {"code": "tree-services", "year": "2028", "starts_on": "2028-01-01", "ends_on": "2028-12-31"}
    here = talent.post("/campaign/setup/new", begun).headers["Location"].partition("?")[2]
    there = f"/campaign/setup/campaign?{here}"
    page = check_page(talent.get(there))
    assert 'value="tree-services"' in page
    assert "disabled" not in page.split("<main")[1]
    assert talent.post(there, NEXT | {"year": ""}).headers["Location"] == f"/campaign/setup?{here}"
    with office.session() as session:
        assert session.execute(select(Campaign.code).where(Campaign.year == 2027)).scalar_one() == "three-services"


def test_posts_and_plans_of_the_next_year_are_entered_before_its_first_day(office: Office) -> None:
    talent, sector = office.as_(Role.TALENT_OFFICE), office.as_(Role.SECTOR)
    talent.post(SETUP, {"act": "units", f"part_{public_id(HEALTH)}": "domain"})
    there = talent.post("/campaign/setup/new", NEXT | {"same_units": "y"}).headers["Location"]
    here = there.partition("?")[2]
    assert f'href="/campaign/organisation?{here}"' in check_page(talent.get(there))
    page = check_page(talent.get(f"/campaign/organisation?{here}"))
    assert f'action="/campaign/organisation?{here}"' in page
    assert f'href="/campaign/organisation/meetings?{here}"' in page
    post = {"act": "post", "post": "first", "unit": public_id(HEALTH), "person_name": "主任甲", "duty": ""}
    basis = {"act": "basis", "level": "district", "number": "〔2027〕1号", "title": "通知", "issued_on": "2026-11-20"}
    for sent in (post | {"starts_on": "2027-01-01"}, basis):
        answer = talent.post(f"/campaign/organisation?{here}", sent)
        assert answer.headers["Location"] == f"/campaign/organisation?{here}"
    assert "主任甲" in check_page(sector.get(f"/campaign/organisation?{here}")), "who will hold it on the first day"
    assert "主任甲" not in check_page(sector.get("/campaign/organisation"))
    page = check_page(sector.get(f"/campaign/plans?{here}"))
    number = page.split("〔2027〕1号")[0].rsplit('value="', 1)[1].split('"')[0]
    plan = {"act": "plan", "field": public_id(DOCTORS), "basis": number, "title": "明年方案"}
    days = {"starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    assert sector.post(f"/campaign/plans?{here}", plan | days | {"starts_on": "2026-12-01"}).status_code == 422
    assert sector.post(f"/campaign/plans?{here}", plan | days).headers["Location"] == f"/campaign/plans?{here}"
    assert "明年方案" in check_page(sector.get(f"/campaign/plans?{here}"))
    assert "明年方案" not in check_page(sector.get("/campaign/plans"))


def test_what_belongs_to_the_year_before_is_still_written_down_in_january(office: Office) -> None:
    office.as_(Role.TALENT_OFFICE).post("/campaign/setup/new", NEXT)
    office.clock.advance(timedelta(days=45))
    sector, there = office.as_(Role.SECTOR), "/campaign/experts/mentees"
    typed = {"expert": public_id(DOCTOR), "mentee_name": "乡村医生甲", "unit": public_id(HEALTH)}
    typed |= {"starts_on": "2026-12-20", "unit": public_id(VILLAGE)}
    assert "日期须在行动期限内" in check_page(sector.post(there, typed))
    page = check_page(sector.get(there))
    assert f'value="{public_id(CAMPAIGN)}"' in page, "the year before may be chosen"
    back = f"{there}?field={public_id(DOCTORS)}&campaign={public_id(CAMPAIGN)}"
    assert f'action="{back.replace("&", "&amp;")}"' in check_page(sector.get(back))
    assert sector.post(back, typed).status_code == 302
    assert "乡村医生甲" in check_page(sector.get(back))
    assert "乡村医生甲" not in check_page(sector.get(there))


def test_units_get_their_parts_in_one_go_and_leave_only_while_nothing_hangs_on_them(office: Office) -> None:
    talent = office.as_(Role.TALENT_OFFICE)
    assert talent.post(SETUP, {"act": "units", f"part_{public_id(HR)}": ""}).status_code == 422
    chosen = {f"part_{public_id(HR)}": "support", f"part_{public_id(HEALTH)}": "domain"}
    assert talent.post(SETUP, {"act": "units"} | chosen).status_code == 302
    again = talent.post(SETUP, {"act": "units"} | chosen)
    assert again.status_code == 422
    assert "只承担一种角色" in check_page(again)
    here = f"campaign={public_id(CAMPAIGN)}"
    talent.post(f"/campaign/setup/units/{public_id(HR)}?{here}", {"part": "participant"})
    for rubbish in ({"part": "leader"}, {}):
        talent.post(f"/campaign/setup/units/{public_id(HR)}?{here}", rubbish)
    assert parts(office) == {HR: "participant", HEALTH: "domain"}
    done = {"id": 970, "district_id": DISTRICT, "campaign_id": CAMPAIGN, "unit_id": HR, "words": "支持"}
    with office.session() as session, transaction(session):
        session.add(Contribution(**done, happened_on=date(2026, 5, 4), recorded_by=1, recorded_at=NOW))
    for unit in (HR, HEALTH):
        answer = talent.post(f"/campaign/setup/units/{public_id(unit)}?{here}", {"part": ""})
        assert answer.status_code == 302
    assert parts(office) == {HR: "participant"}
    assert "不能移出" in check_page(talent.get(SETUP))
