"""Couples, two allowances, rent before a home, and forty at once: what is granted beside what (domain §7.4)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.demo.policies import load_policies
from concierge.demo.policies_of_field import FIELD_DAYS, STIPEND, TRAVEL
from concierge.demo.policies_of_housing import APARTMENT, PURCHASE, RENT
from concierge.engine.actor import Actor, machine
from concierge.engine.run import Act
from concierge.models.clawback import Clawback
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.person import Person, PersonFact, TalentStatus
from concierge.models.policy import Policy
from concierge.queries.statement import Standing, benefit_of
from concierge.rules.roles import Role
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.entitlements import accrue_due
from concierge.services.exclusions import rule_anew
from concierge.services.household import add_relative
from concierge.services.person_rows import NewRelative
from concierge.services.service_days import Day, record_days
from concierge.workflows.clawback import ClawbackFlow
from concierge.workflows.entitlement import EntitlementFlow as Flow
from tests import office
from tests.benefits import UNITS, Stage, at, editor
from tests.cases import put
from tests.databases import DISTRICT
from tests.locks import waits
from tests.office import EXPERT, NUMBERS, OFFICE, OTHER_EXPERT, key_ring
from tests.recognitions import Recognising, write_schemes
from tests.servers import wait_for

pytestmark = pytest.mark.unmatched

HOUSEHOLD = 77
LATER = at(4, 7)
MORE = (PURCHASE, RENT, APARTMENT, STIPEND, FIELD_DAYS, TRAVEL)


@pytest.fixture
def town(both_stages: Stage) -> Stage:
    """The stage with the policies of a roof, of the stipend and of the field, and two experts who are a couple."""
    stage, when = both_stages, at(1, 5, year=2025)
    publisher, units = office.actor(Role.TALENT_OFFICE), UNITS | {"housing": OFFICE}
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=MORE)
    couple = update(Person).where(Person.id.in_((EXPERT, OTHER_EXPERT))).values(household_id=HOUSEHOLD)
    stage.write(lambda s: s.execute(couple))
    return stage


def know(stage: Stage, person: int, **facts: Any) -> None:
    own = {"district_id": DISTRICT, "person_id": person, "source": "import", "proof": "", "as_of": date(2026, 1, 2)}

    def work(session: Any) -> None:
        values = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
        rows = [own | {"id": new_id(), "name": name, "value": {"value": value}} for name, value in values.items()]
        session.execute(insert(PersonFact), rows)
        counted = {"facts_revision": Person.facts_revision + 1}
        session.execute(update(Person).where(Person.id == person).values(**counted))

    stage.write(work)


def category(stage: Stage, person: int, code: str) -> None:
    stage.write(lambda s: s.execute(update(TalentStatus).where(TalentStatus.person_id == person).values(category=code)))


def begin(stage: Stage, code: str, person: int, now: Any = LATER) -> int:
    """Find a right of a person, say yes for him, put it into effect."""
    stage.match(now=now)
    right: int = stage.right(code, person).id
    stage.step(Flow.confirm_for, right, Role.SPECIALIST_LEAD, {"reason": "电话委托"}, now=now)
    stage.step(Flow.activate, right, Role.SPECIALIST_LEAD, now=now)
    return right


def told(stage: Stage, code: str, person: int) -> Any:
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == code)).scalar_one())
    return stage._read(lambda: benefit_of(stage.session, person_id=person, policy_id=policy, today=date(2026, 4, 7)))


def test_a_couple_buys_one_home_the_higher_category_applies_and_the_rent_paid_is_deducted(town: Stage) -> None:
    """Golden scenario 2."""
    category(town, EXPERT, "C")
    category(town, OTHER_EXPERT, "E")
    know(town, OTHER_EXPERT, home_owner=False, lease_from=date(2025, 10, 1))
    rent = begin(town, "P04", OTHER_EXPERT)
    town.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == rent).values(state="paid")))
    paid = sum(row.amount_fen for row in town.accruals(rent))
    assert paid == 6 * 80_000, "two quarters"
    for person in (EXPERT, OTHER_EXPERT):
        know(town, person, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
    low = begin(town, "P03", OTHER_EXPERT)
    high = begin(town, "P03", EXPERT)
    town.match(now=LATER)
    assert [row.amount_fen for row in town.accruals(high)] == [2_400_000 - paid]
    assert [row.state for row in town.accruals(low)] == ["superseded"]
    other = told(town, "P03", OTHER_EXPERT)
    assert other.standing is Standing.EXCLUDED
    assert (other.excluded_by.name.zh, other.excluded_by.article.zh) == ("购房补贴", "第五条")
    assert "每户" in other.excluded_by.rule.in_language("zh_CN")
    before = town.accruals(high) + town.accruals(low)
    town.match(now=LATER)
    assert town.accruals(high) + town.accruals(low) == before, "ruling again changes nothing"


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_of_a_couple_whose_home_falls_due_at_the_same_moment_one_is_granted(town: Stage) -> None:
    for person in (EXPERT, OTHER_EXPERT):
        know(town, person, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
    rights = [begin(town, "P03", person) for person in (EXPERT, OTHER_EXPERT)]
    town.write(lambda s: s.execute(delete(Accrual).where(Accrual.entitlement_id.in_(rights))))
    again = update(Entitlement).where(Entitlement.id.in_(rights)).values(accrues_on=LATER.date())
    town.write(lambda s: s.execute(again))

    def falls_due(session: Any, right: int) -> None:
        act = Act(machine(DISTRICT), LATER, calendar_of(session, DISTRICT))
        accrue(session, act, until=LATER.date(), entitlement_ids=[right])

    def the_other() -> None:
        with town.database.session() as session, transaction(session):
            falls_due(session, rights[1])

    with ThreadPoolExecutor(1) as pool:
        with town.database.session() as session, transaction(session):
            falls_due(session, rights[0])
            waiting = pool.submit(the_other)
            wait_for(lambda: waiting.done() or waits(session), "the other right that waits for the household", 20)
        waiting.result(20)
    with town.database.session() as session:
        accrue_due(session, actor=machine(DISTRICT), now=LATER)
    states = sorted(row.state for right in rights for row in town.accruals(right))
    assert states == ["due", "superseded"], "the other saw what was granted, and a night wrote nothing a second time"


def test_of_allowance_and_stipend_only_the_higher_month_is_paid(town: Stage) -> None:
    """Golden scenario 3: both in force; a new category counts from its recognition inside a month."""
    know(town, EXPERT, stipend_from=date(2026, 1, 1), degree="bachelor", shortage_major=True)
    stipend, allowance = begin(town, "P09", EXPERT), begin(town, "P02", EXPERT)

    def falls(session: Any) -> None:
        row = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "category": "E"}
        session.execute(insert(TalentStatus), [row | {"valid_from": date(2026, 4, 16)}])

    town.write(falls)
    town.match(now=at(7, 2))
    months = {row.period: row for row in town.accruals(stipend)}
    assert [months[f"2026-0{n}"].amount_fen for n in (3, 4, 5)] == [80_000, 65_000, 50_000]
    granted = {row.period: row.state for row in town.accruals(allowance) if row.period >= "2026-01"}
    assert granted["2026-04"] == granted["2026-05"] == "due", "800 a month is more than 650 and 500"
    assert months["2026-04"].state == months["2026-05"].state == "superseded"
    both = {period for period, row in months.items() if row.state == "due"} & {
        period for period, state in granted.items() if state == "due"
    }
    assert not both, "no month is granted twice"


def test_a_higher_recognition_inside_a_month_raises_the_stipend_from_its_own_day(town: Stage) -> None:
    """Golden scenario 3 by way of two certificates: 500 until 15 April, 800 from the 16th; what is paid stays."""
    write_schemes(town.session)
    office_of = Recognising(town.database)
    office_of.certified("五类", at(1, 5))
    know(town, EXPERT, stipend_from=date(2026, 1, 1))
    stipend = begin(town, "P09", EXPERT)
    office_of.certified("四类", at(4, 16))
    town.match(now=at(7, 2))
    months = {row.period: row.amount_fen for row in town.accruals(stipend)}
    assert [months[f"2026-0{n}"] for n in (3, 4, 5)] == [50_000, 65_000, 80_000]
    town.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == stipend).values(state="paid")))
    office_of.certified("三类", at(7, 10))
    town.match(now=at(7, 11))
    assert {row.period: row.amount_fen for row in town.accruals(stipend)} == months, "paid periods are never edited"


def test_rent_and_a_flat_are_never_enjoyed_in_one_month(town: Stage) -> None:
    know(town, EXPERT, home_owner=False, lease_from=date(2025, 11, 1))
    know(town, OTHER_EXPERT, home_owner=False)
    flat = begin(town, "P05", OTHER_EXPERT)
    rent = begin(town, "P04", EXPERT)
    assert {row.state for row in town.accruals(flat)} == {"due"}
    assert {row.state for row in town.accruals(rent)} == {"superseded"}
    assert told(town, "P04", EXPERT).excluded_by.name.zh == "人才公寓"


def days(stage: Stage, code: str, *given: Day, now: Any = LATER) -> int:
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == code)).scalar_one())
    actor = office.actor(Role.SPECIALIST_LEAD)
    return record_days(stage.session, actor=actor, now=now, person_id=EXPERT, policy_id=policy, days=given)


def test_days_of_service_are_granted_once_half_days_half_and_so_many_a_month(town: Stage) -> None:
    town.write(lambda s: s.execute(update(TalentStatus).values(kind="dispatched")))
    first, second = date(2026, 3, 4), date(2026, 3, 5)
    right = days(town, "P07", Day(first, "near"), Day(second, "far", half=True))
    assert days(town, "P07", Day(first, "far"), Day(second, "far")) == right
    found = [(row.period, row.amount_fen, row.due_on) for row in town.accruals(right)]
    assert found == [("2026-03-04", 10_000, date(2026, 4, 1)), ("2026-03-05", 7_500, date(2026, 4, 1))]
    with pytest.raises(Refusal) as refused:
        days(town, "P07", *(Day(date(2026, 3, n), "near") for n in range(6, 20)))
    assert refused.value.reasons[0].code == "days_used_up"
    travel = days(town, "P08", Day(first, "transport"), Day(first, "lodging", cost_fen=30_000))
    assert [row.amount_fen for row in town.accruals(travel)] == [26_000, 8_000]
    claim = replace(town, now=LATER).draft(right)
    assert (town.claim(claim).amount_fen, town.claim(claim).period) == (17_500, "2026-03-04..2026-03-05")


def crowd(stage: Stage) -> list[int]:
    """Forty experts entitled to a health check; three of them are on the credit list."""

    def work(session: Any) -> list[int]:
        own = {"district_id": DISTRICT, "id_last4": "0000", "birth_on": date(1985, 1, 1)}
        people = [own | {"id": 8000 + n, "full_name": f"专家{n}", "id_index": f"crowd{n}"} for n in range(40)]
        session.execute(insert(Person), people)
        status = {"district_id": DISTRICT, "category": "E", "valid_from": date(2025, 5, 1)}
        session.execute(insert(TalentStatus), [status | {"id": 9000 + n, "person_id": 8000 + n} for n in range(40)])
        flag = {"district_id": DISTRICT, "name": "credit_flagged", "value": {"value": True}, "source": "import"}
        marks = [flag | {"id": new_id(), "person_id": 8000 + n, "as_of": date(2026, 1, 1)} for n in range(3)]
        session.execute(insert(PersonFact), marks)
        return [person["id"] for person in people]

    return stage.write(work)


def of_person(n: int) -> Actor:
    return replace(office.actor(Role.EXPERT), person_id=8000 + n, person_key=f"crowd{n}", account_id=70_000 + n)


def test_of_forty_told_without_application_three_wait_for_a_person_and_a_refusal_is_kept(stage: Stage) -> None:
    """Golden scenario 13."""
    people = crowd(stage)
    stage.match(person_ids=people)

    def states() -> list[str]:
        policy = select(Policy.id).where(Policy.code == "P12").scalar_subquery()
        wanted = select(Entitlement.state).where(Entitlement.policy_id == policy, Entitlement.person_id.in_(people))
        return list(stage._read(lambda: stage.session.execute(wanted.order_by(Entitlement.person_id)).scalars().all()))

    assert states() == ["identified"] * 3 + ["notified"] * 37, "who is on the credit list is looked at by a person"
    stage.step(Flow.waive, stage.right("P12", 8003).id, of_person(3), {"reason": "单位已安排"})
    for n in range(4, 40):
        stage.step(Flow.confirm, stage.right("P12", 8000 + n).id, of_person(n))
    assert states() == ["identified"] * 3 + ["waived"] + ["confirmed"] * 36
    again = stage.match(now=at(4, 7), person_ids=people)
    assert (again.created, states()[3]) == (0, "waived"), "nobody is asked twice"
    with pytest.raises(Refusal):
        stage.step(Flow.lapse, stage.right("P12", 8001).id, of_person(1), {"reason": "x"})


def test_what_fell_due_to_two_who_were_no_couple_yet_is_one_households_once_they_are(town: Stage) -> None:
    apart = update(Person).where(Person.id.in_((EXPERT, OTHER_EXPERT))).values(household_id=None)
    town.write(lambda s: s.execute(apart))
    category(town, EXPERT, "C")
    category(town, OTHER_EXPERT, "E")
    for person in (EXPERT, OTHER_EXPERT):
        know(town, person, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
    low, high = (begin(town, "P03", person) for person in (OTHER_EXPERT, EXPERT))
    assert [row.state for row in town.accruals(low) + town.accruals(high)] == ["due", "due"]
    add_relative(
        town.session, actor=office.actor(Role.SPECIALIST_LEAD), now=LATER, keys=key_ring(), person_id=EXPERT,
        relative=NewRelative(relation="spouse", name="白桦"), id_number=NUMBERS[OTHER_EXPERT],
    )  # fmt: skip
    assert [row.state for row in town.accruals(low) + town.accruals(high)] == ["superseded", "due"]


@pytest.mark.parametrize("formula", ["full_return", "correction"])
def test_what_was_asked_back_and_has_come_back_is_not_deducted_once_more(town: Stage, formula: str) -> None:
    know(town, EXPERT, home_owner=False, lease_from=date(2025, 10, 1))
    rent = begin(town, "P04", EXPERT)
    town.write(lambda s: s.execute(update(Accrual).where(Accrual.entitlement_id == rent).values(state="paid")))
    paid = sum(row.amount_fen for row in town.accruals(rent))
    know(town, EXPERT, first_home=True, deed_tax_paid=True, home_bought_on=date(2026, 3, 20))
    home = begin(town, "P03", EXPERT)
    left = town.accruals(home)[0].amount_fen
    owed = {"entitlement_id": rent, "expert_id": EXPERT, "decided_fen": paid, "owed_fen": paid, "formula": formula}
    debt = town.write(lambda s: put(s, ClawbackFlow, "decided", **owed))
    asked = town.write(lambda s: ask_back(s, rent, 10_000)) if formula == "correction" else 0
    for came in (0, 100_000, paid):
        values = update(Clawback).where(Clawback.id == debt).values(recovered_fen=came, owed_fen=paid - came)
        town.write(lambda s, values=values: (s.execute(values), rule_anew(s, [EXPERT])))
        assert [row.amount_fen for row in town.accruals(home)] == [left + (asked or came)]


def ask_back(session: Any, right: int, fen: int) -> int:
    """A correction asks so much back of the first period of a right (fen)."""
    of = select(Accrual.id, Entitlement.policy_version_id).join(Entitlement, Entitlement.id == Accrual.entitlement_id)
    accrual, version = session.execute(of.where(Entitlement.id == right).order_by(Accrual.starts_on).limit(1)).one()
    line = {"id": new_id(), "district_id": DISTRICT, "entitlement_id": right, "person_id": EXPERT, "at": LATER}
    more = {"accrual_id": accrual, "number": 1, "policy_version_id": version, "amount_fen": -fen}
    session.execute(insert(Correction), [line | more])
    return fen
