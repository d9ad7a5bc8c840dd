"""A new calendar table moves open deadlines: first listed, then applied, the promised working days unchanged."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select

from concierge.db import transaction
from concierge.engine import recount as recounting
from concierge.engine.recount import moved_deadlines, recount
from concierge.engine.run import fire
from concierge.engine.tables import Case
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import shipped_years
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow
from tests.cases import CALENDAR, act, official, put
from tests.databases import Database

OFF = date(2026, 3, 4)
YEARS = [replace(year, rest=year.rest | {OFF}) if year.year == OFF.year else year for year in shipped_years()]
NEW = WorkingCalendar.from_years(YEARS, version="new")
UNIT = act(official(Role.UNIT_LIAISON))


def test_a_day_that_becomes_a_holiday_moves_what_is_due_after_it(office: Database) -> None:
    with office.session() as session, transaction(session):
        before = put(session, CareRequestFlow, "assigned")
        fire(session, CareRequestFlow.sign, before, 1, UNIT)  # due on 3 March
        after = put(session, CareRequestFlow, "signed", limit_days=3)
        fire(session, CareRequestFlow.start, after, 1, UNIT)  # due on 5 March
        closed = put(session, ClaimFlow, "withdrawn", due_on=OFF, due_nth=CALENDAR.nth(OFF))
        moved = [(each.case_id, each.old, each.new) for each in moved_deadlines(session, CALENDAR, NEW)]
        assert moved == [(after, date(2026, 3, 5), date(2026, 3, 6))]
        assert recount(session, lambda _version: CALENDAR, NEW) > 2
        found = select(Case.id, Case.due_on, Case.case_due_nth, Case.calendar_version).where(Case.due_on.is_not(None))
        rows = {row.id: row for row in session.execute(found)}
        assert (rows[before].due_on, rows[before].calendar_version) == (date(2026, 3, 3), "new")
        assert (rows[after].due_on, rows[after].case_due_nth) == (date(2026, 3, 6), CALENDAR.nth(date(2026, 3, 5)))
        assert (rows[closed].due_on, rows[closed].calendar_version) == (OFF, CALENDAR.version)
        assert moved_deadlines(session, NEW, NEW) == []


def test_a_pause_keeps_the_day_on_which_it_began(office: Database) -> None:
    with office.session() as session, transaction(session):
        nth = CALENDAR.nth(date(2026, 3, 10))
        began = CALENDAR.nth(date(2026, 3, 2))
        case_id = put(session, ClaimFlow, "correction", case_due_nth=nth, step_due_nth=nth + 5, paused_nth=began)
        recount(session, lambda _version: CALENDAR, NEW)
        case = session.get_one(Case, case_id)
        assert case.paused_nth is not None
        assert (NEW.day(case.paused_nth), case.due_on) == (date(2026, 3, 2), date(2026, 3, 18))


def test_many_cases_are_recounted_in_chunks(office: Database) -> None:
    chunk = recounting.CHUNK
    recounting.CHUNK = 2
    try:
        with office.session() as session, transaction(session):
            for _n in range(5):
                put(session, ClaimFlow, "submitted", due_nth=CALENDAR.nth(OFF), step_due_nth=CALENDAR.nth(OFF))
            assert recount(session, lambda _version: CALENDAR, NEW) >= 5
    finally:
        recounting.CHUNK = chunk
