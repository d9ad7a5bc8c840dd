"""A year's report of the campaign over a million activity rows of ten years, beside the same year alone.

What other years hold must not cost this one anything: tables are entered by district, campaign and day.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Engine, insert

from benchmarks.ground import NOW, postgresql, sqlite
from benchmarks.measure import Result, Size, at_most, middle, spread
from concierge.db import make_engine, open_session, transaction
from concierge.models.dispatch import Activity
from concierge.queries.summaries import summary_of
from tests.campaigns import CAMPAIGN, DOCTORS, write_campaign
from tests.office import DISTRICT

ROWS, YEARS, LAST = 1_000_000, 10, 2026
CHUNK = 20_000
FIRST = 10_000_000
ROUNDS, TURNS = 3, 9
KINDS = ("remote", "training", "clinic", "material", "lesson")
GROUNDS = {"SQLite": sqlite, "PostgreSQL": partial(postgresql, 1)}


def run(size: Size) -> Iterator[Result]:
    """Both sizes side by side on each database; they take turns."""
    for name, ground in GROUNDS.items():
        with ExitStack() as stack:
            alone, among_ten = (stack.enter_context(ground()) for _size in range(2))
            a_year = size(ROWS) // YEARS
            _write(alone, a_year, [LAST])
            _write(among_ten, a_year, range(LAST - YEARS + 1, LAST + 1))
            calls = [_reader(stack, engine) for engine in (alone, among_ten)]
            for call in calls * 2:
                call()
            rounds = [[middle([call] * TURNS) for call in calls] for _round in range(ROUNDS)]
            label = f"one year's report of ten, {name}, of the same year alone"
            yield spread(label, [ten / one for one, ten in rounds], at_most(1.2))


def _write(engine: Engine, a_year: int, years: Any) -> None:
    """The campaign, and so many lines for each of the years, in the order in which they happened."""
    with open_session(engine, district=DISTRICT) as session:
        with transaction(session):
            write_campaign(session)
        place = {"district_id": DISTRICT, "campaign_id": CAMPAIGN, "field_id": DOCTORS, "recorded_at": NOW}
        rows = (
            place
            | {"id": FIRST + at * a_year + n, "kind": KINDS[n % len(KINDS)], "amount": 1 + n % 3}
            | {"happened_on": date(year, 1, 1) + timedelta(days=n * 364 // a_year)}
            for at, year in enumerate(years)
            for n in range(a_year)
        )
        while chunk := list(islice(rows, CHUNK)):
            with transaction(session):
                session.execute(insert(Activity), chunk)
    with engine.connect() as connection:
        connection.exec_driver_sql("analyze")  # as autovacuum does in a database that lives
        connection.commit()


def _reader(stack: ExitStack, engine: Engine) -> Any:
    """Reads the year's report as the page does."""
    reading = make_engine(engine.url.render_as_string(hide_password=False), read_only=True)
    stack.callback(reading.dispose)
    session = stack.enter_context(open_session(reading, district=DISTRICT, read_only=True))

    def read() -> None:
        assert summary_of(session, campaign_id=CAMPAIGN).count("remote") > 0
        session.rollback()

    return read
