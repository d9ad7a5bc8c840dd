"""One year's figures read one year's rows: the tables are entered by district, campaign and day, on both databases."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from concierge.basics.ids import new_id
from concierge.db import DistrictSession
from concierge.models.dispatch import Activity
from concierge.queries.campaign_figures import Span, count_all
from tests.campaigns import CAMPAIGN, DOCTORS, fill
from tests.databases import DISTRICT, KINDS, NewDatabase
from tests.office import NOW
from tests.queries.statements import plans_of

YEARS = range(2017, 2027)
ENTERED = {
    "sqlite": re.compile(r"district_id=\? AND campaign_id=\? AND happened_on>\? AND happened_on<\?"),
    "postgresql": re.compile(r"Index Cond: \(\(.*district_id = .*happened_on >= .*happened_on <= "),
}
"""How each database says that it goes into the index by district, campaign and day."""
A_YEAR = 400


def put_ten_years(session: DistrictSession) -> None:
    """A log of ten years, some lines every week."""
    rows = [
        {"id": new_id(), "district_id": DISTRICT, "campaign_id": CAMPAIGN, "field_id": DOCTORS, "kind": "remote"}
        | {"happened_on": date(year, 1, 1) + timedelta(days=n % 364), "amount": 1, "recorded_at": NOW}
        for year in YEARS
        for n in range(A_YEAR)
    ]
    session.execute(insert(Activity), rows)


@pytest.mark.parametrize("kind", KINDS)
def test_a_year_is_found_by_district_campaign_and_day(kind: str, new_database: NewDatabase) -> None:
    with new_database(kind, "campaign", fill).session() as session, session.begin():
        put_ten_years(session)
        session.connection().exec_driver_sql("ANALYZE")
        [plan] = plans_of(session, lambda: count_all(session, SPAN), "activities")
        # All four of index, district, campaign and year: an index entered by district alone would read every year.
        assert "ix_activities_day" in plan
        assert ENTERED[kind].search(plan), plan
        assert count_all(session, SPAN)["remote"] == A_YEAR


SPAN = Span.of_year([CAMPAIGN], 2026)
