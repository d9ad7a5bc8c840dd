"""An administrator of a unit: accounts and roles inside the own unit, what was delegated, never for himself."""

from typing import Any

import pytest
from sqlalchemy import select

from concierge.basics.ids import public_id
from concierge.engine.tables import AuditEntry
from concierge.models.account import Account, AccountGrant
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, HOSPITAL, NUMBERS, OFFICE, OTHER_EXPERT, SCHOOL, Office, check_page, key_ring

NEW = {
    "login": "hospital.clerk",
    "name": "高小兰",
    "id_number": NUMBERS[OTHER_EXPERT],
    "password": "First-2026",
    "email": "",
    "duty": f"{public_id(HOSPITAL)} employer",
    "starts_on": "2026-11-23",
    "ends_on": "",
}


def _made(office: Office) -> int:
    """The clerk's account, made by the administrator of the hospital."""
    answer = office.as_(Role.UNIT_ADMIN).post("/admin/colleagues/new", NEW)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with office.session() as session:
        return session.execute(select(Account.id).where(Account.login == "hospital.clerk")).scalar_one()


def _grants(office: Office, account_id: int) -> list[tuple[str, int | None, Any]]:
    g = AccountGrant
    with office.session() as session:
        wanted = select(g.role, g.unit_id, g.ends_on).where(g.account_id == account_id).order_by(g.id)
        return [tuple(row) for row in session.execute(wanted)]


def test_a_unit_administrator_makes_an_account_with_its_role_in_one_act_and_ends_both(office: Office) -> None:
    clerk, own = _made(office), office.as_(Role.UNIT_ADMIN)
    visitor = office.visitor()
    visitor.log_in("hospital.clerk", "First-2026")
    assert _grants(office, clerk) == [("employer", HOSPITAL, None)]
    assert "高小兰" in check_page(own.get("/admin/colleagues"))
    page = check_page(own.get(f"/admin/colleagues/{public_id(clerk)}"))
    grant_id = page.split('name="grant" value="')[1].split('"')[0]
    more = {"duty": f"{public_id(HOSPITAL)} unit_liaison", "starts_on": "2026-11-23", "ends_on": "2026-12-31"}
    assert own.post(f"/admin/colleagues/{public_id(clerk)}", more).status_code == 302
    assert own.post(f"/admin/colleagues/{public_id(clerk)}/end", {"grant": grant_id}).status_code == 302
    assert [str(row[2]) for row in _grants(office, clerk)] == ["2026-11-22", "2026-12-31"]
    assert own.post(f"/admin/colleagues/{public_id(clerk)}/end").status_code == 302
    assert visitor.get("/account").status_code == 302
    with office.session() as session:
        told = session.execute(select(AuditEntry).where(AuditEntry.role == "unit_admin").order_by(AuditEntry.id))
        acts = [
            (e.act, e.actor_id, e.subject_id == clerk or (e.data or {}).get("account") == clerk) for e in told.scalars()
        ]
    admin = ACCOUNTS[Role.UNIT_ADMIN]
    assert acts == [
        ("create-account", admin, True),
        ("grant-role", admin, True),
        ("grant-role", admin, True),
        ("end-grant", admin, False),
        ("disable-account", admin, True),
    ]


@pytest.mark.parametrize(
    "duty",
    [
        f"{public_id(HOSPITAL)} hr",
        f"{public_id(HOSPITAL)} unit_admin",
        f"{public_id(HOSPITAL)} security_admin",
        f"{public_id(SCHOOL)} employer",
        f"{public_id(HOSPITAL)} nothing",
        "",
    ],
)
def test_nothing_is_granted_that_was_not_delegated_nor_in_another_unit(office: Office, duty: str) -> None:
    refused = office.as_(Role.UNIT_ADMIN).post("/admin/colleagues/new", NEW | {"duty": duty})
    assert refused.status_code in (404, 422)
    with office.session() as session:
        assert session.execute(select(Account.id).where(Account.login == "hospital.clerk")).first() is None


