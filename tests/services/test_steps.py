"""The one door to every step: it counts on the calendar in force, without asking for it each time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.db import make_engine, open_session, transaction
from concierge.engine.run import Wanted
from concierge.engine.tables import Case
from concierge.rules.calendar import CalendarYear
from concierge.rules.roles import Role
from concierge.services.calendar_tables import publish_table, set_hours
from concierge.services.steps import take_steps
from concierge.workflows import CareRequestFlow
from tests.cases import DISTRICT, NOW, furnish, official, put_many
from tests.databases import KINDS, Database, NewDatabase, counted

HANDLER, ADMIN = official(Role.SPECIALIST), official(Role.SYSTEM_ADMIN)
AFTERNOON = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # Monday, 16:00 in the district
TUESDAY, WEDNESDAY = date(2026, 3, 3), date(2026, 3, 4)


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """A furnished database; the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param, "office", furnish)


def assigned(database: Database, count: int) -> list[int]:
    """Care requests that their handler is to sign for."""
    row = {"handler_id": HANDLER.account_id, "specialist_id": HANDLER.account_id}
    with database.session() as session, transaction(session):
        return put_many(session, CareRequestFlow, "assigned", [row] * count)


def sign(session: Session, *ids: int) -> set[date | None]:
    """The handler signs for requests on Monday afternoon; the days their next step is due."""
    asked = [Wanted(each, 1) for each in ids]
    report = take_steps(session, actor=HANDLER, now=AFTERNOON, step=CareRequestFlow.sign, wanted=asked, given={})
    assert report.moved == list(ids)
    return set(session.scalars(select(Case.step_due_on).where(Case.id.in_(ids))))


def rest_on_tuesday(session: Session) -> None:
    """A notice makes Tuesday a rest day."""
    table = CalendarYear(2026, "notice", frozenset({TUESDAY}), frozenset())
    publish_table(session, actor=ADMIN, now=NOW, table=table)


def close_early(session: Session) -> None:
    """The district closes at three."""
    set_hours(session, actor=ADMIN, now=NOW, opens=time(9), closes=time(15))


@pytest.mark.parametrize("change", [rest_on_tuesday, close_early])
def test_a_step_counts_on_the_calendar_in_force_though_another_process_changed_it(
    office: Database, change: Callable[[Session], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = assigned(office, 4)
    with office.session() as session:
        assert sign(session, first) == {TUESDAY}
    elsewhere = make_engine(office.url)
    with open_session(elsewhere, district=DISTRICT) as session:
        change(session)
    elsewhere.dispose()
    monkeypatch.setattr("concierge.engine.run.CHUNK", 2)
    with office.session() as session:
        assert sign(session, *others) == {WEDNESDAY}


def test_a_step_asks_for_the_calendar_only_when_it_has_changed(office: Database) -> None:
    first, second = assigned(office, 2)
    with office.session() as session:
        sign(session, first)
        with counted(office) as statements:
            sign(session, second)
    assert [text for text in statements if text.startswith("SELECT districts.zone")] == []
