"""One form for a new arrival, on the phone and at the desk."""

from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests.benefits import House
from tests.office import EXPERT, check_page


def test_a_new_arrival_asks_for_everything_on_one_form(house: House) -> None:
    me = house.as_(Role.EXPERT)
    check_page(me.get("/me/package"))
    assert me.post("/me/package", {"policies": []}).status_code == 422
    assert me.post("/me/package", {"policies": ["P01", "P02"]}).status_code == 302
    page = check_page(me.get("/me/package"))
    assert "各项申领办理中" in page
    assert "安家补贴" in page
    assert me.post("/me/package", {"policies": ["P01"]}).status_code == 409
    desk = house.as_(Role.SPECIALIST)
    assert "安家补贴" in check_page(desk.get(f"/experts/{public_id(EXPERT)}/package"))
