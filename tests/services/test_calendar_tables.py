"""A table of the working calendar holds for every district of the site, and every open deadline follows it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, select

from concierge.db import open_session, transaction
from concierge.engine.run import fire
from concierge.engine.tables import AuditEntry, Case
from concierge.rules.calendar import CalendarYear
from concierge.rules.calendars import shipped_years
from concierge.rules.roles import Role
from concierge.services.calendar_tables import publish_table, recount_open
from concierge.services.calendars import calendar_as_of, calendar_of
from concierge.services.timetable import BY_NAME
from concierge.workflows import CareRequestFlow, ClaimFlow
from tests.cases import CALENDAR, DISTRICT, NOW, OTHER_DISTRICT, act, furnish, official, put
from tests.databases import KINDS, Database, NewDatabase
from tests.locks import waits
from tests.office import write_calendars
from tests.servers import wait_for

ADMIN = official(Role.SYSTEM_ADMIN)
OFF, BEFORE, AFTER = date(2026, 3, 4), date(2026, 3, 5), date(2026, 3, 6)


def with_calendars(engine: Engine) -> None:
    """Two districts, and the shipped tables."""
    furnish(engine)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        write_calendars(session)


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """A site of two districts; the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param, "with-calendars", with_calendars)


def publish(site: Database) -> None:
    """The first district publishes that 4 March is a rest day."""
    [shipped] = [year for year in shipped_years() if year.year == OFF.year]
    with site.session() as session:
        table = CalendarYear(OFF.year, "notice", shipped.rest | {OFF}, shipped.makeup)
        publish_table(session, actor=ADMIN, now=NOW, table=table)


def put_due(site: Database, district: int, limit_days: int = 3) -> int:
    """A request whose next step is due on 5 March."""
    nth = CALENDAR.nth(BEFORE)
    with site.session(district) as session, transaction(session):
        given = {"step_due_nth": nth, "step_due_on": BEFORE, "due_nth": nth, "due_on": BEFORE}
        given |= {"calendar_version": calendar_of(session, district).version, "limit_days": limit_days}
        return put(session, CareRequestFlow, "signed", district_id=district, **given)


def due_on(site: Database, district: int, case_id: int) -> date | None:
    """When it is due now."""
    with site.session(district) as session:
        return session.execute(select(Case.due_on).where(Case.id == case_id)).scalar_one()


def test_the_deadlines_of_the_other_districts_follow_in_the_night(site: Database) -> None:
    ours, theirs = put_due(site, DISTRICT), put_due(site, OTHER_DISTRICT)
    publish(site)
    assert (due_on(site, DISTRICT, ours), due_on(site, OTHER_DISTRICT, theirs)) == (AFTER, BEFORE)
    with site.session(OTHER_DISTRICT) as session:
        other = official(Role.SYSTEM, district=OTHER_DISTRICT)
        count = recount_open(session, actor=other, now=NOW)
        assert count > 0
        assert recount_open(session, actor=other, now=NOW) == 0
        told = select(AuditEntry.data).where(AuditEntry.act == "recount-deadlines")
        assert session.execute(told).scalars().all() == [{"recounted": count}]
    assert due_on(site, OTHER_DISTRICT, theirs) == AFTER
    assert BY_NAME["recount"].work == f"{recount_open.__module__}:{recount_open.__name__}"


def test_a_pause_keeps_the_day_on_which_it_began_on_the_calendar_of_then(site: Database) -> None:
    with site.session() as session, transaction(session):
        version = calendar_of(session, DISTRICT).version
        began = CALENDAR.nth(BEFORE)
        case_id = put(session, ClaimFlow, "correction", paused_nth=began, calendar_version=version)
    publish(site)
    with site.session() as session:
        paused = session.execute(select(Case.paused_nth).where(Case.id == case_id)).scalar_one()
        assert calendar_of(session, DISTRICT).day(paused) == BEFORE
        assert calendar_as_of(session, DISTRICT, version).is_working(OFF)
        assert calendar_as_of(session, DISTRICT, "by hand") == calendar_of(session, DISTRICT)


def test_whoever_closes_a_child_and_then_moves_its_parent_is_waited_for(new_database: NewDatabase) -> None:
    site = new_database("postgresql", "with-calendars", with_calendars)
    parent, child = put_due(site, DISTRICT, limit_days=5), put_due(site, DISTRICT, limit_days=5)
    with site.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            session.execute(select(Case.id).where(Case.id == child).with_for_update()).all()
            publishing = pool.submit(publish, site)
            wait_for(lambda: publishing.done() or waits(session), "the table that waits for the child", 30)
            session.execute(select(Case.id).where(Case.id == parent).with_for_update()).all()
        publishing.result(30)


def test_a_step_that_is_just_being_taken_is_waited_for_and_recounted(new_database: NewDatabase) -> None:
    site = new_database("postgresql", "with-calendars", with_calendars)
    case_id = put_due(site, DISTRICT, limit_days=5)
    with site.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            fire(session, CareRequestFlow.start, case_id, 1, act(official(Role.UNIT_LIAISON)))
            publishing = pool.submit(publish, site)
            while not waits(session):
                assert not publishing.done()
        publishing.result(30)
        case = session.execute(select(Case).where(Case.id == case_id)).scalar_one()
        assert (case.state, case.due_on) == ("in_progress", date(2026, 3, 10)), "five working days from 2 March"
