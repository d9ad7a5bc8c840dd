"""Forty are told without application: each at his own pages, with one press (domain §7.4, scenario 13)."""

import re
from datetime import date

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.models.account import Account, AccountGrant
from concierge.models.entitlement import Entitlement
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from tests.benefits import House
from tests.office import ACCOUNTS, DISTRICT, TOKEN, Visitor, check_page
from tests.pages.town import Town
from tests.services.test_golden_exclusions import at, crowd

pytestmark = pytest.mark.unmatched

FIRST = 70_000
VERSION = re.compile(r'action="[^"]+/confirm".*?name="version" value="(\d+)"', re.S)


@pytest.fixture
def people(house: House) -> list[int]:
    """Forty experts who have been told, each with an account; three of them are on the credit list."""
    stage = house.stage
    found = crowd(stage)
    stage.match(person_ids=found)
    like = select(Account).where(Account.id == ACCOUNTS[Role.EXPERT])
    known = stage._read(lambda: stage.session.execute(like).scalar_one())
    shared = {name: getattr(known, name) for name in ("password_hash", "password_set_at", "must_change_password")}
    accounts = [
        shared
        | dict.fromkeys(("login", "login_key", "person_key"), f"crowd{n}")
        | {"id": FIRST + n, "name": f"专家{n}"}
        for n in range(len(found))
    ]
    grant = {"district_id": DISTRICT, "role": Role.EXPERT.value, "starts_on": date(2026, 1, 1)}
    grants = [
        grant | {"id": 71_000 + n, "account_id": FIRST + n, "person_id": person} for n, person in enumerate(found)
    ]
    stage.write(lambda s: (s.execute(insert(Account), accounts), s.execute(insert(AccountGrant), grants)))
    return found


def of_person(house: House, n: int) -> Visitor:
    """One of the forty, logged in."""
    house.office.clock.move_to(house.stage.now)
    visitor = house.office.visitor()
    visitor.log_in(f"crowd{n}")
    return visitor


def states(house: House, people: list[int]) -> list[str]:
    policy = select(Policy.id).where(Policy.code == "P12").scalar_subquery()
    wanted = select(Entitlement.state).where(Entitlement.policy_id == policy, Entitlement.person_id.in_(people))
    stage = house.stage
    return list(stage._read(lambda: stage.session.execute(wanted.order_by(Entitlement.person_id)).scalars().all()))


def test_scenario_13_thirty_six_press_once_one_refuses_and_three_wait_for_a_person(
    house: House, people: list[int]
) -> None:
    stage = house.stage
    policy = select(Policy.id).where(Policy.code == "P12")
    there = f"/me/benefits/{public_id(stage._read(lambda: stage.session.execute(policy).scalar_one()))}"
    for n in range(3, len(people)):
        visitor = of_person(house, n)
        page = check_page(visitor.get(there))
        form, token = VERSION.search(page), TOKEN.search(page)
        assert form is not None
        assert token is not None
        visitor.token = token[1]
        if n == 3:
            assert visitor.post(f"{there}/waive", {"reason": "单位已安排"}).status_code == 302
        else:
            assert visitor.post(f"{there}/confirm", {"version": form[1]}).status_code == 302
    assert states(house, people) == ["identified"] * 3 + ["waived"] + ["confirmed"] * 36
    again = stage.match(now=at(4, 7), person_ids=people)
    assert (again.created, states(house, people)[3]) == (0, "waived"), "nobody is asked twice"


def test_who_is_on_the_credit_list_is_told_once_a_person_has_looked(house: House, people: list[int]) -> None:
    stage, town = house.stage, Town(house)
    right = stage.right("P12", people[0])
    assert "告知专家" in town.shown(Role.SPECIALIST_LEAD, f"/cases/{public_id(right.id)}")
    town.take(Role.SPECIALIST_LEAD, right.id, "notify")
    assert states(house, people)[:4] == ["notified", "identified", "identified", "notified"]
