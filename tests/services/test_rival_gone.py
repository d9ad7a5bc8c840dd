"""What gave way to another benefit is due again once the other one stands in its way no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, update

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_housing import PURCHASE
from concierge.models.person import Relative, TalentStatus
from concierge.rules.roles import Role
from concierge.services.accruals import settle
from concierge.services.claims import start_claim
from concierge.services.exclusions import hold_households, rule_anew
from concierge.services.household import add_relative, take_out_relative
from concierge.services.person_rows import NewRelative
from concierge.workflows.entitlement import EntitlementFlow as Flow
from tests import office
from tests.benefits import UNITS, Stage, at, editor
from tests.locks import waits
from tests.office import EXPERT, NUMBERS, OFFICE, OTHER_EXPERT, key_ring
from tests.servers import wait_for
from tests.services.test_golden_exclusions import begin, category, know

pytestmark = pytest.mark.unmatched

LATER = at(4, 7)


@pytest.fixture
def homes(both_stages: Stage) -> tuple[Stage, int, int]:
    """A couple that bought one home: the right that gave way, and the one that is granted."""
    stage, publisher = both_stages, office.actor(Role.TALENT_OFFICE)
    units, when = UNITS | {"housing": OFFICE}, at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=(PURCHASE,))
    add_relative(
        stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=LATER, keys=key_ring(), person_id=EXPERT,
        relative=NewRelative(relation="spouse", name="白桦"), id_number=NUMBERS[OTHER_EXPERT],
    )  # fmt: skip
    category(stage, EXPERT, "C")
    category(stage, OTHER_EXPERT, "E")
    for person in (EXPERT, OTHER_EXPERT):
        know(stage, person, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
    low, high = (begin(stage, "P03", person) for person in (OTHER_EXPERT, EXPERT))
    assert states(stage, low) == ["superseded"]
    return stage, low, high


def states(stage: Stage, right: int) -> list[str]:
    return [row.state for row in stage.accruals(right)]


def test_what_gave_way_to_the_partner_is_due_again_once_the_couple_has_parted(homes: tuple[Stage, int, int]) -> None:
    stage, low, high = homes
    spouse = stage._read(lambda: stage.session.execute(select(Relative.id)).scalar_one())
    lead = office.actor(Role.SPECIALIST_LEAD)
    take_out_relative(stage.session, actor=lead, now=LATER, person_id=EXPERT, relative_id=spouse)
    assert (states(stage, low), states(stage, high)) == (["due"], ["due"])


def test_what_gave_way_to_a_claim_is_due_again_once_that_is_refused(homes: tuple[Stage, int, int]) -> None:
    stage, low, high = homes
    stage.now = LATER
    claim = stage.draft(high)
    assert states(stage, high) == ["claimed"]
    stage.write(lambda s: settle(s, [claim], "refused"))
    assert (states(stage, low), states(stage, high)) == (["due"], ["refused"])


def test_what_gave_way_to_a_right_that_is_revoked_is_due_again(homes: tuple[Stage, int, int]) -> None:
    stage, low, high = homes
    given = {"reason": "虚报", "basis": "x", "remedy": "x"}
    stage.step(Flow.revoke, high, Role.TALENT_OFFICE, given, now=LATER)
    assert (states(stage, low), states(stage, high)) == (["due"], ["refused"])


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_a_refusal_and_what_falls_due_at_the_same_moment_never_stop_each_other(homes: tuple[Stage, int, int]) -> None:
    stage, low, high = homes
    stage.now = LATER
    claim = stage.draft(high)

    def refused() -> None:
        with stage.database.session() as session, transaction(session):
            settle(session, [claim], "refused")

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            hold_households(session, [EXPERT])
            waiting = pool.submit(refused)
            wait_for(lambda: waiting.done() or waits(session), "the refusal that waits for the household", 20)
            rule_anew(session, [EXPERT])
        waiting.result(20)
    assert (states(stage, low), states(stage, high)) == (["due"], ["refused"])


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_nobody_claims_what_goes_to_his_partner_at_the_same_moment(homes: tuple[Stage, int, int]) -> None:
    stage, low, high = homes

    def claims() -> None:
        with stage.database.session() as session, pytest.raises(Refusal, match="nothing_due"):
            start_claim(session, actor=office.actor(Role.EXPERT), now=LATER, entitlement_id=high)

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            higher = update(TalentStatus).where(TalentStatus.person_id == OTHER_EXPERT).values(category="A")
            session.execute(higher)
            rule_anew(session, [EXPERT])
            waiting = pool.submit(claims)
            wait_for(lambda: waiting.done() or waits(session), "the claim that waits for the household", 20)
        waiting.result(20)
    assert (states(stage, low), states(stage, high)) == (["due"], ["superseded"])
