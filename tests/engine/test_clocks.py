"""Limits, pauses, restarts, closing time and years without a table, through real steps on both databases."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from concierge.basics.errors import Refusal
from concierge.db import transaction
from concierge.engine.clockwork import intervals, light_of, time_by_holder
from concierge.engine.run import fire
from concierge.engine.tables import Case, History
from concierge.models.policy import PolicyLimit
from concierge.rules.lights import Light
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentItemFlow
from tests.cases import CALENDAR, DISTRICT, LINE, POLICY_VERSION, act, official, put
from tests.databases import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
SPECIALIST = official(Role.SPECIALIST)
HANDLER = official(Role.UNIT_LIAISON)
FIELDS = ("case_due_on", "step_due_on", "due_on", "due_at", "case_due_nth", "due_nth", "paused_nth", "paused_days")


def at(month: int, day: int, hour: int = 10, minute: int = 0, year: int = 2026) -> datetime:
    """A moment in Shanghai."""
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def limited(session: Any, **days: int) -> None:
    """Limits of the policy version that rules the test's claims."""
    rows = [
        {"district_id": DISTRICT, "policy_version_id": POLICY_VERSION, "name": n, "days": d} for n, d in days.items()
    ]
    session.execute(insert(PolicyLimit), rows)


def clocks(session: Any, case_id: int) -> Any:
    columns = [getattr(Case, name) for name in (*FIELDS, "clock", "is_open", "since_nth", "is_provisional")]
    return session.execute(select(*columns).where(Case.id == case_id)).one()


def take(session: Any, flow: Any, name: str, case_id: int, when: datetime, actor: Any = SPECIALIST) -> Any:
    """Take a step; how the clocks stand after it."""
    fire(session, flow.steps[name], case_id, None, act(actor, when))
    return clocks(session, case_id)


@pytest.mark.parametrize(("restarts", "due"), [(False, date(2026, 3, 6)), (True, date(2026, 3, 10))])
def test_golden_scenario_5_a_correction_pauses_or_restarts_the_limit(
    office: Database, restarts: bool, due: date
) -> None:
    with office.session() as session, transaction(session):
        limited(session, claim=10)
        case_id = put(session, ClaimFlow, "submitted", restarts_clock=restarts, since=at(2, 9))
        accepted = take(session, ClaimFlow, "accept", case_id, at(2, 9))
        assert (accepted.case_due_on, accepted.due_on) == (date(2026, 2, 28), date(2026, 2, 10))
        paused = take(session, ClaimFlow, "ask_correction", case_id, at(2, 11))
        assert (paused.clock, paused.paused_nth) == ("paused", CALENDAR.nth(date(2026, 2, 11)))
        assert light_of(paused, now=at(3, 1), calendar=CALENDAR) is Light.PAUSED
        resumed = take(session, ClaimFlow, "resubmit_to_accepted", case_id, at(2, 25))
        assert (resumed.case_due_on, resumed.paused_nth, resumed.paused_days) == (due, None, 5)
        assert light_of(resumed, now=at(2, 27), calendar=CALENDAR) is Light.RED  # the step's own day has passed
        parts = intervals(
            session.scalars(select(History).where(History.case_id == case_id)), now=at(2, 26), calendar=CALENDAR
        )
        assert [(part.holder, part.worked_days, part.is_paused) for part in parts] == [
            ("specialist", 2, False),
            ("expert", 5, True),
            ("specialist", 1, False),
        ]
        assert sum(each.paused_days for each in time_by_holder(parts)) == 5


def test_what_comes_after_closing_time_counts_from_the_next_working_day(office: Database) -> None:
    with office.session() as session, transaction(session):
        limited(session, claim=10)
        case_id = put(session, ClaimFlow, "submitted", since=at(2, 9))
        late = take(session, ClaimFlow, "accept", case_id, at(2, 9, 17, 31))
        assert late.case_due_on == date(2026, 3, 2)
        assert late.due_at == at(2, 11, 17, 30)


def test_a_make_up_saturday_is_a_working_day_and_a_holiday_is_not(office: Database) -> None:
    with office.session() as session, transaction(session):
        limited(session, claim=3)
        case_id = put(session, ClaimFlow, "submitted", since=at(2, 11))
        assert take(session, ClaimFlow, "accept", case_id, at(2, 11)).case_due_on == date(2026, 2, 14)


