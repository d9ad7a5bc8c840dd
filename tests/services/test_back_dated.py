"""What is entered later than it holds corrects the months that were written meanwhile: a degree, a post that ended."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, select, update

from concierge.basics.ids import new_id
from concierge.db import DistrictSession
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual
from concierge.models.person import PersonFact, TalentStatus
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.roles import Role
from concierge.services.entitlements import complete_ended
from concierge.services.nightly_match import match_changed
from concierge.services.overpayments import open_recoveries
from concierge.services.person_records import set_facts
from concierge.services.person_rows import NewFact
from concierge.services.verify import verify_district
from concierge.workflows.claim import ClaimFlow
from tests import office
from tests.benefits import Stage, at, refused
from tests.databases import DISTRICT
from tests.services.test_corrections import correct, corrections, new_version
from tests.services.test_suspensions import grass_roots

pytestmark = pytest.mark.unmatched

BEFORE = {f"2025-{n:02d}": 150_000 for n in range(3, 13)}
"""What a master gets for the months since he was hired."""
AFTER = BEFORE | {"2025-10": 227_419, "2025-11": 300_000, "2025-12": 300_000}
"""The same, of a doctor since 16 October."""


def as_master(stage: Stage) -> int:
    """A right to P02 of somebody who is known as a master, with all that fell due so far."""
    before = update(PersonFact).where(PersonFact.person_id == office.EXPERT, PersonFact.name == "degree")
    stage.write(lambda s: s.execute(before.values(value={"value": "master"})))
    return stage.active_right("P02")


def learn(stage: Stage, degree: str, since: date = date(2025, 10, 16)) -> None:
    """The lead writes a degree down, and the night looks at whom it concerns."""
    fact = NewFact(name="degree", value=degree, source="import", as_of=since)
    lead = office.actor(Role.SPECIALIST_LEAD)
    set_facts(stage.session, actor=lead, now=stage.now, person_id=office.EXPERT, facts=[fact])
    night(stage)


def night(stage: Stage) -> None:
    """What the clock does with whom something has changed."""
    match_changed(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now)


def pay(stage: Stage, right: int, *periods: str) -> None:
    """All that is due under a right, or some of it, is paid."""
    paid = update(Accrual).where(Accrual.entitlement_id == right, Accrual.state == "due").values(state="paid")
    stage.write(lambda s: s.execute(paid.where(Accrual.period.in_(periods)) if periods else paid))


def amounts(stage: Stage, right: int, state: str = "due") -> dict[str, int]:
    """What stands in a state, by period (fen)."""
    return {row.period: row.amount_fen for row in stage.accruals(right) if row.state == state}


def is_in_order(stage: Stage) -> bool:
    """Whether arrears are their corrections, nothing goes beyond the rate, and nothing is left when all is over."""
    broken = stage._read(lambda: {check.name for check in verify_district(stage.session) if not check.ok})
    ours = {"arrears_equal_corrections", "grants_within_the_rate", "recoveries_name_corrections"}
    return not broken & (ours | {"nothing_due_when_over"})


def test_months_that_nobody_claimed_yet_take_the_amount_of_a_degree_that_is_entered_later(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    assert amounts(stage, right) == BEFORE
    learn(stage, "phd")
    assert amounts(stage, right) == AFTER
    assert corrections(stage) == [], "what nobody has claimed is simply what it should be"
    assert stage.claim(stage.draft(right)).amount_fen == sum(AFTER.values())


def test_of_paid_months_the_difference_is_due_beside_them_once(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    pay(stage, right)
    learn(stage, "phd")
    night(stage)
    stage.match()
    assert amounts(stage, right, "paid") == BEFORE
    assert amounts(stage, right) == {"2025-10+v1": 77_419, "2025-11+v1": 150_000, "2025-12+v1": 150_000}
    assert is_in_order(stage)


def test_what_was_entered_by_mistake_and_is_taken_back_leaves_nothing_to_claim(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    pay(stage, right)
    learn(stage, "phd")
    learn(stage, "master")
    assert set(amounts(stage, right).values()) == {0}
    assert refused(lambda: stage.draft(right)) == {"nothing_due"}
    assert is_in_order(stage)
    learn(stage, "phd")
    assert amounts(stage, right) == {"2025-10+v1": 77_419, "2025-11+v1": 150_000, "2025-12+v1": 150_000}
    assert is_in_order(stage)


def test_the_same_paid_month_is_corrected_as_often_as_its_facts_change(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    pay(stage, right)
    paid = sum(BEFORE.values())
    for degree, since, december in (
        ("phd", date(2025, 12, 1), 300_000),
        ("bachelor", date(2025, 12, 1), 80_000),
        ("phd", date(2025, 12, 17), round((16 * 80_000 + 15 * 300_000) / 31)),
        ("master", date(2025, 12, 1), round((16 * 150_000 + 15 * 300_000) / 31)),
    ):
        learn(stage, degree, since)
        for _again in range(2):
            night(stage)
            stage.match()
        known = corrections(stage)
        assert sum(row.amount_fen for row in known) == december - 150_000, "accrual and corrections are what is due"
        assert amounts(stage, right, "paid").items() >= BEFORE.items(), "no paid line was touched"
        assert is_in_order(stage)
        if degree == "phd" and since.day == 1:
            pay(stage, right)
            paid += 150_000
    assert sum(row.amount_fen for row in stage.accruals(right)) == paid


def test_months_after_a_post_that_ended_earlier_than_was_known_are_not_granted(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    pay(stage, right, *(period for period in BEFORE if period < "2025-12"))
    stage.leaves(date(2025, 10, 20))
    stage.match()
    assert amounts(stage, right) == {"2025-12": 0}
    assert [row.amount_fen for row in corrections(stage)] == [-300_000], "November was paid, October was earned"
    assert open_recoveries(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 1
    assert complete_ended(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now) == 0
    assert is_in_order(stage)


def test_who_was_only_thought_to_have_left_gets_his_months(stage: Stage):
    right = stage.active_right("P02")
    stage.leaves(date(2025, 10, 20))
    stage.match()
    assert amounts(stage, right)["2025-11"] == 0
    stage.leaves(date(2027, 10, 20))
    stage.match()
    assert set(amounts(stage, right).values()) == {300_000}


def test_months_at_an_amount_without_a_day_of_its_own_also_come_back_to_who_never_left(both_stages: Stage):
    stage = both_stages
    right = grass_roots(stage)
    before = amounts(stage, right)
    stage.leaves(date(2025, 10, 20))
    stage.match()
    assert amounts(stage, right) == before | {"2025-11": 0, "2025-12": 0, "2026-01": 0}
    stage.leaves(date(2027, 10, 20))
    stage.match()
    assert amounts(stage, right) == before


def test_months_that_are_being_examined_are_corrected_once_they_are_decided(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    claim = stage.draft(right)
    learn(stage, "master")
    assert corrections(stage) == [], "the claim may yet be withdrawn or refused"
    stage.step(ClaimFlow.withdraw, claim, Role.EXPERT, {"reason": "x"})
    stage.match()
    assert {row.amount_fen for row in stage.accruals(right)[-2:]} == {150_000}
    learn(stage, "phd")
    assert {row.amount_fen for row in stage.accruals(right)} == {300_000}, "never more than the rate"
    pay(stage, right)
    learn(stage, "master")
    assert {row.amount_fen for row in corrections(stage)} == {-77_419, -150_000}
    assert is_in_order(stage)


def test_of_a_month_that_is_due_again_beside_its_arrear_no_more_than_the_whole_is_left(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    pay(stage, right)
    learn(stage, "phd")
    released = update(Accrual).where(Accrual.entitlement_id == right, Accrual.period == "2025-12").values(state="due")
    stage.write(lambda s: s.execute(released))
    learn(stage, "bachelor", date(2025, 12, 1))
    assert amounts(stage, right) | {"2025-12": 80_000, "2025-12+v1": 0} == amounts(stage, right)
    assert is_in_order(stage)


def test_nothing_is_asked_back_or_added_below_a_ceiling_of_which_nobody_knows_what_was_spent(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P12")
    pay(stage, right, "2025")
    other = update(TalentStatus).where(TalentStatus.person_id == office.EXPERT)
    stage.write(lambda s: s.execute(other.values(category="E")))
    stage.match()
    assert (amounts(stage, right), corrections(stage)) == ({"2026": 100_000}, [])
    stage.write(lambda s: s.execute(other.values(category="A")))
    stage.match()
    assert (amounts(stage, right), corrections(stage)) == ({"2026": 200_000}, [])


def test_instalments_paid_before_a_post_ended_are_left_to_the_formula_of_their_policy(stage: Stage):
    stage.now = at(4, 2, year=2027)
    right = stage.active_right("P01")
    pay(stage, right, "1/3")
    assert "2/3" in amounts(stage, right)
    stage.leaves(date(2026, 10, 20))
    stage.match(now=stage.now)
    assert amounts(stage, right)["2/3"] == 0
    pay(stage, right)
    assert corrections(stage) == []


def test_a_place_that_is_classed_otherwise_pays_no_month_gone_by_anew(stage: Stage):
    right = grass_roots(stage)
    before = amounts(stage, right)
    assert set(before.values()) == {50_000}
    stage.write(lambda s: s.execute(update(Unit).where(Unit.id == office.HOSPITAL).values(remoteness=3)))
    stage.match()
    assert amounts(stage, right) == before
    stage.match(now=at(3, 2))
    assert amounts(stage, right)["2026-02"] == 80_000


def test_a_fact_from_before_a_version_for_everybody_corrects_the_months_before_it(both_stages: Stage):
    stage = both_stages
    right = as_master(stage)
    pay(stage, right)
    new_version(stage, phd=300_000, since=date(2025, 12, 1))
    assert correct(stage).moved == 1
    learn(stage, "phd")
    assert amounts(stage, right) == {"2025-10+v2": 77_419, "2025-11+v2": 150_000, "2025-12+v2": 150_000}
    assert is_in_order(stage)


def test_months_before_a_version_keep_the_old_amount_of_a_fact_with_a_later_day(stage: Stage):
    right = stage.active_right("P02")
    later = update(PersonFact).where(PersonFact.name == "degree").values(as_of=date(2025, 12, 15))
    stage.write(lambda s: s.execute(later))
    pay(stage, right)
    new_version(stage, phd=350_000, since=date(2025, 12, 1))
    correct(stage)
    stage.match()
    assert amounts(stage, right) == {"2025-12+v2": 50_000}


def recognised(stage: Stage, *statuses: tuple[str, date, date | None]) -> None:
    """These are the expert's recognitions."""
    own = {"district_id": DISTRICT, "person_id": office.EXPERT, "kind": "full_time", "certificate": ""}
    rows = [
        own | {"id": new_id(), "category": category, "valid_from": since, "valid_to": until, "recognition_id": None}
        for category, since, until in statuses
    ]

    def work(session: DistrictSession) -> None:
        session.execute(delete(TalentStatus).where(TalentStatus.person_id == office.EXPERT))
        session.execute(insert(TalentStatus), rows)

    stage.write(work)


def test_a_category_that_ended_before_the_next_one_began_counts_for_nothing_between_them(both_stages: Stage):
    stage = both_stages
    with_rates = {"by": "category", "amounts": {"C": 120_000, "D": 60_000}}
    now_d = ("D", date(2025, 11, 16), None)
    recognised(stage, now_d)
    policy = select(Policy.id).where(Policy.code == "P02").scalar_subquery()
    by_category = update(PolicyVersion).where(PolicyVersion.policy_id == policy).values(rates=with_rates)
    stage.write(lambda s: s.execute(by_category))
    right = stage.active_right("P02")
    assert set(amounts(stage, right).values()) == {60_000}
    recognised(stage, ("C", date(2025, 1, 1), date(2025, 9, 15)), now_d)
    stage.match()
    held = {f"2025-{n:02d}": 120_000 for n in range(3, 9)} | {"2025-09": 60_000, "2025-10": 0, "2025-11": 30_000}
    assert amounts(stage, right) == held | {"2025-12": 60_000}
