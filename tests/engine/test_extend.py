"""An extension moves the limit of a case, not its state; a pause keeps showing what it showed."""

from datetime import date

from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.extend import extend
from concierge.engine.tables import Case
from concierge.rules.roles import Role
from concierge.workflows import CareRequestFlow, ClaimFlow
from tests.cases import CALENDAR, act, official, put
from tests.databases import Database, counted

LEAD = act(official(Role.SPECIALIST_LEAD))
NTH = CALENDAR.nth(date(2026, 3, 5))


def test_each_case_is_given_its_own_number_of_days(office: Database) -> None:
    with office.session() as session, transaction(session):
        first = put(session, CareRequestFlow, "in_progress", case_due_nth=NTH, due_nth=NTH)
        second = put(session, CareRequestFlow, "in_progress", case_due_nth=NTH, step_due_nth=NTH + 1)
        paused = put(session, ClaimFlow, "correction", case_due_nth=NTH, step_due_nth=NTH + 1)
        without = put(session, ClaimFlow, "draft")
        with counted(office) as statements:
            extend(session, {first: 3, second: 5, paused: 5, without: 9}, LEAD)
        assert len(statements) == 2
        found = {row.id: row for row in session.execute(select(Case.id, Case.case_due_on, Case.due_on, Case.due_nth))}
        assert (found[first].case_due_on, found[first].due_on) == (date(2026, 3, 10), date(2026, 3, 10))
        assert (found[second].case_due_on, found[second].due_on) == (date(2026, 3, 12), date(2026, 3, 6))
        assert (found[paused].case_due_on, found[paused].due_nth) == (date(2026, 3, 12), NTH + 1)
        assert found[without].case_due_on is None


def test_an_extension_into_a_year_without_a_table_says_that_it_is_provisional(office: Database) -> None:
    with office.session() as session, transaction(session):
        nth = CALENDAR.nth(date(2026, 12, 30))
        case_id = put(session, CareRequestFlow, "in_progress", case_due_nth=nth, due_nth=nth)
        extend(session, {case_id: 10}, LEAD)
        assert session.scalar(select(Case.is_provisional).where(Case.id == case_id)) is True


def test_nothing_to_extend_writes_nothing(office: Database) -> None:
    with office.session() as session, transaction(session):
        case_id = put(session, ClaimFlow, "draft")
        with counted(office) as statements:
            extend(session, {case_id: 5}, LEAD)
        assert len(statements) == 1
