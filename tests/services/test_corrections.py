"""A version that holds since a day gone by pays what is missing, asks back what was too much, and edits nothing."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.engine.tables import AuditEntry
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import PersonFact, TalentStatus
from concierge.rules.roles import Role
from concierge.services.accruals import periods_of
from concierge.services.corrections import Corrected, correct_rights
from concierge.services.facts import facts_of
from concierge.services.policies import FIRST_CLAUSES, content_of, edit_version, next_draft, publish_version
from concierge.services.rulebook import published, rates_in_force
from concierge.workflows.entitlement import EntitlementFlow as Flow
from tests import office
from tests.benefits import Stage, at, editor
from tests.databases import DISTRICT
from tests.services.test_policies import version_of

pytestmark = pytest.mark.unmatched

SINCE = date(2025, 10, 1)


def new_version(stage: Stage, *, phd: int, since: date = SINCE, for_all: bool = True, **more: Any) -> int:
    """Publish another amount for doctors that holds since a day."""
    made = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version_of(stage, "P02").id)
    content = stage._read(lambda: content_of(stage.session, made))
    rates = {**content.rates, "amounts": {**content.rates["amounts"], "phd": phd}}
    schedule = {**content.schedule, "for_all": for_all}
    changed = replace(content, rates=rates, schedule=schedule, valid_from=since, **more)
    edit_version(stage.session, actor=editor(), now=stage.now, version_id=made, content=changed)
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=stage.now, version_id=made)
    return made


def other_schedule(stage: Stage, code: str, *, since: date = SINCE, **schedule: Any) -> None:
    """Publish other times of a policy for everybody since a day, its amounts as they are."""
    made = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version_of(stage, code).id)
    content = stage._read(lambda: content_of(stage.session, made))
    changed = replace(content, schedule={**content.schedule, "for_all": True} | schedule, valid_from=since)
    edit_version(stage.session, actor=editor(), now=stage.now, version_id=made, content=changed)
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=stage.now, version_id=made)


def correct(stage: Stage) -> Corrected:
    return correct_rights(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=stage.now)


def paid_right(stage: Stage, code: str = "P02") -> int:
    """A right under which everything due so far was paid."""
    right = stage.active_right(code)
    stage.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == right).values(state="paid")))
    return right


def corrections(stage: Stage) -> list[Correction]:
    return stage._read(lambda: list(stage.session.execute(select(Correction).order_by(Correction.id)).scalars()))


def test_more_since_a_day_gone_by_is_due_as_arrears_beside_the_paid_months(both_stages: Stage):
    stage = both_stages
    right = paid_right(stage)
    before = stage.accruals(right)
    version = new_version(stage, phd=350_000)
    assert correct(stage) == Corrected(moved=1, arrears_fen=3 * 50_000)
    after = stage.accruals(right)
    assert [row for row in after if row.state == "paid"] == before, "no paid line was touched"
    arrears = [(row.period, row.amount_fen) for row in after if row.state == "due"]
    assert arrears == [(f"2025-{n}+v2", 50_000) for n in (10, 11, 12)]
    linked = corrections(stage)
    assert {row.policy_version_id for row in linked} == {version}
    assert all(row.arrears_id is not None and row.amount_fen == 50_000 for row in linked)
    claim = stage.draft(right)
    assert (stage.claim(claim).amount_fen, stage.claim(claim).period) == (150_000, "2025-10..2025-12")


def test_less_since_a_day_gone_by_is_to_be_recovered_and_no_line_is_edited(both_stages: Stage):
    stage = both_stages
    right = paid_right(stage)
    before = stage.accruals(right)
    new_version(stage, phd=250_000)
    assert correct(stage) == Corrected(moved=1, recovery_fen=3 * 50_000)
    assert stage.accruals(right) == before
    assert [(row.amount_fen, row.arrears_id) for row in corrections(stage)] == [(-50_000, None)] * 3


def test_running_twice_creates_nothing(both_stages: Stage):
    paid_right(both_stages)
    new_version(both_stages, phd=350_000)
    correct(both_stages)
    rows = both_stages._read(lambda: both_stages.session.execute(select(AuditEntry.id)).scalars().all())
    assert correct(both_stages) == Corrected()
    assert len(corrections(both_stages)) == 3
    assert both_stages._read(lambda: both_stages.session.execute(select(AuditEntry.id)).scalars().all()) == rows


def test_the_second_change_is_held_against_the_first(stage: Stage):
    right = paid_right(stage)
    new_version(stage, phd=350_000)
    correct(stage)
    stage.now = at(2, 3)
    new_version(stage, phd=340_000, since=date(2025, 12, 1))
    assert correct(stage) == Corrected(moved=1), "of December alone, off what the first added"
    months = {row.period for row in stage.accruals(right)}
    assert {"2025-10+v2", "2025-11+v2", "2025-12+v2"} <= months


def test_a_month_cut_by_the_first_day_is_shared_by_days(stage: Stage):
    paid_right(stage)
    new_version(stage, phd=330_000, since=date(2025, 12, 17))
    assert correct(stage).arrears_fen == 14_516, "30,000 fen for 15 of 31 days, rounded half up"


def test_months_not_yet_due_take_the_new_amount_from_its_day_on(stage: Stage):
    right = paid_right(stage)
    new_version(stage, phd=360_000, since=date(2026, 2, 1))
    stage.now = at(2, 3)
    correct(stage)
    stage.match(now=at(7, 2))
    found = {row.period: row.amount_fen for row in stage.accruals(right) if row.period.startswith("2026")}
    assert found == {"2026-01": 300_000} | {f"2026-0{n}": 360_000 for n in range(2, 7)}


def test_what_was_not_claimed_yet_simply_becomes_the_new_amount(stage: Stage):
    right = stage.active_right("P02")
    new_version(stage, phd=350_000)
    assert correct(stage) == Corrected(moved=1)
    assert [row.amount_fen for row in stage.accruals(right)] == [300_000] * 7 + [350_000] * 3


def test_old_rights_keep_the_old_rule_unless_the_version_says_otherwise(stage: Stage):
    right = paid_right(stage)
    new_version(stage, phd=350_000, for_all=False)
    assert correct(stage) == Corrected()
    assert {row.state for row in stage.accruals(right)} == {"paid"}


def test_a_deliberate_pause_stays_and_its_months_are_not_corrected(stage: Stage):
    right = paid_right(stage)
    stage.step(Flow.suspend, right, Role.TALENT_OFFICE, {"reason": "调查"})
    new_version(stage, phd=350_000)
    assert correct(stage).moved == 1
    assert stage.right("P02").state == "suspended"


def test_who_does_not_meet_the_new_conditions_is_left_to_people(stage: Stage):
    right = paid_right(stage)
    stage.know("insured", False, date(2026, 1, 5))
    new_version(stage, phd=250_000)
    assert correct(stage) == Corrected()
    kept = stage._read(lambda: stage.session.get_one(Entitlement, right))
    assert (kept.state, corrections(stage)) == ("active", [])


def test_a_correction_is_never_changed_again(both_stages: Stage):
    paid_right(both_stages)
    new_version(both_stages, phd=350_000)
    correct(both_stages)
    with pytest.raises(DBAPIError):
        both_stages.write(lambda s: s.execute(update(Correction).values(amount_fen=1)))
    both_stages.session.rollback()


@pytest.mark.parametrize("amounts", [(350_000, 280_000), (250_000, 300_000), (100_001, 499_999, 300_000)])
def test_corrections_are_what_the_last_version_says_less_what_was_paid(stage: Stage, amounts: tuple[int, ...]):
    right = paid_right(stage)
    paid = sum(row.amount_fen for row in stage.accruals(right))
    for n, fen in enumerate(amounts):
        stage.now = at(2, 2 + n)
        new_version(stage, phd=fen, since=date(2025, 10 + n, 1))
        correct(stage)
    held = [300_000] * 7 + [amounts[min(n, len(amounts) - 1)] for n in range(3)]
    assert sum(row.amount_fen for row in corrections(stage)) == sum(held) - paid


def test_of_a_month_from_which_something_was_deducted_no_more_is_asked_back_than_was_paid(stage: Stage):
    right = paid_right(stage)
    less = update(Accrual).where(Accrual.entitlement_id == right, Accrual.period == "2025-12").values(amount_fen=50_000)
    stage.write(lambda s: s.execute(less))
    new_version(stage, phd=200_000, since=date(2025, 12, 1))
    assert correct(stage) == Corrected(moved=1, recovery_fen=50_000)


def test_months_beyond_those_that_a_version_gives_are_asked_back_since_its_first_day(stage: Stage):
    right = paid_right(stage)
    other_schedule(stage, "P02", months=6)
    assert correct(stage) == Corrected(moved=1, recovery_fen=3 * 300_000), "October to December; September was before"
    assert correct(stage) == Corrected()
    assert {row.state for row in stage.accruals(right)} == {"paid"}


def test_of_whom_no_amount_is_known_nothing_is_asked_back(stage: Stage):
    paid_right(stage)
    stage.write(lambda s: s.execute(delete(PersonFact).where(PersonFact.name == "degree")))
    new_version(stage, phd=250_000, clauses=FIRST_CLAUSES)
    assert correct(stage) == Corrected()


def test_what_was_paid_by_the_month_is_kept_where_it_falls_due_with_the_year_from_now_on(stage: Stage):
    paid_right(stage)
    other_schedule(stage, "P02", rhythm="year")
    assert correct(stage) == Corrected(moved=1)


def test_nobody_is_moved_in_the_middle_of_his_instalments_to_others(stage: Stage):
    paid_right(stage, "P01")
    stage.active_right("P02")
    other_schedule(stage, "P02", shares=[], at_months=[])
    other_schedule(stage, "P01", claim_months=36)
    assert correct(stage).moved == 2
    stage.now = at(2, 3)
    with pytest.raises(Refusal) as refused:
        other_schedule(stage, "P01", since=stage.now.date(), shares=[50, 50], at_months=[0, 24])
    assert [reason.code for reason in refused.value.reasons] == ["instalments_changed"]


def test_a_version_that_changes_no_amount_takes_nothing_from_who_was_recognised_higher_before_it(stage: Stage):
    right = stage.active_right("P01")
    higher = {"category": "C", "valid_from": date(2026, 1, 15), "valid_to": None, "recognition_id": None}
    same = {"id": new_id(), "district_id": DISTRICT, "person_id": office.EXPERT, "kind": "full_time", "certificate": ""}
    stage.write(lambda s: s.execute(insert(TalentStatus), [same | higher]))
    shares = [sum_of_instalments(stage, right)]
    stage.now = at(2, 3)
    other_schedule(stage, "P01", since=stage.now.date(), claim_months=36)
    correct(stage)
    shares.append(sum_of_instalments(stage, right))
    assert shares == [[6_000_000, 12_000_000, 12_000_000]] * 2, "the whole less what fell due before"


def sum_of_instalments(stage: Stage, right: int) -> list[int]:
    """What falls due in the whole course of a right."""
    e = Entitlement

    def work() -> list[int]:
        session = stage.session
        row = session.execute(
            select(e.starts_on, e.ends_on, e.policy_id, e.policy_version_id).where(e.id == right)
        ).one()
        family = published(session, [row.policy_id])[row.policy_id]
        version = next(each for each in family if each.id == row.policy_version_id)
        facts = facts_of(session, person_ids=[office.EXPERT], as_of=stage.now.date())
        rates = rates_in_force(session, version, family, [office.EXPERT], facts)[office.EXPERT]
        return [period.fen for period in periods_of(version, row, rates, date(2030, 1, 1), set())]

    return stage._read(work)


def test_a_degree_counts_from_its_own_day_and_not_for_the_months_before_it(both_stages: Stage):
    stage = both_stages
    before = update(PersonFact).where(PersonFact.person_id == office.EXPERT, PersonFact.name == "degree")
    stage.write(lambda s: s.execute(before.values(value={"value": "master"})))
    right = stage.active_right("P02")
    stage.know("degree", "phd", date(2026, 4, 16))
    stage.match(now=at(7, 2))
    months = {row.period: row.amount_fen for row in stage.accruals(right) if row.period.startswith("2026")}
    assert list(months.values()) == [150_000, 150_000, 150_000, 225_000, 300_000, 300_000], "April by halves"
