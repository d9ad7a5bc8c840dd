"""Orders that were served in the village by the dispatched expert, and confirmed for the host or not."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import update

from concierge.demo.policies import load_policies
from concierge.demo.policies_of_field import FIELD_DAYS, TRAVEL
from concierge.demo.policies_of_units import TITLES
from concierge.engine.actor import machine
from concierge.models.person import TalentStatus
from concierge.rules.roles import Role
from concierge.services.dispatch import Need
from concierge.services.missions import Mission, record_missions
from concierge.services.steps import Wanted, take_steps
from concierge.workflows.dispatch import DispatchOrderFlow
from tests import office
from tests.benefits import UNITS, Stage, at, editor
from tests.campaigns import bureau, need, write_campaign
from tests.databases import DISTRICT
from tests.office import OFFICE

LATER = at(4, 7)
MARCH = date(2026, 3, 2)
CLOCK = machine(DISTRICT)


def prepare(stage: Stage) -> Stage:
    """The stage with the policies of the both_villages, a campaign, and an expert who is dispatched."""
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    policies, units = (FIELD_DAYS, TRAVEL, TITLES), UNITS | {"office": OFFICE}
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=units, policies=policies)

    def work(session: Any) -> None:
        write_campaign(session)
        session.execute(update(TalentStatus).values(kind="dispatched"))

    stage.write(work)
    stage.now = LATER
    return stage


@pytest.fixture
def both_villages(both_stages: Stage) -> Stage:
    return prepare(both_stages)


@pytest.fixture
def village(stage: Stage) -> Stage:
    return prepare(stage)


def serve(stage: Stage, *days: date | Need, confirm: bool = True, now: datetime = LATER, **given: Any) -> list[int]:
    """Orders of the doctor in the village that were served on these days, and confirmed for the host."""
    needs = [day if isinstance(day, Need) else need(starts_on=day, **given) for day in days]
    made = record_missions(stage.session, actor=bureau(), now=now, missions=[Mission(each) for each in needs])
    if confirm:
        confirmed(stage, made, now=now)
    return made


def confirmed(stage: Stage, orders: Sequence[int], *, now: datetime = LATER) -> None:
    take_steps(
        stage.session, actor=office.actor(Role.TALENT_OFFICE), now=now, step=DispatchOrderFlow.confirm,
        wanted=map(Wanted, orders), given={"confirmed_by": "村主任"},
    )  # fmt: skip
