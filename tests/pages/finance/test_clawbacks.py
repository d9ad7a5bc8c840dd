"""A clawback on the pages: opened, calculated, stated on the phone, decided, received."""

from datetime import UTC, datetime

from concierge.basics.ids import parse_id, public_id
from concierge.rules.roles import Role
from tests.office import Office, check_page
from tests.paying import CHECKER, ENTITLEMENT, MAKER, Paying
from tests.services.test_clawbacks import paid, row

Bank = tuple[Office, Paying]


def test_a_clawback_goes_from_the_office_over_the_phone_to_finance(bank: Bank) -> None:
    office, paying = bank
    paid(paying)
    office.clock.move_to(datetime(2026, 12, 1, 2, 0, tzinfo=UTC))
    desk, phone, maker = office.as_(Role.TALENT_OFFICE), office.as_(Role.EXPERT), office.as_(MAKER)
    assert "沈知远" in check_page(desk.get("/finance/clawbacks/new?q=沈"))
    opened = desk.post("/finance/clawbacks/new", {"right": public_id(ENTITLEMENT)})
    there = opened.headers["Location"]
    case = there.rpartition("/")[2]
    assert desk.post("/finance/clawbacks/new", {"right": public_id(ENTITLEMENT)}).status_code == 409
    assert phone.get(f"/me/repayments/{case}").status_code == 404
    desk.post(f"{there}/steps/calculate", {"ground": "left", "served_until": "2026-11-30"})
    assert "¥30,000.00" in check_page(desk.get(there))
    desk.post(f"{there}/steps/serve_notice", {})
    assert "陈述申辩" in check_page(phone.get(f"/me/repayments/{case}"))
    assert phone.post(f"/me/repayments/{case}", {"statement": ""}, page=f"/me/repayments/{case}").status_code == 422
    phone.post(f"/me/repayments/{case}", {"statement": "因家庭原因离职"}, page=f"/me/repayments/{case}")
    assert "¥30,000.00" in check_page(phone.get("/me/payments"))
    assert maker.get(f"/finance/clawbacks/{case}").status_code == 404
    text = check_page(desk.get(f"/finance/clawbacks/{case}"))
    assert "因家庭原因离职" in text
    assert "Clawbacks" in check_page(office.as_(CHECKER, "en").get("/finance/clawbacks"))
    check_page(desk.get("/finance/clawbacks?closed=1"))
    assert row(paying, parse_id(case)).state == "stated"
