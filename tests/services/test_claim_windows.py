"""A benefit is claimed in its window: a notice before it closes, nothing after it, and the statement says the day."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from concierge.demo.policies import load_policies
from concierge.demo.policies_of_units import HONOUR
from concierge.engine.actor import machine
from concierge.engine.tables import Outbox
from concierge.models.policy import Policy, PolicyVersion
from concierge.queries.statement import Benefit, Standing, benefit_of
from concierge.rules.periods import answer_by, claim_by
from concierge.rules.roles import Role
from concierge.services import claim_windows
from concierge.services.claim_windows import close_windows, warn_of_windows
from concierge.services.entitlements import complete_ended
from concierge.services.supervision import announce_instalments
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.topics import Topic
from tests import office
from tests.benefits import UNITS, Stage, at, editor, refused
from tests.databases import DISTRICT
from tests.office import EXPERT

pytestmark = pytest.mark.unmatched

CLOCK = machine(DISTRICT)
HONOURED = date(2025, 3, 10)
LAST = date(2026, 3, 9)


def honour(stage: Stage) -> Stage:
    """The stage with the honour award, which the expert may claim for twelve months from 10 March 2025."""
    publisher, when = office.actor(Role.TALENT_OFFICE), at(1, 5, year=2025)
    load_policies(stage.session, actor=editor(), publisher=publisher, now=when, units=UNITS, policies=(HONOUR,))
    stage.know("honoured_on", HONOURED.isoformat(), HONOURED)
    return stage


@pytest.fixture
def honoured(both_stages: Stage) -> Stage:
    return honour(both_stages)


@pytest.fixture
def honoured_here(stage: Stage) -> Stage:
    return honour(stage)


def close(stage: Stage, now: datetime) -> int:
    return close_windows(stage.session, actor=CLOCK, now=now)


def warn(stage: Stage, now: datetime) -> int:
    return warn_of_windows(stage.session, actor=CLOCK, now=now)


def told(stage: Stage, today: date) -> Benefit:
    policy = stage._read(lambda: stage.session.execute(select(Policy.id).where(Policy.code == "P18")).scalar_one())
    found = stage._read(lambda: benefit_of(stage.session, person_id=EXPERT, policy_id=policy, today=today))
    assert found is not None
    return found


def test_a_period_is_told_of_claimed_on_its_last_day_and_lapses_on_the_next(honoured: Stage) -> None:
    stage = honoured
    right = stage.active_right("P18")
    assert warn(stage, at(2, 6)) == 0
    assert (warn(stage, at(2, 9)), warn(stage, at(2, 10))) == (1, 0), "once"
    assert close(stage, at(3, 9)) == 0
    stage.now = at(3, 10)
    assert refused(lambda: stage.draft(right)) == {"nothing_due"}, "whether or not the night has come"
    assert (close(stage, at(3, 10)), close(stage, at(3, 10))) == (1, 0)
    complete_ended(stage.session, actor=CLOCK, now=at(3, 10))
    benefit = told(stage, date(2026, 3, 10))
    assert (benefit.standing, benefit.lapsed_on) == (Standing.EXPIRED, date(2026, 3, 10))
    assert "2026-03-10" in benefit.line.in_language("zh_CN")
    stage.match(now=at(3, 11))
    assert stage.right("P18").id == right, "what lapsed is not found again"
    assert [row.state for row in stage.accruals(right)] == ["lapsed"], "nor ruled on again"


def test_what_was_claimed_in_time_goes_on(honoured_here: Stage) -> None:
    stage = honoured_here
    right = stage.active_right("P18")
    stage.now = at(3, 9)
    claim = stage.submitted(right)
    assert close(stage, at(3, 20)) == 0
    stage.step(ClaimFlow.accept, claim, Role.SPECIALIST, now=at(3, 10))
    assert [row.state for row in stage.accruals(right)] == ["claimed"]


def test_a_right_without_an_answer_lapses_too_and_is_not_found_again(honoured: Stage) -> None:
    stage = honoured
    stage.match()
    topic = Topic.CLAIM_WINDOW.value
    assert warn(stage, at(2, 9)) == 1
    facts = stage._read(lambda: stage.session.execute(select(Outbox.data).where(Outbox.topic == topic)).scalar_one())
    assert facts["last_on"] == LAST.isoformat()
    assert close(stage, at(3, 9)) == 0
    assert (close(stage, at(3, 10)), close(stage, at(3, 11))) == (1, 0)
    assert stage.right("P18").state == "lapsed"
    assert told(stage, date(2026, 3, 11)).lapsed_on == date(2026, 3, 10)
    first = stage.right("P18").id
    assert stage.match(now=at(3, 12)).created == 0
    assert stage.right("P18").id == first


def test_who_is_found_too_late_is_not_told_that_he_is_entitled(honoured_here: Stage) -> None:
    honoured_here.match(now=at(3, 10))
    assert honoured_here.right("P18") is None


def give_months_a_window(stage: Stage) -> None:
    mine = select(Policy.id).where(Policy.code == "P02").scalar_subquery()

    def bound(session: Any) -> None:
        version = session.execute(select(PolicyVersion).where(PolicyVersion.policy_id == mine)).scalar_one()
        version.schedule = {**version.schedule, "claim_months": 6}

    stage.write(bound)


def test_everybody_is_told_in_one_night_however_many_windows_close(
    honoured_here: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_months_a_window(honoured_here)
    right = honoured_here.active_right("P02")
    assert len(honoured_here.accruals(right)) > 1
    monkeypatch.setattr(claim_windows, "CHUNK", 1)
    closing = [row for row in honoured_here.accruals(right) if row.period >= "2025-07"]
    assert warn(honoured_here, at(6, 20)) == len(closing) > 1


def test_of_months_each_has_its_own_window_and_the_right_goes_on(honoured_here: Stage) -> None:
    stage = honoured_here
    give_months_a_window(stage)
    right = stage.active_right("P02")
    states = {row.period: row.state for row in stage.accruals(right)}
    assert set(states.values()) == {"due"}
    stage.now = at(2, 3)
    claim = stage.draft(right)
    assert stage.claim(claim).period == "2025-07..2025-12", "the first half of the year fell due in July"
    stage.step(ClaimFlow.withdraw, claim, Role.EXPERT, {"reason": "x"})
    assert close(stage, at(2, 3)) == len([period for period in states if period < "2025-07"])
    after = {row.period: row.state for row in stage.accruals(right)}
    assert {period for period, state in after.items() if state == "due"} == {f"2025-{n:02}" for n in range(7, 13)}
    assert stage.right("P02").state == "active"


def test_windows_end_with_short_months_and_open_rights_have_none() -> None:
    assert claim_by({"claim_months": 1}, date(2025, 1, 31)) == date(2025, 2, 27)
    assert claim_by({"claim_months": 12}, date(2024, 2, 29)) == date(2025, 2, 27)
    assert claim_by({}, date(2025, 1, 31)) is None
    assert answer_by("monthly", {"claim_months": 12}, date(2020, 1, 1), None) is None
    assert answer_by("monthly", {"claim_months": 12}, date(2020, 1, 1), date(2025, 1, 31)) == date(2026, 1, 30)
    assert answer_by("one_off", {"claim_months": 12}, date(2025, 3, 10), None) == LAST


def test_an_expert_is_told_once_of_months_that_fell_due_with_their_sum(stage: Stage) -> None:
    right = stage.active_right("P02")
    topic = Topic.BENEFIT_DUE.value

    def told_of(now: datetime) -> list[Any]:
        announce_instalments(stage.session, actor=CLOCK, now=now)
        mine = select(Outbox.subject_id, Outbox.data).where(Outbox.topic == topic)
        return [tuple(row) for row in stage._read(lambda: stage.session.execute(mine).all())]

    assert told_of(at(6, 30)) == [], "what fell due long before was told when it came into effect"
    assert told_of(at(7, 1)) == [(right, {"due_fen": 1_800_000})]
    assert told_of(at(7, 2)) == [(right, {"due_fen": 1_800_000})], "once"
