"""The people of the campaign, as the bureau that leads a field keeps them on its pages."""

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.campaign import ServiceExpert
from concierge.rules.roles import Role
from tests.campaigns import DOCTORS, TEACHER, TEACHING
from tests.office import HOSPITAL, Office, check_page

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
