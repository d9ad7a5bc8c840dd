"""What a draft would cost over five years, beside what is due now, and by which budget lines it is carried."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_field import STIPEND
from concierge.demo.policies_of_housing import PURCHASE
from concierge.engine.actor import machine
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine
from concierge.models.entitlement import Accrual
from concierge.models.person import Person
from concierge.rules.roles import Role
from concierge.services.corrections import correct_rights
from concierge.services.entitlements import accrue_due
from concierge.services.impact import Change, Impact, impact_of
from concierge.services.policies import content_of, edit_version, next_draft, publish_version
from concierge.services.policy_costs import YearCost, costs_of
from concierge.workflows.entitlement import EntitlementFlow as Flow
from tests import office
from tests.benefits import NOW, UNITS, Stage, at, editor
from tests.databases import DISTRICT
from tests.office import EXPERT, FINANCE, OTHER_EXPERT
from tests.services.test_golden_exclusions import know
from tests.services.test_policies import version_of


def draft(stage: Stage, *, phd: int, for_all: bool) -> int:
    """A draft of the living allowance that begins with the year 2027."""
    made = next_draft(stage.session, actor=editor(), now=NOW, version_id=version_of(stage, "P02").id)
    content = stage._read(lambda: content_of(stage.session, made))
    rates = {**content.rates, "amounts": {**content.rates["amounts"], "phd": phd}}
    given: dict[str, Any] = {"schedule": {**content.schedule, "for_all": for_all}, "valid_from": date(2027, 1, 1)}
    edit_version(
        stage.session, actor=editor(), now=NOW, version_id=made, content=replace(content, rates=rates, **given)
    )
    return made


def costs(stage: Stage, *, phd: int, for_all: bool) -> tuple[YearCost, ...]:
    made = draft(stage, phd=phd, for_all=for_all)
    return stage._read(lambda: costs_of(stage.session, version_id=made))


def test_the_list_says_more_for_who_enjoys_it_only_where_the_draft_holds_for_everybody(both_stages: Stage):
    stage = both_stages
    before = draft(stage, phd=400_000, for_all=False)
    assert impact(stage, before).counts[Change.MORE] == 1, "nobody enjoys it yet"
    stage.active_right("P02")
    assert impact(stage, before).counts[Change.MORE] == 0, "old right, old rule"
    after = draft(stage, phd=400_000, for_all=True)
    told = impact(stage, after)
    assert [(row.person_id, row.now_fen, row.then_fen) for row in told.changed if row.change is Change.MORE] == [
        (EXPERT, 300_000, 400_000)
    ]
    assert impact(stage, after).seal == told.seal
    stage.know("degree", "master", date(2026, 12, 1))
    assert impact(stage, after).seal != told.seal, "other data, another list to sign"


def test_of_whoever_has_another_benefit_of_the_group_no_gain_is_promised(both_stages: Stage):
    stage = both_stages
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(STIPEND,))
    made = draft(stage, phd=400_000, for_all=True)
    before = impact(stage, made)
    assert (before.counts[Change.MORE], before.difference_fen) == (1, 100_000)
    stage.know("stipend_from", "2025-06-01", date(2025, 6, 1))
    stage.match()
    told = impact(stage, made)
    assert [(row.person_id, row.change, row.then_fen) for row in told.changed] == [(EXPERT, Change.BESIDE, 400_000)]
    assert (told.counts[Change.MORE], told.difference_fen) == (0, 0)
    assert told.seal != before.seal, "the publisher signs that it cannot be told"
    stage.step(Flow.waive, stage.right("P09").id, Role.EXPERT, {"reason": "x"})
    assert impact(stage, made).counts[Change.MORE] == 1


def test_of_a_household_benefit_the_partners_right_counts(both_stages: Stage):
    stage = both_stages
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    units = UNITS | {"housing": office.OFFICE}
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=(PURCHASE,))
    facts = {"first_home": True, "deed_tax_paid": True, "home_bought_on": date(2026, 3, 20)}
    know(stage, OTHER_EXPERT, **facts)
    stage.match(now=at(4, 7))
    know(stage, EXPERT, **facts)
    made = next_draft(stage.session, actor=editor(), now=NOW, version_id=version_of(stage, "P03").id)
    content = stage._read(lambda: content_of(stage.session, made))
    doubled = {**content.rates, "amounts": {name: 2 * fen for name, fen in content.rates["amounts"].items()}}
    later = replace(content, rates=doubled, valid_from=date(2027, 1, 1), schedule={**content.schedule, "for_all": True})
    edit_version(stage.session, actor=editor(), now=NOW, version_id=made, content=later)
    own = update(Case).where(Case.kind == "entitlement", Case.expert_id == EXPERT)
    stage.write(lambda s: s.execute(own.values(state="waived", is_open=False)))
    assert {row.person_id: row.change for row in impact(stage, made).changed}[EXPERT] is Change.MORE
    couple = update(Person).where(Person.id.in_((EXPERT, OTHER_EXPERT))).values(household_id=77)
    stage.write(lambda s: s.execute(couple))
    assert {row.person_id: row.change for row in impact(stage, made).changed}[EXPERT] is Change.BESIDE


def impact(stage: Stage, version: int) -> Impact:
    return stage._read(lambda: impact_of(stage.session, version_id=version))


def test_five_years_are_told_now_and_under_the_draft(both_stages: Stage):
    found = costs(both_stages, phd=400_000, for_all=True)
    assert [cost.year for cost in found] == [2027, 2028, 2029, 2030, 2031]
    # In post since March 2025: 36 months up to February 2028, due after each half-year.
    assert [cost.now_fen for cost in found] == [12 * 300_000, 8 * 300_000, 0, 0, 0]
    # The second half of 2026 falls due with the new year, at the amount of its months.
    assert [cost.then_fen for cost in found] == [6 * 300_000 + 6 * 400_000, 8 * 400_000, 0, 0, 0]


def test_who_enjoys_it_already_costs_what_the_old_rule_says(stage: Stage):
    stage.active_right("P02")
    old = costs(stage, phd=400_000, for_all=False)
    assert [cost.difference_fen for cost in old] == [0] * 5
    new = costs(stage, phd=400_000, for_all=True)
    assert new[0].difference_fen == 6 * 100_000


def test_what_a_draft_for_everybody_was_told_to_cost_is_what_falls_due_once_it_is_published(stage: Stage):
    right = stage.active_right("P02")
    made = draft(stage, phd=400_000, for_all=True)
    told = stage._read(lambda: costs_of(stage.session, version_id=made))
    publish_version(stage.session, actor=office.actor(Role.TALENT_OFFICE), now=NOW, version_id=made)
    for now in (at(1, 2, year=2027), at(7, 2, year=2027), at(1, 2, year=2028)):
        correct_rights(stage.session, actor=machine(DISTRICT), now=now)
        accrue_due(stage.session, actor=machine(DISTRICT), now=now)
    a = Accrual
    of_2027 = select(a.gross_fen).where(
        a.entitlement_id == right, a.due_on.between(date(2027, 1, 1), date(2027, 12, 31))
    )
    fell_due = stage._read(lambda: list(stage.session.execute(of_2027).scalars()))
    assert (len(fell_due), sum(fell_due)) == (12, told[0].then_fen)


def test_each_year_names_the_lines_that_carry_the_group(stage: Stage):
    line = {"id": new_id(), "district_id": DISTRICT, "number": "1", "name_zh": "生活补贴", "name_en": "Living"}
    line |= {"year": 2027, "unit_id": FINANCE, "policy_groups": ["LIVING"], "amount_fen": 1}
    stage.write(lambda s: s.execute(insert(BudgetLine), [line]))
    found = costs(stage, phd=400_000, for_all=True)
    assert [[name.zh for name in cost.lines] for cost in found] == [["生活补贴"], [], [], [], []]
