"""The page of an expert's household."""

from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.models.person import Relative
from concierge.rules.roles import Role
from tests.office import EXPERT, Office, check_page

PAGE = f"/experts/{public_id(EXPERT)}/household"
CHILD = {"relation": "child", "name": "沈小满", "birth_on": "2017-05-04"}


def test_a_child_is_written_down_shown_without_its_name_and_taken_out(office: Office) -> None:
    specialist = office.as_(Role.SPECIALIST)
    answer = specialist.post(PAGE, CHILD, page=PAGE)
    assert answer.status_code == 302
    shown = check_page(specialist.get(PAGE))
    assert "子女" in shown
    assert "沈小满" not in shown
    assert PAGE in check_page(specialist.get(f"/experts/{public_id(EXPERT)}"))
    with office.database.session() as session:
        child = session.execute(select(Relative.id)).scalar_one()
    specialist.post(f"{PAGE}/out", {"member": public_id(child)}, page=PAGE)
    assert "暂无" in check_page(specialist.get(PAGE)) or "尚未" in check_page(specialist.get(PAGE))


def test_what_is_wrong_is_told_beside_its_field(office: Office) -> None:
    answer = office.as_(Role.SPECIALIST).post(PAGE, CHILD | {"birth_on": ""}, page=PAGE)
    assert answer.status_code == 422
    assert "沈小满" in check_page(answer)
