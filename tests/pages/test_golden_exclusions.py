"""A couple with one home, two allowances of one group: what people read and claim at their pages (domain §7.4)."""

from datetime import date

import pytest
from sqlalchemy import select, update

from concierge.basics.ids import public_id
from concierge.demo.policies import load_policies
from concierge.models.claim import Claim
from concierge.models.entitlement import Accrual
from concierge.models.person import Person
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from tests import office
from tests.benefits import UNITS, House, editor
from tests.office import EXPERT, OFFICE, OTHER_EXPERT
from tests.pages.town import Town
from tests.services.test_golden_exclusions import HOUSEHOLD, LATER, MORE, at, begin, category, know

pytestmark = pytest.mark.unmatched


@pytest.fixture
def town(house: House) -> Town:
    """The couple of the golden scenarios with all policies that exclude each other, on 7 April."""
    stage, publisher = house.stage, office.actor(Role.TALENT_OFFICE)
    units, when = UNITS | {"housing": OFFICE}, at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=MORE)
    couple = update(Person).where(Person.id.in_((EXPERT, OTHER_EXPERT))).values(household_id=HOUSEHOLD)
    stage.write(lambda s: s.execute(couple))
    town = Town(house)
    town.wait_until(LATER)
    return town


def page_of(town: Town, code: str) -> str:
    [policy] = town.read(select(Policy.id).where(Policy.code == code))
    return f"/me/benefits/{public_id(policy)}"


def claimed(town: Town, code: str) -> Claim:
    """The expert claims what is due of a benefit on the phone."""
    town.send(Role.EXPERT, f"{page_of(town, code)}/claim")
    [claim] = town.read(select(Claim).order_by(Claim.id.desc()).limit(1))
    return claim


def test_scenario_2_the_higher_of_a_couple_claims_the_home_less_the_rent_and_the_other_reads_why_not(
    town: Town,
) -> None:
    stage = town.stage
    category(stage, EXPERT, "C")
    category(stage, OTHER_EXPERT, "E")
    know(stage, OTHER_EXPERT, home_owner=False, lease_from=date(2025, 10, 1))
    rent = begin(stage, "P04", OTHER_EXPERT)
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == rent).values(state="paid")))
    for person in (EXPERT, OTHER_EXPERT):
        know(stage, person, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
        begin(stage, "P03", person)
    due = town.shown(Role.EXPERT, page_of(town, "P03"))
    assert "19,200.00" in due, "24,000 less six months of 800"
    assert "因“租房补贴”已扣减 ¥4,800.00 · 扣除此前已发放部分 · 第" in " ".join(due.split())
    assert claimed(town, "P03").amount_fen == 1_920_000
    statement = town.shown(Role.SPECIALIST_LEAD, f"/experts/{public_id(OTHER_EXPERT)}/statement")
    assert "每户享受一次，由层次较高的一方申请 · 第五条" in " ".join(statement.split())


def test_scenario_3_of_allowance_and_stipend_only_the_higher_can_be_claimed(town: Town) -> None:
    stage = town.stage
    know(stage, EXPERT, stipend_from=date(2026, 1, 1), degree="bachelor", shortage_major=True)
    stipend = begin(stage, "P09", EXPERT)
    allowance = begin(stage, "P02", EXPERT)
    town.wait_until(at(7, 2))
    stage.match(now=at(7, 2))
    due = {row.period for right in (stipend, allowance) for row in stage.accruals(right) if row.state == "due"}
    first, second = claimed(town, "P02"), town.as_(Role.EXPERT).post(f"{page_of(town, 'P09')}/claim")
    granted = town.read(select(Accrual.period).where(Accrual.state == "claimed"))
    assert len(granted) == len(set(granted)) == len(due), "each month once"
    assert (first.amount_fen, second.status_code) == (
        sum(row.amount_fen for row in stage.accruals(allowance) if row.state == "claimed"),
        409,
    )
    assert "就高不重复" in town.shown(Role.EXPERT, page_of(town, "P09"))
