"""With whom an approved claim is: money with finance, a benefit in kind with the unit that gives it."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from concierge.basics.ids import public_id
from concierge.engine.actor import Grant
from concierge.models.claim import Claim
from concierge.models.consent import Consent
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.voucher import Voucher
from concierge.queries.case_page import case_page
from concierge.queries.digests import unit_digest
from concierge.rules.calendars import shipped_calendar
from concierge.rules.roles import Role
from concierge.workflows import ClaimFlow, EntitlementFlow, VoucherFlow
from tests import office
from tests.benefits import Stage, at
from tests.cases import put
from tests.databases import DISTRICT
from tests.office import EXPERT, FINANCE, HEALTH, HOSPITAL, HR, NUMBERS, OFFICE, key_ring

NOW = at(3, 5)
DESK = replace(
    office.actor(Role.UNIT_LIAISON),
    person_key="key-of-the-desk",
    grants=frozenset({Grant(Role.UNIT_LIAISON, HOSPITAL)}),
)
"""The hospital's own desk."""


@pytest.fixture
def town(both_stages: Stage) -> Stage:
    """Both databases: the statement that moves a case decides with whom it is."""
    return both_stages


def approved(stage: Stage, fen: str = "0", **given: Any) -> int:
    """A claim under the health check, whose unit is the Health Commission, approved by the talent office."""
    wanted = select(PolicyVersion.policy_id, PolicyVersion.id).join(Policy, Policy.id == PolicyVersion.policy_id)
    policy, version = stage._read(lambda: stage.session.execute(wanted.where(Policy.code == "P12")).one())
    own = {"expert_id": EXPERT, "subject_key": key_ring().blind_index(NUMBERS[EXPERT], "person"), "office_id": OFFICE}
    own |= {"policy_id": policy, "policy_version_id": version, "employer_id": HOSPITAL}
    right = stage.write(lambda s: put(s, EntitlementFlow, "active", **own, person_id=EXPERT, starts_on=at(1, 5).date()))
    plain: dict[str, Any] = {"needs_publicity": False, "hr_id": HR, "paying_unit_id": FINANCE, "amount_fen": 1500_00}
    claim = stage.write(lambda s: put(s, ClaimFlow, "determination", **own, **plain, entitlement_id=right, **given))
    stage.step(ClaimFlow.determine_and_approve, claim, Role.TALENT_OFFICE, {"approved_fen": fen}, now=NOW)
    return claim


def party(stage: Stage, claim: int) -> tuple[str, int | None]:
    row = stage._read(lambda: stage.session.execute(select(Claim).where(Claim.id == claim)).scalar_one())
    return row.holder, row.holder_id


def told(stage: Stage, unit: int) -> int:
    """How many matters a unit's digest counts."""
    given = {"unit_id": unit, "now": NOW, "calendar": shipped_calendar(), "last": None}
    return sum(group.count for group in stage._read(lambda: unit_digest(stage.session, **given)).groups)


def test_money_is_with_finance(town: Stage) -> None:
    assert party(town, approved(town, "1500", is_paid=True)) == ("finance", FINANCE)


def test_the_page_tells_until_when_it_is_delivered_and_not_what_was_promised_before(town: Stage) -> None:
    claim, calendar = approved(town, is_paid=True, by_voucher=True, fen="1500"), shipped_calendar()
    given = {"actor": office.actor(Role.SPECIALIST_LEAD), "case_id": claim, "now": NOW, "calendar": calendar}
    page = town._read(lambda: case_page(town.session, **given))
    [here] = [stop for stop in page.stops if stop.state == "now"]
    assert (page.promised_on, here.promised) == (page.due_on, calendar.nth(page.due_on) - calendar.nth_of(NOW))


def test_a_benefit_in_kind_is_with_the_unit_that_gives_it_which_is_told_and_records_it(town: Stage) -> None:
    claim = approved(town, is_paid=False)
    assert party(town, claim) == ("service_unit", HEALTH)
    assert told(town, HEALTH) == 1
    assert told(town, FINANCE) == 0
    town.step(ClaimFlow.fulfil, claim, Role.SECTOR, {"reason": "已体检"}, now=NOW)
    assert party(town, claim)[0] == "specialist"


def test_a_service_is_with_its_unit_until_the_expert_has_accepted_it_and_then_finance_owes_the_money(
    town: Stage,
) -> None:
    said = {"purpose": "sharing", "is_given": True, "wording": "1", "channel": "portal", "by_id": 1, "at": NOW}
    row = {"id": 1, "district_id": DISTRICT, "person_id": EXPERT, "relative_id": None, **said}
    town.write(lambda s: s.execute(insert(Consent), [row]))
    claim = approved(town, "1500", is_paid=True, by_voucher=True)
    [voucher] = town._read(lambda: town.session.execute(select(Voucher.id)).scalars().all())
    assert party(town, claim) == ("voucher", HEALTH)
    assert told(town, HEALTH) == 1, "the voucher is told, and not its claim beside it"
    town.step(VoucherFlow.place, voucher, Role.SECTOR, {"provider": public_id(HOSPITAL)}, now=NOW)
    assert told(town, HOSPITAL) == 1
    town.step(VoucherFlow.report, voucher, DESK, {"used_on": "2026-03-05", "used_fen": "1320"}, now=NOW)
    assert party(town, claim) == ("voucher", HEALTH)
    town.step(VoucherFlow.accept, voucher, Role.EXPERT, now=NOW)
    assert party(town, claim) == ("finance", FINANCE)
