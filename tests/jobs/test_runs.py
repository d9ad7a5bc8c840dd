"""Every job runs once for each period, whoever asks, and again when its worker was lost."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id
from concierge.engine.actor import machine
from concierge.engine.tables import AuditEntry, Case, Outbox
from concierge.jobs import clock, runner
from concierge.jobs.due import run_due
from concierge.jobs.sealing import anchored
from concierge.models.budget import BudgetLine
from concierge.models.job import JobRun
from concierge.models.person import Employment, TalentStatus
from concierge.rules.roles import Role
from concierge.rules.times import Daily
from concierge.services import annual_review, job_runs, leases, timetable
from concierge.services.foresight import (
    warn_of_expiring_categories,
    warn_of_low_lines,
    warn_of_missing_calendar,
    warn_of_year_end,
)
from concierge.services.timetable import Entry
from concierge.workflows import ClaimFlow, EntitlementFlow, PaymentItemFlow
from tests.cases import CALENDAR, EMPLOYER, EXPERT, LINE, NOW, official, put
from tests.databases import DISTRICT
from tests.notifications.people import ADMIN, CHECKER, LIAISON, MAKER, Office, accounts

MORNING = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)  # Tuesday, 08:30 in Shanghai
CALLS: list[datetime] = []


def work(session: Any, *, actor: Any, now: datetime) -> int:
    """A job of these tests."""
    CALLS.append(now)
    if len(CALLS) < 3 and STUMBLES[0]:
        raise ValueError("not yet")
    return len(CALLS)


STUMBLES = [False]


@pytest.fixture(autouse=True)
def _one_job(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    CALLS.clear()
    STUMBLES[0] = False
    if "alone" not in request.fixturenames:
        return
    entry = Entry("note", timetable.TIMETABLE[0].title, Daily(time(2, 0), working=False), f"{__name__}:work")
    monkeypatch.setattr(runner, "TIMETABLE", (entry,))
    monkeypatch.setattr(runner, "BY_NAME", {"note": entry})


@pytest.fixture
def alone() -> None:
    """The timetable has one job only."""


def runs(house: Office) -> list[JobRun]:
    with house.database.session() as session:
        return list(session.execute(select(JobRun).order_by(JobRun.id)).scalars())


def test_a_period_is_owed_once_whatever_the_number_of_clocks(house: Office, alone: None) -> None:
    other = Office(house.database, house.place.settings.data)
    assert [runner.owe(place, MORNING) for place in (house.place, other.place, house.place)] == [2, 0, 0]
    other.close()
    assert sorted(run.subject for run in runs(house)) == ["1", "2"], "one for each district"


def test_two_workers_do_a_run_once(house: Office, alone: None) -> None:
    runner.owe(house.place, MORNING)
    [first, _second] = runs(house)
    done = [runner.do_run(house.place, first.id, MORNING) for _ in range(3)]
    assert [each.state if each else None for each in done] == ["done", None, None]
    assert len(CALLS) == 1


def test_a_failed_run_is_tried_again_three_times_in_all(small_house: Office, alone: None) -> None:
    STUMBLES[0] = True
    runner.owe(small_house.place, MORNING)
    [first, _second] = runs(small_house)
    for _ in range(2):
        found = runner.do_run(small_house.place, first.id, MORNING)
        assert found is not None
        assert (found.state, found.error) == ("failed", "ValueError")
        assert runner.do_run(small_house.place, first.id, MORNING) is None, "not at once"
        small_house.do(lambda s: s.execute(update(JobRun).values(leased_until=NOW - timedelta(days=400))))
    found = runner.do_run(small_house.place, first.id, MORNING)
    assert found is not None
    assert found.state == "done"


def test_a_run_that_fails_for_good_is_left_after_three_tries(small_house: Office, alone: None) -> None:
    runner.owe(small_house.place, MORNING)
    over = {"state": job_runs.FAILED, "attempts": job_runs.TRIES, "leased_until": NOW - timedelta(days=400)}
    small_house.do(lambda s: s.execute(update(JobRun).values(**over)))
    with small_house.database.session(None) as session:
        assert job_runs.open_runs(session) == []
    assert [runner.do_run(small_house.place, run.id, MORNING) for run in runs(small_house)] == [None, None]


def test_a_run_whose_worker_died_is_taken_over_and_the_late_word_refused(house: Office, alone: None) -> None:
    runner.owe(house.place, MORNING)
    [first, _second] = runs(house)
    with house.database.session(None) as session:
        dead = job_runs.take(session, run_id=first.id, now=MORNING)
        assert dead is not None
        assert runner.do_run(house.place, first.id, MORNING) is None
        with session.begin():
            session.execute(update(JobRun).values(leased_until=leases.database_now(session) - timedelta(seconds=1)))
        assert runner.do_run(house.place, first.id, MORNING) is not None
        assert not job_runs.end(session, taken=dead, now=MORNING, result={}, error=None)


def test_after_a_gap_the_missed_period_is_caught_up_once(small_house: Office, alone: None) -> None:
    for day in (0, 5, 5):
        run_due(small_house.place, MORNING + timedelta(days=day))
    assert len([run for run in runs(small_house) if run.subject == "1"]) == 2


def test_run_now_is_a_row_that_the_clock_picks_up_once(small_house: Office, alone: None) -> None:
    run_due(small_house.place, MORNING)
    operator = official(Role.SYSTEM_ADMIN, account=ADMIN)
    with small_house.database.session() as session:
        job_runs.ask(session, actor=operator, now=MORNING, job="note")
    run_due(small_house.place, MORNING)
    run_due(small_house.place, MORNING)
    asked = [run for run in runs(small_house) if run.period.startswith("asked-")]
    assert [(run.subject, run.state) for run in asked] == [("1", "done")]
    with small_house.database.session() as session:
        assert session.execute(select(AuditEntry).where(AuditEntry.act == "run-job")).scalar_one().actor_id == ADMIN


def test_everything_the_timetable_owes_is_done_and_a_second_time_nothing(house: Office) -> None:
    house.do(lambda s: [put(s, PaymentItemFlow, "pending", due_nth=600) for _ in range(3)])
    done = run_due(house.place, MORNING)
    assert [ran.job for ran in done.runs if ran.error] == []
    assert {"match", "digest", "seal", "postings"} <= {ran.job for ran in done.runs}
    assert done.sent == 2, "the digest of the finance bureau"
    again = run_due(house.place, MORNING)
    assert (again.runs, again.deliveries, again.sent) == ([], 0, 0)
    kept = anchored(house.place.settings)
    assert kept is not None


def test_the_command_tells_what_it_did(small_house: Office) -> None:
    small_house.do(lambda s: put(s, PaymentItemFlow, "pending", due_nth=600))
    settings = small_house.place.settings
    environ = {**os.environ, "CONCIERGE_DATA": str(settings.data), "DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "concierge.cli", "run-due", "--now", "2026-03-03T08:30", "--json"]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["now"] == "2026-03-03T08:30:00+08:00"
    assert told["sent"] == 2
    assert {"job": "digest", "subject": "1", "period": "2026-03-03", "state": "done"}.items() <= next(
        run for run in told["runs"] if run["job"] == "digest" and run["subject"] == "1"
    ).items()


def test_one_turn_that_fails_does_not_keep_the_others_from_theirs(
    small_house: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def broken(_settings: Any, _now: datetime) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(clock, "TURNS", [broken, lambda _settings, _now: seen.append("turn")])
    monkeypatch.setattr(broken, "__name__", "broken")
    clock.take_turns(small_house.place.settings, NOW)
    assert seen == ["turn"]


def test_late_cases_are_nudged_and_after_five_days_escalated_once(house: Office) -> None:
    nth = 1
    house.do(lambda s: put(s, ClaimFlow, "submitted", due_nth=nth, due_on=NOW.date()))
    for _ in range(2):
        run_due(house.place, MORNING + timedelta(hours=1))
    with house.database.session() as session:
        topics = session.execute(select(Outbox.topic).where(Outbox.topic.in_(("overdue", "escalation")))).scalars()
        assert sorted(topics) == ["escalation", "overdue"]


def test_a_case_with_a_paused_clock_is_not_nudged(small_house: Office) -> None:
    nth = CALENDAR.nth_of(MORNING)
    was = {"case_due_nth": nth - 1, "due_nth": nth - 1, "paused_nth": nth - 2}
    small_house.do(lambda s: put(s, ClaimFlow, "publicity", **was, posting_ends_at=None))
    run_due(small_house.place, MORNING + timedelta(hours=1))
    with small_house.database.session() as session:
        assert session.execute(select(Outbox.id).where(Outbox.topic == "overdue")).first() is None


def call(house: Office, job: Any, now: datetime) -> int:
    with house.database.session() as session:
        return int(job(session, actor=machine(DISTRICT), now=now))


def test_a_line_nearly_used_up_is_told_once(house: Office) -> None:
    values = {"amount_fen": 1000, "reserved_fen": 950}
    house.do(lambda s: s.execute(update(BudgetLine).where(BudgetLine.id == LINE).values(**values)))
    assert [call(house, warn_of_low_lines, MORNING) for _ in range(2)] == [1, 0]


def test_before_the_year_ends_finance_is_told_what_is_unpaid_at_three_marks(small_house: Office) -> None:
    small_house.do(lambda s: put(s, PaymentItemFlow, "approved", amount_fen=7_00))
    days = [datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=n) for n in range(121)]
    assert sum(call(small_house, warn_of_year_end, day) for day in days) == 3
    small_house.relay(days[-1])
    assert set(accounts(small_house.notices())) == {MAKER, CHECKER}


def test_a_missing_calendar_is_told_each_week_from_mid_november(small_house: Office) -> None:
    days = [datetime(2026, 11, 1, 4, 0, tzinfo=UTC) + timedelta(days=n) for n in range(30)]
    told = [day.day for day in days if call(small_house, warn_of_missing_calendar, day)]
    assert told == [15, 16, 23, 30]


def test_a_category_without_a_successor_is_told_sixty_days_before(small_house: Office) -> None:
    def status(session: Any, ends: str) -> None:
        row = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "category": "D"}
        row |= {"valid_from": date(2023, 1, 1), "valid_to": date.fromisoformat(ends)}
        session.execute(insert(TalentStatus), [row])

    small_house.do(lambda s: status(s, "2026-04-20"))
    assert [call(small_house, warn_of_expiring_categories, MORNING) for _ in range(2)] == [1, 0]
    small_house.do(lambda s: status(s, "2029-04-20"))
    assert call(small_house, warn_of_expiring_categories, MORNING + timedelta(days=1)) == 0


def test_the_annual_review_is_opened_told_and_closed_with_a_suspension(house: Office) -> None:
    starts = {"starts_on": date(2025, 3, 1)}
    right = house.do(lambda s: put(s, EntitlementFlow, "active", **starts))
    january = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
    assert call(house, annual_review.open_reviews, january) >= 1
    assert call(house, annual_review.open_reviews, january) == 0
    house.relay(january)
    assert LIAISON in accounts(house.notices())
    assert call(house, annual_review.close_reviews, january) == 0, "there are 20 working days"
    march = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
    post = {"id": new_id(), "district_id": DISTRICT, "person_id": EXPERT, "employer_id": EMPLOYER}
    post |= {"starts_on": date(2025, 1, 1), "certified_at": january}
    house.do(lambda s: s.execute(insert(Employment), [post]))
    assert call(house, annual_review.close_reviews, march) == 0, "it was answered"
    house.do(lambda s: s.execute(update(Employment).values(certified_at=None)))
    assert call(house, annual_review.close_reviews, march) >= 1
    with house.database.session() as session:
        assert session.get_one(Case, right).state == "suspended"
