"""The leadership's figures come from rows: one row less, and exactly what stands on it changes, by its weight.

Rows are taken away behind the product's back, where the database would refuse it (sources.py).
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from concierge.basics.errors import NotFound
from concierge.basics.ids import public_id
from concierge.db import DistrictSession, transaction
from concierge.engine.tables import History
from concierge.models.budget import BudgetLine
from concierge.models.care import CareRequest, Rating
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem, Posting
from concierge.queries import dashboard, dashboard_charts, dashboard_dispatch
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.dashboard_city import by_district
from concierge.queries.dashboard_places import areas
from concierge.queries.dashboard_rows import clause_behind, held_at, where_most_wait
from concierge.queries.dashboard_rows import rows_behind as cases_behind
from concierge.workflows import CareRequestFlow, ClaimFlow, DispatchOrderFlow
from tests.cases import CALENDAR, EMPLOYER, HR, OTHER_DISTRICT, SECTOR, TOWNSHIP, furnish, put
from tests.databases import DISTRICT, KINDS, Database, NewDatabase
from tests.queries.sources import (
    LAST_MAY,
    MAY,
    NOW,
    add_line,
    done,
    erase,
    expert,
    last_year,
    opened,
    paid,
    rated,
    served,
    stepped,
)

PERIOD = dashboard.Period.of(NOW, CALENDAR)
Figures = dict[str, Any]


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
        return found | dispatched(session)


def dispatched(session: DistrictSession) -> Figures:
    """The campaign's figures on the dashboard by their names."""
    span = dashboard_dispatch.span_of(session, PERIOD)
    found = {}
    for row in dashboard_dispatch.by_field(session, span):
        found |= {f"batches of {row.code}": row.batches, f"person-times of {row.code}": row.people}
    for year in (2026, 2025):
        found[f"person-times in May {year}"] = dashboard_dispatch.people_by_month(session, year)[4]
    [town] = dashboard_dispatch.by_township(session, span)
    return found | {"went there": town.experts, "person-times there": town.people, "half days there": town.half_days}


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
    "a step that the machine took in time": (
        lambda s: (History, stepped(s, put(s, ClaimFlow, "draft"), HR, nth=9, due=10, role="system")),
        {},
    ),
    "a step that the machine took because nobody came": (
        lambda s: (History, stepped(s, put(s, ClaimFlow, "draft"), HR, nth=12, due=10, role="system")),
        {"steps of hr": (3, 2), "rate of hr": (200 / 3, 100.0)},
    ),
    "a draft": (lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "draft", opened_at=opened(30))), {}),
    "a batch": (
        lambda s: (DispatchOrder, served(s)[0]),
        {"batches of health": (2, 1), "half days there": (6, 3)},
    ),
    "a person-time of an expert who goes nowhere else": (
        lambda s: (DispatchMember, served(s, expert(s))[1]),
        {
            "person-times of health": (2, 1),
            "person-times in May 2026": (2, 1),
            "went there": (2, 1),
            "person-times there": (2, 1),
        },
    ),
    "a person-time of last year": (
        lambda s: (DispatchMember, served(s, expert(s), **last_year(s))[1]),
        {"person-times in May 2025": (1, 0)},
    ),
    "a batch for which no township answers": (
        lambda s: (DispatchOrder, served(s, answering_unit_id=EMPLOYER)[0]),
        {"batches of health": (2, 1)},
    ),
    "a batch that is still to be served": (
        lambda s: (DispatchOrder, put(s, DispatchOrderFlow, "accepted")),
        {},
    ),
    "a batch of another district": (
        lambda s: (DispatchOrder, served(s, district_id=OTHER_DISTRICT)[0]),
        {},
    ),
    "a claim of another district": (
        lambda s: (ClaimFlow.subject, put(s, ClaimFlow, "hr_review", district_id=OTHER_DISTRICT, opened_at=MAY)),
        {},
    ),
}


def ground(session: DistrictSession) -> None:
    """Rows of each kind that stay, so that no figure begins at nothing."""
    put(session, CareRequestFlow, "registered", opened_at=LAST_MAY)
    put(session, CareRequestFlow, "closed", **done(MAY, late=False) | {"opened_at": LAST_MAY})
    put(session, ClaimFlow, "archived", **done(MAY, late=True))
    put(session, ClaimFlow, "archived", **done(LAST_MAY, late=False))
    for level, at in ((2, MAY), (2, MAY), (4, LAST_MAY)):
        rated(session, level, at)
    paid(session, 100_00)
    served(session, expert(session))
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


