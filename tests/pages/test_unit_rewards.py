"""A unit's reward from its grade to the money in its account, at the pages of everybody with a part in it (P19)."""

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_units import EMPLOYER
from concierge.engine.actor import machine
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.models.supervision import NegativeRecord
from concierge.rules.roles import Role
from concierge.services.unit_rewards import find_rewards
from tests import office
from tests.benefits import UNITS, House, at, editor
from tests.campaigns import write_campaign
from tests.databases import DISTRICT
from tests.office import HEALTH
from tests.pages.town import MAKER, Town
from tests.paying import add_line

pytestmark = pytest.mark.unmatched
LINE_ID = 9001

ACCOUNT = {"holder_name": "区卫健委", "bank_name": "望川农商行", "branch_code": "", "account": "999999000000000030"}


@pytest.fixture
def town(house: House) -> Town:
    """The people of the district on 3 February 2026; the health bureau lost fifteen points in the year before."""
    stage = house.stage
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(EMPLOYER,))
    stage.write(write_campaign)
    stage.write(lambda session: add_line(session, LINE_ID, 100_000_000, groups=["REWARD"]))
    stage.match()
    [matter] = stage._read(lambda: stage.session.execute(select(Case.id).limit(1)).scalars().all())
    lost = {"unit_id": HEALTH, "year": 2025, "item": "data_leak", "points": 15, "rule_version": 1, "source_id": matter}
    lost |= {"evidence": "x", "made_by": 1, "made_by_key": "m", "made_at": at(12, 1, year=2025)}
    stage.write(lambda session: session.execute(insert(NegativeRecord), [lost | {"id": 1, "district_id": DISTRICT}]))
    stage.now = at(2, 3)
    assert find_rewards(stage.session, actor=machine(DISTRICT), now=stage.now) == 2
    return Town(house)


def test_a_units_grade_becomes_money_in_its_account_at_everybodys_pages(town: Town) -> None:
    [file] = town.read(select(Unit.payee_id).where(Unit.id == HEALTH))
    right = town.stage.right("P19", file).id
    lead = Role.SPECIALIST_LEAD
    town.take(lead, right, "confirm_for", reason="单位来函")
    town.take(lead, right, "activate")
    assert "申领到期待遇" in town.shown(lead, f"/cases/{public_id(right)}")
    there = town.send(lead, f"/cases/{public_id(right)}/claim").headers["Location"]
    assert "100,000.00" in town.shown(lead, there)
    town.send(lead, f"/cases/{public_id(right)}/claim")
    [claim] = town.read(select(Claim.id))
    for step in ("submit", "accept", "to_determination"):
        town.take(lead, claim, step)
    town.take(Role.TALENT_OFFICE, claim, "determine", approved_fen="100000", minutes_number="望人才会〔2026〕2号")
    town.take(Role.PRESS, claim, "check_mask")
    town.take(Role.TALENT_OFFICE, claim, "post")
    town.send(Role.TALENT_OFFICE, "/unit-accounts", unit_id=str(HEALTH), **ACCOUNT)
    [account] = town.read(select(BankAccount.id).where(BankAccount.state == "unchecked"))
    town.send(MAKER, f"/bank-accounts/{public_id(account)}/check", answer="accept")
    town.wait_until(at(3, 2))
    town.take(Role.TALENT_OFFICE, claim, "approve")
    chosen = town.prepared(town.waiting_payments())
    assert town.approve(chosen, "100000").status_code == 302
    batch = town.at_the_bank(chosen, "2026-03-02")
    town.answered(batch, "成功", "", "2026-03-02")
    town.closed(batch, "100000")
    [paid] = town.read(select(PaymentItem))
    assert (paid.amount_fen, paid.payee_name, town.stage.claim(claim).state) == (10_000_000, "区卫健委", "paid")