def test_beyond_the_published_tables_a_date_is_provisional_and_says_so(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted", since=at(12, 28))
        far = take(session, ClaimFlow, "accept", case_id, at(12, 28))
        assert (far.is_provisional, far.case_due_on.year) == (True, 2027)
        assert take(session, ClaimFlow, "ask_correction", case_id, at(12, 29)).is_provisional
        near = put(session, ClaimFlow, "submitted", since=at(3, 2))
        assert not take(session, ClaimFlow, "accept", near, at(3, 2)).is_provisional


def test_a_limit_comes_from_the_policy_else_from_the_case_else_from_the_flow(office: Database) -> None:
    with office.session() as session, transaction(session):
        review = put(session, ClaimFlow, "accepted", needs_employer=True)
        default = take(session, ClaimFlow, "to_employer", review, at(3, 2))
        assert default.step_due_on == date(2026, 3, 5)
        limited(session, employer_review=8)
        review = put(session, ClaimFlow, "accepted", needs_employer=True)
        assert take(session, ClaimFlow, "to_employer", review, at(3, 2)).step_due_on == date(2026, 3, 12)
        care = put(session, CareRequestFlow, "signed", limit_days=7)
        assert take(session, CareRequestFlow, "start", care, at(3, 2), HANDLER).case_due_on == date(2026, 3, 11)


def test_the_nearer_of_two_clocks_is_shown_but_a_paused_one_is_not(office: Database) -> None:
    with office.session() as session, transaction(session):
        nth = CALENDAR.nth(date(2026, 3, 3))
        case_id = put(session, ClaimFlow, "accepted", needs_employer=True, case_due_nth=nth)
        assert take(session, ClaimFlow, "to_employer", case_id, at(3, 2)).due_on == date(2026, 3, 3)
        paused = take(session, ClaimFlow, "ask_correction", case_id, at(3, 2), official(Role.EMPLOYER))
        assert (paused.due_on, paused.step_due_on) == (date(2026, 3, 16), date(2026, 3, 16))


def test_a_pause_without_any_limit_is_only_counted(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "submitted")
        take(session, ClaimFlow, "ask_correction", case_id, at(3, 2))
        back = take(session, ClaimFlow, "resubmit_to_submitted", case_id, at(3, 5), official(Role.EXPERT))
        assert (back.case_due_nth, back.paused_days) == (None, 3)


def test_one_pause_may_follow_another(office: Database) -> None:
    lead = official(Role.TALENT_OFFICE)
    with office.session() as session, transaction(session):
        nth = CALENDAR.nth(date(2026, 3, 20))
        over = {"posting_ends_at": at(3, 30), "case_due_nth": nth}
        case_id = put(
            session, ClaimFlow, "publicity", **over, since=at(3, 2), paused_nth=CALENDAR.nth(date(2026, 3, 2))
        )
        objected = take(session, ClaimFlow, "object_", case_id, at(3, 4), lead)
        assert objected.paused_nth == CALENDAR.nth(date(2026, 3, 2))
        upheld = take(session, ClaimFlow, "uphold_objection", case_id, at(3, 6), lead)
        assert (upheld.paused_nth, upheld.paused_days, upheld.case_due_on) == (None, 4, date(2026, 3, 26))


def test_a_guard_compares_with_an_instant_that_the_engine_wrote(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, CareRequestFlow, "signed", limit_days=0)
        assert take(session, CareRequestFlow, "start", case_id, at(3, 2), HANDLER).due_at == at(3, 2, 17, 30)
        with pytest.raises(Refusal, match="limit_passed"):
            fire(session, CareRequestFlow.ask_extension, case_id, None, act(HANDLER, at(3, 2, 17, 31)))
        fire(session, CareRequestFlow.ask_extension, case_id, None, act(HANDLER, at(3, 2, 17, 29)))


def test_a_case_finished_in_time_stays_green_when_it_is_filed_away_later(office: Database) -> None:
    system = official(Role.SYSTEM)
    with office.session() as session, transaction(session):
        for paid_on, lamp in ((3, Light.DONE), (6, Light.DONE_LATE)):
            due = CALENDAR.nth(date(2026, 3, 5))
            case_id = put(session, ClaimFlow, "paying", case_due_nth=due, since=at(3, 2))
            paid = take(session, ClaimFlow, "pay", case_id, at(3, paid_on), system)
            assert light_of(paid, now=at(3, 30), calendar=CALENDAR) is lamp
            archived = take(session, ClaimFlow, "archive", case_id, at(3, 20), system)
            assert light_of(archived, now=at(3, 30), calendar=CALENDAR) is lamp


def test_the_history_tells_the_working_days_since_the_last_step(office: Database) -> None:
    with office.session() as session, transaction(session):
        session.execute(update(Case).where(Case.id == LINE).values(version=1))
        item = put(session, PaymentItemFlow, "pending", since=at(3, 2), step_due_nth=CALENDAR.nth(date(2026, 3, 4)))
        finance = official(Role.FINANCE_CHECKER)
        take(session, PaymentItemFlow, "hold", item, at(3, 5), finance)
        take(session, PaymentItemFlow, "release", item, at(3, 9), finance)
        lines = session.scalars(select(History).where(History.case_id == item).order_by(History.version)).all()
        assert [(each.step, each.worked, each.clock, each.cause) for each in lines[1:]] == [
            ("hold", 3, "paused", "held by finance"),
            ("release", 0, "running", None),
        ]
        assert lines[1].step_due_nth == CALENDAR.nth(date(2026, 3, 4))
        assert lines[1].at - at(3, 5) == timedelta(0)
