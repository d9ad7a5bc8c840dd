"""The leadership's figures come from rows: one row less, and exactly what stands on it changes, by its weight.

Rows are taken away behind the product's back, where the database would refuse it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from concierge.basics.ids import new_id
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import Case, History
from concierge.models.budget import BudgetLine
from concierge.models.care import CareRequest, Rating
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem, Posting
from concierge.queries import dashboard, dashboard_charts
from concierge.queries.dashboard_places import areas
from concierge.workflows import CareRequestFlow, ClaimFlow, PaymentItemFlow
from tests.cases import CALENDAR, EMPLOYER, FINANCE, HR, LINE, OTHER_DISTRICT, SECTOR, TOWNSHIP, furnish, line, put
from tests.databases import DISTRICT, KINDS, Database, NewDatabase

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the district
PERIOD = dashboard.Period.of(NOW, CALENDAR)
TODAY = CALENDAR.nth_of(NOW)
MAY, LAST_MAY = (datetime(year, 5, 11, 2, 0, tzinfo=UTC) for year in (2026, 2025))
Figures = dict[str, Any]


def opened(days: int) -> datetime:
    """A morning so many working days ago."""
    return CALENDAR.closing(CALENDAR.day(TODAY - days)) - timedelta(hours=5)


def done(at: datetime, late: bool) -> dict[str, Any]:
    """The clocks of a matter closed at a moment, a day before its limit or a day after it."""
    nth = CALENDAR.nth_of(at)
    return {"opened_at": at, "since": at, "since_nth": nth, "case_due_nth": nth + (-1 if late else 1)}


def rated(session: DistrictSession, level: int, at: datetime) -> int:
    """A rating of a request that stands on no other figure of this year."""
    long_ago = datetime(2024, 5, 6, tzinfo=UTC)
    request = put(session, CareRequestFlow, "closed", opened_at=long_ago, since=long_ago)
    row = {"id": new_id(), "district_id": DISTRICT, "case_id": request, "level": level, "at": at, "words": ""}
    session.execute(insert(Rating), [row])
    return int(row["id"])


def paid(session: DistrictSession, fen: int, act: str = "disburse") -> tuple[int, int]:
    """A payment that arrived in May, with its two postings; the item and the posting that the figure counts."""
    on = {"since": MAY, "opened_at": MAY, "paid_on": date(2026, 5, 11), "amount_fen": fen}
    item, entry = put(session, PaymentItemFlow, "closed", **on), new_id()
    common = {"district_id": DISTRICT, "entry_id": entry, "case_id": item, "act": act, "year": 2026, "at": MAY}
    common |= {"budget_line_id": LINE, "actor_id": 1}
    spent = common | {"id": new_id(), "account": "spent", "amount_fen": fen}
    session.execute(insert(Posting), [common | {"id": entry, "account": "reserved", "amount_fen": -fen}, spent])
    return item, int(spent["id"])


def stepped(session: DistrictSession, case_id: int, holder: int, nth: int, due: int) -> int:
    """Two lines of history: held by a unit, and the step with which it let go."""
    held = line(case_id, 2, "to_hr", "accepted", "hr_review", at=MAY, holder="hr", holder_id=holder)
    left = line(case_id, 3, "hr_pass", "hr_review", "determination", at=MAY, nth=nth, step_due_nth=due)
    session.execute(insert(History), [held, left])
    return int(left["id"])


@pytest.fixture(params=KINDS)
def district(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """Two furnished districts; only the first is looked at."""
    made = new_database(request.param, "office", furnish)
    with made.session() as session, transaction(session):
        put(session, CareRequestFlow, "registered", district_id=OTHER_DISTRICT, opened_at=MAY)
        put(session, ClaimFlow, "hr_review", district_id=OTHER_DISTRICT, opened_at=opened(30))
        session.execute(update(BudgetLine).values(amount_fen=800_00))
    return made


def seen(district: Database) -> Figures:
    """Every figure of the dashboard by its name."""
    with district.session(read_only=True) as session:
        found: Figures = {}
        for figure in dashboard.figures(session, PERIOD):
            found[figure.name], found[f"{figure.name} last year"] = figure.value, figure.before
        found["overdue"] = dashboard.count_overdue(session, PERIOD)
        ages = dashboard_charts.pending_by_age(session, PERIOD, CALENDAR.nth_of)
        found |= {f"age {band}": sum(row.counts[band] for row in ages) for band in range(4)}
        months = dashboard.months_closed(session, 2026, 11), dashboard_charts.paid_by_month(session, PERIOD)
        found["closed in May"], found["paid by May"] = months[0][4], months[1][4]
        for row in dashboard_charts.care_by_field(session, PERIOD):
            found[f"asked for {row.category}"] = row.requests
        for rate in dashboard_charts.on_time_by_unit(session, PERIOD):
            found[f"steps of {rate.unit.en}"], found[f"rate of {rate.unit.en}"] = rate.steps, rate.rate
        return found


def erase(district: Database, table: Any, row_id: int) -> None:
    """Take one row away, with what the database would hold against it switched off."""
    names = [table.__tablename__, *(["cases"] if issubclass(table, Case) else [])]
    deletes = [f"DELETE FROM {name} WHERE id = {row_id}" for name in names]
    if district.kind == "sqlite":
        with closing(sqlite3.connect(str(district.engine.url.database))) as plain:  # minds no foreign keys
            for statement in (*(f"DROP TRIGGER {name}_no_delete" for name in ("postings", "history")), *deletes):
                plain.execute(statement)
            plain.commit()
        return
    with district.engine.begin() as connection:
        for statement in ("SET LOCAL session_replication_role = replica", *deletes):
            connection.exec_driver_sql(statement)


Make = Callable[[DistrictSession], tuple[Any, int]]
ONE: dict[str, tuple[Make, Figures]] = {
    "a request that is being handled": (
        lambda s: (CareRequest, put(s, CareRequestFlow, "registered", opened_at=MAY, category="meals")),
        {"open": (3, 2), "asked for meals": (1, None)},
    ),
    "a matter past its limit": (
        lambda s: (CareRequest, put(s, CareRequestFlow, "registered", opened_at=LAST_MAY, due_at=NOW - timedelta(1))),
        {"open": (3, 2), "overdue": (1, 0)},
    ),
    "a claim that waits for six working days": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "hr_review", opened_at=opened(6))),
        {"open": (3, 2), "pending": (2, 1), "age 1": (1, 0)},
    ),
    "a claim that waits for twenty working days": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "determination", opened_at=opened(20))),
        {"open": (3, 2), "pending": (2, 1), "age 2": (1, 0)},
    ),
    "a claim closed in time": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "archived", **done(MAY, late=False))),
        {"on-time": (200 / 3, 50.0), "closed in May": (3, 2)},
    ),
    "a claim closed late": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "fulfilled", **done(MAY, late=True))),
        {"on-time": (100 / 3, 50.0), "closed in May": (3, 2)},
    ),
    "a request closed late last year": (
        lambda s: (CareRequest, put(s, CareRequestFlow, "closed", **done(LAST_MAY, late=True))),
        {"on-time last year": (50.0, 100.0)},
    ),
    "a rating": (lambda s: (Rating, rated(s, 5, MAY)), {"rated": (3.0, 2.0)}),
    "a rating of last year": (lambda s: (Rating, rated(s, 5, LAST_MAY)), {"rated last year": (4.5, 4.0)}),
    "a posting of money that arrived": (lambda s: (Posting, paid(s, 250_00)[1]), {"paid": (350_00, 100_00)}),
    "a posting of the second part in a second round": (
        lambda s: (Posting, paid(s, 250_00, "disburse.2.2")[1]),
        {"paid": (350_00, 100_00)},
    ),
    "a payment that arrived": (lambda s: (PaymentItem, paid(s, 250_00)[0]), {"paid by May": (350_00, 100_00)}),
    "a budget line": (
        lambda s: (BudgetLine, add_line(s, amount_fen=200_00, spent_fen=100_00)),
        {"budget": (10.0, 0.0)},
    ),
    "a step of a unit": (
        lambda s: (History, stepped(s, put(s, ClaimFlow, "draft"), HR, nth=12, due=10)),
        {"steps of hr": (3, 2), "rate of hr": (200 / 3, 100.0)},
    ),
    "a draft": (lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "draft", opened_at=opened(30))), {}),
    "a claim of another district": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "hr_review", district_id=OTHER_DISTRICT, opened_at=MAY)),
        {},
    ),
}


def add_line(session: DistrictSession, **fen: int) -> int:
    """A budget line of this year."""
    row = {"id": new_id(), "district_id": DISTRICT, "year": 2026, "number": "2", "unit_id": FINANCE}
    row |= {"name_zh": "指标", "name_en": "Line", "policy_groups": []}
    session.execute(insert(BudgetLine), [row | fen])
    return int(row["id"])


def ground(session: DistrictSession) -> None:
    """Rows of each kind that stay, so that no figure begins at nothing."""
    put(session, CareRequestFlow, "registered", opened_at=LAST_MAY)
    put(session, CareRequestFlow, "closed", **done(MAY, late=False) | {"opened_at": LAST_MAY})
    put(session, ClaimFlow, "archived", **done(MAY, late=True))
    put(session, ClaimFlow, "archived", **done(LAST_MAY, late=False))
    for level, at in ((2, MAY), (2, MAY), (4, LAST_MAY)):
        rated(session, level, at)
    paid(session, 100_00)
    for _each in range(2):
        stepped(session, put(session, ClaimFlow, "draft"), HR, nth=9, due=10)


@pytest.mark.parametrize("what", ONE)
def test_one_row_less_changes_each_figure_by_exactly_what_it_should(district: Database, what: str) -> None:
    make, expected = ONE[what]
    with district.session() as session, transaction(session):
        ground(session)
        table, row_id = make(session)
    before = seen(district)
    erase(district, table, row_id)
    after = seen(district)
    changed = {name: (before[name], after.get(name)) for name in before if before[name] != after.get(name)}
    assert changed.keys() == expected.keys()
    for name, (was, then) in expected.items():
        assert changed[name] == (pytest.approx(was), pytest.approx(then) if then is not None else None)


def test_every_figure_of_the_page_is_looked_at(district: Database) -> None:
    touched = {name for _make, expected in ONE.values() for name in expected}
    with district.session(read_only=True) as session:
        assert {figure.name for figure in dashboard.figures(session, PERIOD)} <= touched


def test_an_area_shows_the_cases_of_its_own_employers_and_no_others(district: Database) -> None:
    with district.session() as session, transaction(session):
        session.execute(update(Unit).where(Unit.id == EMPLOYER).values(parent_id=SECTOR))
        for employer in (EMPLOYER, EMPLOYER, TOWNSHIP):  # beside the district's one claim, whose employer is the same
            put(session, CareRequestFlow, "registered", opened_at=MAY, employer_id=employer)

    def opened_in(area: int | None) -> int | float:
        figures = dashboard.figures(session, dashboard.Period.of(NOW, CALENDAR, area=area))
        return next(figure.value for figure in figures if figure.name == "open")

    with district.session(read_only=True) as session:
        assert [area.id for area in areas(session)] == [SECTOR]
        assert [opened_in(area) for area in (SECTOR, EMPLOYER, TOWNSHIP, HR)] == [3, 3, 1, 0]
        assert opened_in(None) == 4
