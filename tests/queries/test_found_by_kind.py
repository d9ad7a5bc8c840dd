"""The few cases of a kind are found by it, however many rights of the district wait beside them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from concierge.db import transaction
from concierge.queries.dashboard import Period, months_closed
from concierge.queries.dashboard_charts import care_by_field
from concierge.queries.dispatch_orders import view_counts
from concierge.queries.filters import WorkFilter
from concierge.queries.findings import finding_rows
from concierge.queries.policies import policy_list
from concierge.queries.postings import postings
from concierge.queries.ratings import rating_rows
from concierge.queries.reviews import ReviewFilter, reviews
from concierge.queries.supervision_sheets import open_by_colour, sheet_rows
from concierge.queries.vouchers import provider_months
from concierge.queries.worklist import worklist
from concierge.queries.worklist_scope import Desk
from concierge.rules.calendars import shipped_calendar
from concierge.rules.roles import Role
from tests.cases import NOW
from tests.databases import NewDatabase, make_tables
from tests.engine.test_plans import plans
from tests.office import actor

LISTS: dict[str, Callable[[Any, Desk], Any]] = {
    "sheets": lambda session, desk: sheet_rows(session, actor=desk.actor),
    "colours": lambda session, desk: open_by_colour(session, actor=desk.actor),
    "findings": lambda session, desk: finding_rows(session, actor=desk.actor),
    "reviews": lambda session, desk: reviews(session, desk, Role.HR, ReviewFilter()),
    "postings": lambda session, desk: postings(session, desk, "running"),
    "vouchers": lambda session, desk: provider_months(session, desk.actor, 2026),
    "orders": lambda session, desk: view_counts(session, desk.actor),
    "ratings": lambda session, desk: rating_rows(session, desk.actor, NOW),
    "policies": lambda session, desk: policy_list(session),
    "closed": lambda session, desk: months_closed(session, 2026, 11),
    "fields of care": lambda session, desk: care_by_field(session, Period.of(NOW, desk.calendar)),
}
WALKS = re.compile(r"SEARCH (cases|persons) USING INDEX \S+ \(district_id=\?( AND id>\?)?\)")
"""Everybody, or every case of a district, from the first to the last."""


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", [Role.HR, Role.SECTOR, Role.TALENT_OFFICE], ids=lambda role: role.value)
def test_the_few_of_a_kind_are_found_without_walking_through_the_district(
    new_database: NewDatabase, name: str, role: Role
) -> None:
    desk = Desk(actor(role), NOW, shipped_calendar())
    database = new_database("sqlite", "tables", make_tables)
    with database.session() as session, transaction(session):
        taken = plans(database, session, lambda: LISTS[name](session, desk))
    assert [plan for plan in taken if WALKS.match(plan)] == []


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.SPECIALIST_LEAD], ids=lambda role: role.value)
@pytest.mark.parametrize("name", ["desk", "sheets", "colours", "ratings"])
def test_a_specialist_and_the_lead_walk_neither_through_all_cases_nor_through_everybody(
    new_database: NewDatabase, name: str, role: Role
) -> None:
    desk = Desk(actor(role), NOW, shipped_calendar())
    ask = LISTS | {"desk": lambda session, desk: worklist(session, desk, WorkFilter())}
    database = new_database("sqlite", "tables", make_tables)
    with database.session() as session, transaction(session):
        taken = plans(database, session, lambda: ask[name](session, desk))
    assert [plan for plan in taken if WALKS.match(plan)] == []


def test_the_rights_in_force_are_counted_once_for_all_policies(new_database: NewDatabase) -> None:
    database = new_database("sqlite", "tables", make_tables)
    with database.session() as session, transaction(session):
        taken = plans(database, session, lambda: policy_list(session))
    assert "SEARCH cases USING COVERING INDEX ix_cases_state (district_id=? AND kind=? AND state=?)" in taken
    assert [plan for plan in taken if plan.startswith("CORRELATED")] == []
