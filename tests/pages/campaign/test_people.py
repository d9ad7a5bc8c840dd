"""The people of the campaign, as the bureau that leads a field keeps them on its pages."""

import io

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.campaign import ServiceExpert
from concierge.rules.roles import Role
from tests.campaigns import COLLEAGUE, DOCTOR, DOCTORS, TEACHER, TEACHING
from tests.office import HOSPITAL, TOWNSHIP, Office, check_page

LIST = "/campaign/experts"


def test_a_bureau_puts_an_expert_on_its_list_and_takes_him_off(office: Office) -> None:
    bureau = office.as_(Role.SECTOR)
    typed = {"full_name": "护士丁", "home_unit": public_id(HOSPITAL), "specialty": "急救护理"}
    assert "登记专家" in check_page(bureau.get(LIST))
    wrong = bureau.post(LIST, typed | {"full_name": "同事丙"})
    assert wrong.status_code == 422
    assert "该单位的同事丙已在专家名单中" in check_page(wrong)
    assert bureau.post(LIST, typed | {"home_unit": ""}).status_code == 422
    assert "没有此姓名的人才档案" in check_page(bureau.post(LIST, typed | {"has_file": "y"}))
    made = bureau.post(LIST, typed)
    assert made.headers["Location"] == f"{LIST}?field={public_id(DOCTORS)}"
    assert "护士丁" in check_page(bureau.get(made.headers["Location"]))
    with office.session() as session:
        found = select(ServiceExpert.id).where(ServiceExpert.full_name == "护士丁")
        end = f"{LIST}/{public_id(session.execute(found).scalar_one())}/end"
    assert "已移出名单" in check_page(bureau.post(end, {"field": public_id(DOCTORS)}, follow_redirects=True))
    assert "护士丁已移出名单" in check_page(bureau.post(end, follow_redirects=True))


def test_the_list_of_another_bureau_is_neither_shown_nor_changed(office: Office) -> None:
    bureau = office.as_(Role.SECTOR)
    typed = {"full_name": "护士丁", "home_unit": public_id(HOSPITAL)}
    assert bureau.post(f"{LIST}?field={public_id(TEACHING)}", typed).status_code == 404
    assert bureau.post(f"{LIST}/{public_id(TEACHER)}/end").status_code == 404


def test_the_talent_office_keeps_every_list_and_whoever_watches_keeps_none(office: Office) -> None:
    there = f"{LIST}?field={public_id(TEACHING)}"
    typed = {"full_name": "护士丁", "home_unit": public_id(HOSPITAL)}
    assert office.as_(Role.TALENT_OFFICE).post(there, typed).status_code == 302
    lead = office.as_(Role.LEAD)
    assert "登记专家" not in check_page(lead.get(there))
    assert lead.post(there, typed | {"full_name": "护士戊"}).status_code == 422


def test_a_bureau_forms_a_team_and_its_names_stand_on_the_page(office: Office) -> None:
    bureau, there = office.as_(Role.SECTOR), f"{LIST}/teams"
    assert "组建服务团" in check_page(bureau.get(there))
    typed = {"name_zh": "急救团队", "name_en": "Emergency team", "base_unit": public_id(HOSPITAL)}
    typed |= {"leader": public_id(DOCTOR), "member": public_id(COLLEAGUE), "formed_on": "2026-11-02"}
    wrong = bureau.post(there, typed | {"name_zh": "", "formed_on": "2027-01-01"})
    assert wrong.status_code == 422
    assert "checked" in check_page(wrong), "what was ticked stays ticked"
    assert bureau.post(there, typed | {"leader": ""}).status_code == 422
    assert bureau.post(there, typed | {"member": public_id(TEACHER)}).status_code == 422
    made = bureau.post(there, typed)
    assert made.headers["Location"] == f"{there}?field={public_id(DOCTORS)}"
    page = check_page(bureau.get(there))
    assert "急救团队" in page.split("</table>")[0]
    assert "Emergency team" in check_page(office.as_(Role.SECTOR, "en").get(there)).split("</table>")[0]
    assert 'name="leader"' not in check_page(office.as_(Role.SUPERVISOR).get(there))


def test_a_bureau_writes_a_mentee_down_once(office: Office) -> None:
    bureau, there = office.as_(Role.SECTOR), f"{LIST}/mentees"
    typed = {"expert": public_id(DOCTOR), "mentee_name": "乡村医生甲", "unit": public_id(TOWNSHIP)}
    typed |= {"starts_on": "2026-11-02"}
    check_page(bureau.get(there))
    assert bureau.post(there, typed | {"unit": ""}).status_code == 422
    assert bureau.post(there, typed).status_code == 302
    assert "乡村医生甲" in check_page(bureau.get(there))
    assert "该专家已在指导此人" in check_page(bureau.post(there, typed))


def test_a_bureau_declares_somebody_and_opens_his_page(office: Office) -> None:
    bureau, there = office.as_(Role.SECTOR), f"{LIST}/placements"
    typed = {"form": "shadowing", "person_name": "医生甲", "unit": public_id(HOSPITAL), "programme": "进京跟岗"}
    typed |= {"host": "协作区医院", "declared_on": "2026-11-02"}
    check_page(bureau.get(there))
    assert bureau.post(there, typed | {"form": "elsewhere"}).status_code == 422
    assert bureau.post(there, typed).status_code == 302
    page = check_page(bureau.get(there))
    case = page.split('href="/cases/')[1].split('"')[0]
    assert f"/cases/{case}/steps/approve" in check_page(bureau.get(f"/cases/{case}"))
    assert f"/cases/{case}" not in check_page(office.as_(Role.SUPERVISOR).get(there))


def test_a_ticked_member_that_is_nobody_is_told_in_words(office: Office) -> None:
    typed = {"name_zh": "急救团队", "base_unit": public_id(HOSPITAL), "formed_on": "2026-11-02"}
    typed |= {"leader": public_id(DOCTOR), "member": "rubbish!"}
    answer = office.as_(Role.SECTOR).post(f"{LIST}/teams", typed)
    assert answer.status_code == 422
    assert "请选择该领域名单中的专家" in check_page(answer)


def test_no_page_of_people_knows_a_field_of_another_bureau(office: Office) -> None:
    bureau, other = office.as_(Role.SECTOR), public_id(TEACHING)
    for page in ("teams", "mentees", "placements"):
        assert "教师甲" not in check_page(bureau.get(f"{LIST}/{page}?field={other}"))
    team = {"leader": public_id(TEACHER), "base_unit": public_id(HOSPITAL), "formed_on": "2026-11-02", "name_zh": "甲"}
    assert bureau.post(f"{LIST}/teams?field={other}", team).status_code == 404


def test_a_bureau_imports_its_list_as_a_table(office: Office) -> None:
    bureau = office.as_(Role.SECTOR)
    assert 'href="/experts/import"' in check_page(bureau.get(LIST)).split("<main")[1]
    assert bureau.get("/experts/import/template?kind=service_experts").status_code == 200
    table = io.BytesIO("姓名,派出单位,专长\n护士丁,区人民医院,急救护理\n".encode())
    fields = {"csrf_token": bureau.csrf("/experts/import"), "kind": "service_experts", "file": (table, "名单.csv")}
    made = bureau.client.post("/experts/import", data=fields, content_type="multipart/form-data")
    run = made.headers["Location"]
    assert "护士丁" in check_page(bureau.get(run))
    assert bureau.post(f"{run}/apply").status_code == 302
    assert "急救护理" in check_page(bureau.get(LIST))
