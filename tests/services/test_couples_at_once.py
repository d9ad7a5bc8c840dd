"""What is entered, confirmed or asked for by both of a couple at the same moment waits in one order on PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, event, select

from concierge.db import transaction
from concierge.engine.run import Act
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.confirmed_days import grant_days
from concierge.services.exclusions import hold_households
from concierge.services.household import add_relative
from concierge.services.packages import PackageWish, open_package
from concierge.services.person_rows import NewRelative
from concierge.services.service_days import Day, record_days
from tests import office
from tests.benefits import Stage
from tests.locks import waits
from tests.office import EXPERT, NUMBERS, OTHER_EXPERT, key_ring
from tests.servers import wait_for
from tests.serving import CLOCK, LATER, MARCH, serve

pytestmark = pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
LEAD = office.actor(Role.SPECIALIST_LEAD)


def at_once(stage: Stage, act: Callable[[Any, int], object]) -> None:
    """Both of a couple come to hold their household at the same moment, with whatever either holds by then."""
    add_relative(
        stage.session, actor=LEAD, now=LATER, keys=key_ring(), person_id=EXPERT,
        relative=NewRelative(relation="spouse", name="白桦"), id_number=NUMBERS[OTHER_EXPERT],
    )  # fmt: skip
    been, come = threading.local(), list[int]()

    def meet(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if "household_id IN" in statement and not hasattr(been, "there"):
            been.there = True
            come.append(1)
            with stage.database.session() as session:
                wait_for(lambda: len(come) == 2 or waits(session), "the other one", 20)

    def alone(person_id: int) -> None:
        with stage.database.session() as session:
            act(session, person_id)

    event.listen(stage.database.engine, "before_cursor_execute", meet)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(alone, (EXPERT, OTHER_EXPERT)))


def work_out(session: Any, person_id: int) -> None:
    """What the confirmed days of a person bring, as the night and the confirmation of a host work it out."""
    with transaction(session):
        grant_days(session, Act(CLOCK, LATER, calendar_of(session, 1)), [person_id], since=date(2026, 1, 1))


def test_the_confirmed_days_of_a_couple(both_villages: Stage) -> None:
    serve(both_villages, MARCH)
    at_once(both_villages, work_out)


def test_days_that_are_entered_by_hand_for_a_couple(both_villages: Stage) -> None:
    wanted = select(Policy.id).where(Policy.code == "P07")
    policy = both_villages._read(lambda: both_villages.session.execute(wanted).scalar_one())
    given = {"actor": LEAD, "now": LATER, "policy_id": policy, "days": [Day(MARCH, "far")]}
    at_once(both_villages, lambda session, person: record_days(session, person_id=person, **given))


def test_the_packages_of_a_couple(both_stages: Stage) -> None:
    def ask(session: Any, person_id: int) -> None:
        wish = PackageWish(person_id=person_id, policies=("P01",))
        open_package(session, actor=LEAD, now=both_stages.now, wish=wish)

    at_once(both_stages, ask)


def in_one_order(stage: Stage, right: int, act: Callable[[Any], object]) -> None:
    """Whoever corrects rights holds the right first and then the household; the act waits for him, holding neither."""

    def alone() -> None:
        with stage.database.session() as session:
            act(session)

    with stage.database.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            session.execute(select(Entitlement.id).where(Entitlement.id == right).with_for_update()).all()
            waiting = pool.submit(alone)
            wait_for(lambda: waiting.done() or waits(session), "whoever waits for the right", 20)
            hold_households(session, [EXPERT])
        waiting.result(20)


def a_right_by_days(stage: Stage) -> int:
    """A right that a confirmed day brought, without its lines."""
    serve(stage, MARCH)
    right = int(stage._read(lambda: stage.session.execute(select(Accrual.entitlement_id).limit(1)).scalar_one()))
    stage.write(lambda s: s.execute(delete(Accrual).where(Accrual.entitlement_id == right)))
    return right


def test_whoever_corrects_a_right_and_whoever_works_out_its_days_wait_in_one_order(both_villages: Stage) -> None:
    right = a_right_by_days(both_villages)
    in_one_order(both_villages, right, lambda session: work_out(session, EXPERT))
    assert both_villages.accruals(right)


def test_whoever_corrects_a_right_and_whoever_enters_its_days_wait_in_one_order(both_villages: Stage) -> None:
    right = a_right_by_days(both_villages)
    by_right = select(Entitlement.policy_id).where(Entitlement.id == right)
    policy = both_villages._read(lambda: both_villages.session.execute(by_right).scalar_one())
    given = {"actor": LEAD, "now": LATER, "person_id": EXPERT, "policy_id": policy, "days": [Day(MARCH, "far")]}
    in_one_order(both_villages, right, lambda session: record_days(session, **given))
    assert both_villages.accruals(right)


def test_whoever_corrects_a_right_and_whoever_opens_its_package_wait_in_one_order(both_stages: Stage) -> None:
    stage = both_stages
    right = stage.right("P01").id
    wish = PackageWish(person_id=EXPERT, policies=("P01",))
    in_one_order(stage, right, lambda session: open_package(session, actor=LEAD, now=stage.now, wish=wish))
    assert stage.accruals(right)
