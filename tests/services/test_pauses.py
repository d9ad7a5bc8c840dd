"""No pause lasts for ever: past its longest time, or without a cause, the clock goes on by itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from concierge.db import open_session
from concierge.engine.actor import machine
from concierge.engine.clockwork import intervals
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.tables import Case, History
from concierge.models.policy import PolicyLimit
from concierge.services.pauses import end_overlong
from concierge.workflows import ClaimFlow
from tests.cases import CALENDAR, NOW, OFFICE, POLICY_VERSION, furnish, line, put
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.office import write_calendars

LONG_AGO = NOW - timedelta(days=75)  # more than 30 working days
TODAY = CALENDAR.nth_of(NOW)


@pytest.fixture(params=KINDS)
def rows(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    return new_database(request.param, "pauses", fill)


def fill(engine: Engine) -> None:
    """The small district with the shipped calendar published."""
    furnish(engine)
    with open_session(engine, district=DISTRICT) as session, session.begin():
        write_calendars(session)


def paused(rows: Database, state: str = "special_procedure", since: Any = LONG_AGO, cause: str | None = "why") -> int:
    """A claim whose clock stands still since then, with three days left to its limit."""
    began = CALENDAR.nth_of(since)
    with rows.session() as session, session.begin():
        given = {"since": since, "opened_at": since, "case_due_nth": began + 3, "version": 2}
        case_id = put(session, ClaimFlow, state, **given)
        last = line(case_id, 2, "start_special", state, state, holder="office", holder_id=OFFICE, clock="paused")
        session.execute(insert(History), [last | {"at": since, "nth": began, "cause": cause}])
        return case_id


def end(rows: Database, now: Any = NOW) -> int:
    with rows.session() as session:
        return end_overlong(session, actor=machine(DISTRICT), now=now)


def lines(rows: Database, case_id: int) -> list[Any]:
    with rows.session() as session:
        found = session.execute(select(History).where(History.case_id == case_id).order_by(History.version)).scalars()
        return [(line.step, line.clock, line.cause, line.reason) for line in found]


def test_a_pause_past_its_longest_time_ends_and_the_limit_goes_on_where_it_stood(rows: Database) -> None:
    case_id, young = paused(rows), paused(rows, since=NOW - timedelta(days=7))
    assert end(rows) == 1
    with rows.session() as session:
        case = session.get_one(Case, case_id)
        assert (case.state, case.clock, case.paused_nth) == ("special_procedure", "running", None)
        assert case.case_due_nth == case.due_nth == TODAY + 3
        assert case.due_on == CALENDAR.day(TODAY + 3)
        assert case.paused_days == TODAY - CALENDAR.nth_of(LONG_AGO)
        assert session.get_one(Case, young).clock == "paused"
        history = session.execute(select(History).where(History.case_id == case_id)).scalars().all()
        parts = intervals(history, now=NOW + timedelta(days=7), calendar=CALENDAR)
        assert [part.is_paused for part in parts] == [True, False]
        assert sum(part.worked_days for part in parts) == TODAY + 5 - CALENDAR.nth_of(LONG_AGO)
    assert lines(rows, case_id)[-1] == ("clock_resumed", "running", None, "暂停已达最长期限。")
    assert end(rows) == 0


def test_a_pause_without_a_cause_ends_at_once(rows: Database) -> None:
    case_id = paused(rows, since=NOW, cause=None)
    assert end(rows) == 1
    assert lines(rows, case_id)[-1][3] == "暂停没有原因。"


def test_the_policy_version_may_set_how_long_a_pause_lasts(rows: Database) -> None:
    case_id = paused(rows)
    with rows.session() as session, session.begin():
        own = {"id": 900, "district_id": DISTRICT, "policy_version_id": POLICY_VERSION}
        session.execute(insert(PolicyLimit), [own | {"name": "special_procedure", "days": 60}])
    assert end(rows) == 0
    with rows.session() as session:
        assert session.get_one(Case, case_id).clock == "paused"


def test_every_pause_that_a_flow_knows_has_a_cause_and_an_end() -> None:
    pauses = [state for flow in FLOWS.values() for state in flow.states.values() if state.clock is Clock.PAUSED]
    assert pauses
    assert [state for state in pauses if state.cause is None or state.longest is None] == []
