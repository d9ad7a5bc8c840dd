"""Occasions entered by hand, once for each."""

from datetime import date

import pytest
from sqlalchemy import select

from concierge.basics.errors import Refusal
from concierge.models.policy import Policy
from concierge.rules.roles import Role
from concierge.services.occasions import record_event
from tests import office
from tests.benefits import NOW, Stage
from tests.office import EXPERT


def care_visits(stage: Stage) -> int:
    """The policy by event."""
    found = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == "P20")).scalar_one())
    return int(found)


def test_an_occasion_of_one_day_is_entered_once_however_often_its_form_is_sent(stage: Stage):
    policy = care_visits(stage)
    given = {"person_id": EXPERT, "policy_id": policy, "now": NOW, "happened_on": date(2026, 1, 5)}

    def enter(event: str, key: str):
        return record_event(stage.session, actor=office.actor(Role.SPECIALIST), event=event, key=key, **given)

    right = enter("birth", "once-pressed")
    assert enter("birth", "once-pressed") == right
    with pytest.raises(Refusal) as refused:
        enter("birth", "typed-again")
    assert refused.value.reasons[0].code == "event_twice"
    assert enter("hospital", "another-occasion") == right
    assert [a.amount_fen for a in stage.accruals(right)] == [50_000, 100_000]
