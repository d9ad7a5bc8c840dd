"""A real district begins: three administrators, and through them everybody else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from concierge.basics.crypto import first_password
from concierge.basics.errors import Invalid, Refusal
from concierge.db import open_session
from concierge.engine.tables import AuditEntry
from concierge.models.account import Account, AccountGrant
from concierge.models.district import District
from concierge.rules.roles import Role
from concierge.services.districts import DistrictNames
from concierge.services.founding import FIRST, Administrator, found_with_administrators
from tests.office import NOW, Office

TODAY = date(2026, 11, 23)
NAMES = DistrictNames(name_zh="青川区", name_en="Qingchuan District")


def three() -> list[Administrator]:
    """Three different people."""
    return [
        Administrator(role=role, login=f"first.{role}", name=f"甲{n}", person_key=f"key-{n}", password=first_password())
        for n, role in enumerate(FIRST)
    ]


def found(office: Office, people: list[Administrator], code: str = "999902", names: DistrictNames = NAMES) -> int:
    """Found a district beside the one that is there."""
    with open_session(office.database.engine, district=None) as session:
        return found_with_administrators(session, now=NOW, today=TODAY, code=code, names=names, administrators=people)


def test_a_real_district_begins_with_three_administrators_who_log_in_and_must_change_their_passwords(
    office: Office,
) -> None:
    people = three()
    district_id = found(office, people)
    with open_session(office.database.engine, district=district_id) as session:
        assert not session.get_one(District, district_id).is_demo
        granted = session.execute(select(AccountGrant.role, AccountGrant.starts_on)).all()
        assert {tuple(row) for row in granted} == {(role.value, TODAY) for role in FIRST}
        acts = session.execute(select(AuditEntry.act)).scalars().all()
        assert sorted(acts) == sorted(["found-district"] + ["create-account", "grant-role"] * 3)
    visitor = office.visitor()
    visitor.log_in(people[0].login, people[0].password)
    assert visitor.get("/admin/accounts").location == "/account/password"


def test_two_of_the_first_administrators_may_not_be_one_person_and_nothing_is_left_half_done(office: Office) -> None:
    one, two, three_ = three()
    with pytest.raises(Refusal):
        found(office, [one, two, replace(three_, person_key=one.person_key)])
    with open_session(office.database.engine, district=None) as session:
        assert session.execute(select(func.count()).select_from(District)).scalar_one() == 1
        assert session.execute(select(Account.id).where(Account.login_key.startswith("first."))).all() == []


@pytest.mark.parametrize(
    ("code", "names", "field"),
    [
        ("", NAMES, "code"),
        ("九九", NAMES, "code"),
        ("9" * 13, NAMES, "code"),
        ("999902", replace(NAMES, name_en=" "), "name_en"),
        ("999902", replace(NAMES, hotline="none"), "hotline"),
    ],
)
def test_a_district_needs_a_code_and_names(office: Office, code: str, names: DistrictNames, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        found(office, three(), code, names)
    assert [reason.field for reason in wrong.value.reasons] == [field]


def test_a_district_is_founded_once(office: Office) -> None:
    with pytest.raises(Refusal) as refused:
        found(office, three(), "999901")
    assert [reason.code for reason in refused.value.reasons] == ["district_exists"]


def test_a_duty_that_begins_today_holds_from_the_districts_midnight_on(office: Office) -> None:
    """From midnight to eight in the morning the day in UTC is still yesterday."""
    people = three()
    office.clock.move_to(datetime(2026, 11, 22, 16, 30, tzinfo=UTC))
    with open_session(office.database.engine, district=None) as session:
        found_with_administrators(
            session, now=office.clock.now(), today=TODAY, code="999902", names=NAMES, administrators=people
        )
    visitor = office.visitor()
    visitor.log_in(people[0].login, people[0].password)
    visitor.post("/account/password", {"old_password": people[0].password, "new_password": "Second-2026"})
    assert visitor.get("/admin/accounts").location == "/account/second-factor"
    assert people[0].role is Role.SYSTEM_ADMIN
