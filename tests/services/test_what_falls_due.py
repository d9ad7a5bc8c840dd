"""What falls due is found by its day: rights of which nothing more has come to be due are not looked at."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.run import Act
from concierge.models.entitlement import Entitlement
from concierge.rules.roles import Role
from concierge.services.accruals import accrue
from concierge.services.calendars import calendar_of
from concierge.services.entitlements import accrue_due
from concierge.workflows.entitlement import EntitlementFlow
from tests import office
from tests.benefits import Stage, at
from tests.databases import counted

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