def test_a_month_of_a_township_is_opened_row_by_row_and_no_other_district_is_in_it(district: Database) -> None:
    with district.session() as session, transaction(session):
        went = expert(session)
        served(session, went)
        served(session, went, expert(session), on=date(2026, 6, 1))
        served(session, went, answering_unit_id=EMPLOYER)
        served(session, district_id=OTHER_DISTRICT)

    def shown(measure: str, town: int | None, last: date = date(2026, 5, 31)) -> list[int]:
        span = dashboard_dispatch.span_between(session, date(2026, 5, 1), last)
        only = dashboard_dispatch.served_in(town)
        return [row.amount for row in rows_behind(session, span=span, group="", measure=measure, only=only).rows]

    with district.session(read_only=True) as session:
        assert shown("batches", None) == [1, 1]
        assert shown("batches", TOWNSHIP) == [1]
        assert shown("people", TOWNSHIP, date(2026, 6, 1)) == [1, 1, 1]
        assert sorted(shown("experts", TOWNSHIP, date(2026, 6, 1))) == [1, 2]


def test_where_most_of_the_overdue_stands_is_counted_and_opens_those_rows(district: Database) -> None:
    late = {"opened_at": LAST_MAY, "due_at": NOW - timedelta(1)}
    with district.session() as session, transaction(session):
        for flow, state, where in (
            (CareRequestFlow, "registered", {}),
            (ClaimFlow, "hr_review", {}),
            (ClaimFlow, "hr_review", {}),
            (ClaimFlow, "hr_review", {"due_at": NOW + timedelta(1)}),
            (ClaimFlow, "hr_review", {"district_id": OTHER_DISTRICT}),
            (ClaimFlow, "determination", {}),
        ):
            put(session, flow, state, **late | where)
    with district.session(read_only=True) as session:
        knot = where_most_wait(session, PERIOD)
        assert knot is not None
        assert (knot.kind, knot.state, knot.unit_id, knot.cases) == ("claim", "hr_review", HR, 2)
        rows = cases_behind(session, dashboard.overdue(NOW) & held_at(knot.kind, knot.state, knot.unit_id))
        assert {(row.kind, row.state) for row in rows} == {("claim", "hr_review")}
        assert len(rows) == knot.cases
        assert where_most_wait(session, dashboard.Period.of(NOW, CALENDAR, area=TOWNSHIP)) is None


def test_every_age_of_what_is_pending_opens_its_own_rows(district: Database) -> None:
    with district.session() as session, transaction(session):
        for age in (2, 6, 6, 20, 21):
            put(session, ClaimFlow, "hr_review", opened_at=opened(age))
    with district.session(read_only=True) as session:
        [row] = dashboard_charts.pending_by_age(session, PERIOD, CALENDAR.nth_of)
        policy = public_id(row.policy_id)
        for band, cases in enumerate(row.cases):
            clause = clause_behind(session, "pending", PERIOD, {"policy": policy, "waited": str(band)}, CALENDAR.nth_of)
            assert {each.id for each in cases_behind(session, clause)} == set(cases)
        assert row.counts == (1, 2, 1, 1 + 1)  # the district's own claim is an old one
        with pytest.raises(NotFound):
            clause_behind(session, "pending", PERIOD, {"policy": policy, "waited": "4"}, CALENDAR.nth_of)


def test_a_prefecture_sees_counts_of_each_district_as_the_district_counts_them(district: Database) -> None:
    with district.session() as session, transaction(session):
        put(session, CareRequestFlow, "registered", opened_at=LAST_MAY, due_at=NOW - timedelta(1))
        served(session, expert(session), expert(session))
        served(session, expert(session), **last_year(session))
    with district.session(read_only=True) as session:
        mine, other = by_district(session, PERIOD)
        assert (mine.id, mine.open, mine.overdue, mine.pending, mine.batches, mine.people) == (DISTRICT, 2, 1, 1, 1, 2)
        assert (other.open, other.overdue, other.pending, other.batches, other.people) == (3, 0, 2, 0, 0)
        assert mine.open == dashboard.figures(session, PERIOD)[0].value


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
