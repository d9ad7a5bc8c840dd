"""The page of the vouchers: a provider's month opens its rows, goes into a sheet, and is settled against its bill."""

from sqlalchemy import update

from concierge.basics.ids import public_id
from concierge.db import transaction
from concierge.documents.tables import read_table
from concierge.models.account import AccountGrant
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, HOSPITAL, Office, check_page
from tests.paying import MAKER, TODAY, Paying
from tests.services.test_vouchers import CAP, DESK, GIVER, SERVED, row, step, used, vouchers


def test_a_month_opens_its_rows_and_is_settled_against_the_bill_alone(bank: tuple[Office, Paying]) -> None:
    office, paying = bank
    [voucher] = vouchers(paying, CAP)
    used(paying, voucher)
    step(paying, "accept", voucher, Role.EXPERT)
    month = {"provider": public_id(HOSPITAL), "month": f"{TODAY:%Y-%m}"}
    there = "provider={provider}&month={month}".format(**month)
    who = office.as_(MAKER)
    assert "1,320.00" in check_page(who.get("/finance/vouchers"))
    page = check_page(who.get(f"/finance/vouchers?{there}"))
    assert row(paying, voucher).number in page
    assert f"/finance/vouchers.xlsx?{there}" in page.replace("&amp;", "&")
    assert read_table("list.xlsx", who.get(f"/finance/vouchers.xlsx?{there}").data)[-1][-1] == 1320
    wrong = who.post("/finance/vouchers/settle", data=month | {"billed": "1319.99"})
    assert wrong.status_code == 422
    assert "1,320.00" in check_page(wrong), "what the accepted vouchers come to is said beside the field"
    assert row(paying, voucher).state == "accepted"
    assert who.post("/finance/vouchers/settle", data=month | {"billed": "1,320"}).status_code == 302
    assert row(paying, voucher).state == "settled"
    assert who.get("/finance/vouchers?provider=x&month=1").status_code == 404
    assert who.get(f"/finance/vouchers?provider={month['provider']}&month=2026-13").status_code == 404


def test_the_liaison_of_a_provider_finds_what_may_be_used_there_and_nobody_else_does(
    bank: tuple[Office, Paying],
) -> None:
    office, paying = bank
    [voucher] = vouchers(paying, CAP)
    step(paying, "place", voucher, GIVER, {"provider": public_id(HOSPITAL)})
    there = f"/cases/{public_id(voucher)}/steps/report"
    with paying.session() as session, transaction(session):
        grant = AccountGrant.account_id == ACCOUNTS[Role.UNIT_LIAISON]
        session.execute(update(AccountGrant).where(grant).values(unit_id=HOSPITAL))
    page = check_page(office.as_(Role.UNIT_LIAISON).get("/finance/vouchers"))
    assert row(paying, voucher).number in page
    assert there in page
    assert there not in check_page(office.as_(Role.TALENT_OFFICE).get("/finance/vouchers"))
    step(paying, "report", voucher, DESK, SERVED)
    assert there not in check_page(office.as_(Role.UNIT_LIAISON).get("/finance/vouchers"))
