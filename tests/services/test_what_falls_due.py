"""What falls due is found by its day: rights of which nothing more has come to be due are not looked at."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from concierge.db import transaction
from concierge.engine.run import Act
from concierge.models.entitlement import Entitlement
from concierge.rules.roles import Role
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.entitlements import accrue_due
from concierge.services.exclusions import hold_households
from concierge.services.policies import next_draft
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import Stage, at, editor
from tests.databases import counted
from tests.locks import waits
from tests.servers import wait_for
from tests.services.test_policies import version_of

pytestmark = pytest.mark.unmatched


def due(stage: Stage, now) -> int:
    return accrue_due(stage.session, actor=office.actor(Role.SPECIALIST_LEAD), now=now)


def forgotten(stage: Stage, now) -> int:
    """What a look at every right in force still finds."""
    with transaction(stage.session):
        act = Act(office.actor(Role.SPECIALIST_LEAD), now, calendar_of(stage.session, office.DISTRICT))
        rights = select(Entitlement.id).where(Entitlement.state == "active")
        return accrue(
            stage.session, act, until=now.date(), entitlement_ids=list(stage.session.execute(rights).scalars())
        )


def test_day_by_day_the_same_falls_due_as_when_every_right_is_looked_at(both_stages: Stage):
    stage = both_stages
    rights = {code: stage.active_right(code) for code in ("P01", "P02")}
    stage.step(EntitlementFlow.suspend, rights["P02"], Role.TALENT_OFFICE, {"reason": "离岗"}, now=at(2, 9))
    stage.step(EntitlementFlow.resume, rights["P02"], Role.SPECIALIST_LEAD, {"reason": "返岗"}, now=at(4, 13))
    written = 0
    for days in range(0, 1500, 17):
        now = at(4, 14) + timedelta(days=days)
        written += due(stage, now)
        assert forgotten(stage, now) == 0, now
    assert written > 20
    assert {a.period for a in stage.accruals(rights["P01"])} == {"1/3", "2/3", "3/3"}


def test_a_night_on_which_nothing_falls_due_looks_at_no_right(stage: Stage):
    right = stage.active_right("P02")
    with counted(stage.database) as asked:
        assert due(stage, at(2, 10)) == 0
    assert not [words for words in asked if "accruals" in words or "policy_versions" in words]
    assert stage._read(lambda: stage.session.get_one(Entitlement, right).accrues_on) == date(2026, 7, 1)


def test_a_right_whose_last_period_is_written_is_not_looked_at_again(stage: Stage):
    right = stage.active_right("P01")
    due(stage, at(3, 2) + timedelta(days=5 * 365))
    assert stage._read(lambda: stage.session.get_one(Entitlement, right).accrues_on) is None


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_the_night_and_whoever_changes_a_right_wait_for_each_other_in_one_order(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")

    def the_night() -> int:
        with stage.database.session() as session:
            return accrue_due(session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(7, 2))

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            session.execute(update(Entitlement).where(Entitlement.id == right).values(ends_on=date(2027, 12, 31)))
            waiting = pool.submit(the_night)
            wait_for(lambda: waits(session), "the night that waits for the right", 20)
            hold_households(session, [office.EXPERT])
        assert waiting.result(20) == 6


@pytest.mark.parametrize("both_stages", ["postgresql"], indirect=True)
def test_a_right_that_moves_to_another_version_while_a_night_looks_is_looked_at_again(both_stages: Stage):
    stage = both_stages
    right = stage.active_right("P02")
    new = next_draft(stage.session, actor=editor(), now=stage.now, version_id=version_of(stage, "P02").id)

    def the_night() -> int:
        with stage.database.session() as session:
            return accrue_due(session, actor=office.actor(Role.SPECIALIST_LEAD), now=at(7, 2))

    with ThreadPoolExecutor(1) as pool:
        with stage.database.session() as session, transaction(session):
            moved = {"policy_version_id": new, "accrues_on": date.min}
            session.execute(update(Entitlement).where(Entitlement.id == right).values(moved))
            waiting = pool.submit(the_night)
            wait_for(lambda: waits(session), "the night that waits for the right", 20)
        waiting.result(20)
    assert stage._read(lambda: stage.session.get_one(Entitlement, right).accrues_on) == date.min