def test_nobody_makes_a_second_account_for_himself(office: Office) -> None:
    with office.session() as session:
        session.get_one(Account, ACCOUNTS[Role.UNIT_ADMIN]).person_key = key_ring().blind_index(
            NUMBERS[OTHER_EXPERT], "person"
        )
        session.commit()
    refused = office.as_(Role.UNIT_ADMIN).post("/admin/colleagues/new", NEW)
    assert refused.status_code == 422
    assert "nobody may grant a role to himself" in office.as_(Role.UNIT_ADMIN, "en").post(
        "/admin/colleagues/new", NEW
    ).get_data(as_text=True)


def test_people_of_other_units_are_as_if_they_were_not(office: Office) -> None:
    own = office.as_(Role.UNIT_ADMIN)
    more = {"duty": f"{public_id(HOSPITAL)} employer", "starts_on": "2026-11-23", "ends_on": ""}
    for stranger in (ACCOUNTS[Role.HR], ACCOUNTS[Role.UNIT_ADMIN], 999_999):
        address = f"/admin/colleagues/{public_id(stranger)}"
        assert own.get(address).status_code == own.post(address, more).status_code == 404
        assert own.post(f"{address}/end").status_code == 404
    # A role of somebody else under the number of a colleague is not ended either.
    clerk, hr = public_id(ACCOUNTS[Role.EMPLOYER]), public_id(ACCOUNTS[Role.HR] + 1000)
    assert own.post(f"/admin/colleagues/{clerk}/end", {"grant": hr}).status_code == 404


def test_an_account_with_duties_elsewhere_is_not_ended_by_one_unit(office: Office) -> None:
    clerk = _made(office)
    grant = {"login": "hospital.clerk", "role": "hr", "unit": public_id(OFFICE), "starts_on": "2026-11-01"}
    assert office.as_(Role.SECURITY_ADMIN).post("/admin/grants", grant).status_code == 302
    own = office.as_(Role.UNIT_ADMIN, "en")
    refused = own.post(f"/admin/colleagues/{public_id(clerk)}/end")
    assert refused.status_code == 409
    assert "other duties too" in refused.get_data(as_text=True)
    assert "HR reviewer" not in check_page(own.get(f"/admin/colleagues/{public_id(clerk)}"))


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 302),
        ({"unit": ""}, 422),
        ({"delegates": []}, 422),
        ({"delegates": ["finance_payer"]}, 422),
        ({"delegates": ["unit_admin"]}, 422),
        ({"role": "employer"}, 422),
        ({"ends_on": "2026-10-01"}, 422),
    ],
)
def test_the_security_administrator_says_which_roles_a_unit_grants_itself(
    office: Office, changed: dict[str, Any], status: int
) -> None:
    with office.session() as session:
        account = session.get_one(Account, ACCOUNTS[Role.PRESS])
        session.add(
            Account(
                id=990, login="clerk", login_key="clerk", name="乙", person_key="clerk",
                password_hash=account.password_hash, password_set_at=account.password_set_at,
            )
        )  # fmt: skip
        session.commit()
    grant = {"login": "clerk", "role": "unit_admin", "unit": public_id(SCHOOL), "starts_on": "2026-11-01"}
    grant |= {"ends_on": "", "delegates": ["employer", "unit_liaison"]}
    assert office.as_(Role.SECURITY_ADMIN).post("/admin/grants", grant | changed).status_code == status
    kept = [] if status == 422 else [("unit_admin", SCHOOL, None)]
    assert _grants(office, 990) == kept


def test_an_administrator_of_a_unit_does_none_of_its_business(office: Office) -> None:
    own = office.as_(Role.UNIT_ADMIN)
    grant = {"login": "unit_admin", "role": "employer", "unit": public_id(HOSPITAL), "starts_on": "2026-11-01"}
    assert office.as_(Role.SECURITY_ADMIN).post("/admin/grants", grant).status_code == 422
    for path in ("/admin/accounts", "/admin/grants", "/admin/audit", "/admin/settings", "/employer/experts", "/desk"):
        assert own.get(path).status_code in (403, 404), path
