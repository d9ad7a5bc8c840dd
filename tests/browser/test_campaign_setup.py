"""The set-up of a campaign as the talent office sees it: clean when empty, filled or refused, on desk and phone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from tests.browser.conftest import DESK, PHONE, Seat, seating
from tests.campaigns import DOCTORS, GROUPS, fill
from tests.databases import NewDatabase
from tests.office import NOW, Office, settings_for


@pytest.fixture
def at(new_database: NewDatabase, tmp_path: Path, chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """Seats before the office with its campaign."""
    clock = MovedClock(NOW)
    database = new_database("sqlite", "campaign", fill)
    app = create_app(settings_for(database, tmp_path), clock=clock, bell=lambda _ids: None)
    with seating(Office(app, database, clock), chromium) as seat:
        yield seat


@pytest.mark.parametrize(("width", "language"), [(DESK, "zh"), (PHONE, "en")])
def test_a_campaign_is_set_up_on_clean_pages(at: Callable[..., Seat], width: int, language: str) -> None:
    office = at(Role.TALENT_OFFICE, width=width, language=language)
    page = office.open("/campaign/setup")
    office.check()
    page.locator("#units select").first.select_option("lead")
    page.locator("#units select").nth(3).select_option("domain")
    with page.expect_navigation():
        page.locator("#units button.btn-primary").click()
    office.check()
    with page.expect_navigation():
        page.locator("#groups button").first.click()
    office.errors.clear()  # the browser notes every answer of 422
    office.check()
    for path in (
        "setup/new",
        "setup/campaign",
        f"setup/groups/{public_id(GROUPS['health'])}",
        f"setup/fields/{public_id(DOCTORS)}",
    ):
        office.open(f"/campaign/{path}")
        office.check()
