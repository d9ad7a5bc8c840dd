"""One team, mentee and person sent to learn, and what was done on an order: clean pages on desk and phone."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.ids import public_id
from concierge.rules.roles import Role
from concierge.services.mentorships import follow_mentee
from concierge.services.placements import declare_placement
from concierge.services.teams import NewTeam, form_team
from tests.browser.conftest import DESK, PHONE, Seat, seating
from tests.campaigns import CAMPAIGN, COLLEAGUE, DOCTOR, DOCTORS, Orders, bureau, fill
from tests.databases import NewDatabase
from tests.office import HOSPITAL, NOW, Office, settings_for
from tests.services.test_mentorships import learner

BY: dict[str, Any] = {"actor": bureau(), "now": NOW}
PLACE: dict[str, Any] = {"campaign_id": CAMPAIGN, "field_id": DOCTORS}


@pytest.fixture
def at(new_database: NewDatabase, tmp_path: Path, chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """Seats before the office with its campaign."""
    database = new_database("sqlite", "campaign", fill)
    app = create_app(settings_for(database, tmp_path), clock=MovedClock(NOW), bell=lambda _ids: None)
    with seating(Office(app, database, MovedClock(NOW)), chromium) as seat:
        with database.session() as session:
            day = learner().declared_on
            team = NewTeam(
                **PLACE, name_zh="急救团队", name_en="Emergency team", base_unit_id=HOSPITAL, formed_on=day,
                members=[DOCTOR, COLLEAGUE],
            )  # fmt: skip
            pages["teams"] = form_team(session, **BY, team=team)
            mentee = (DOCTOR, HOSPITAL, "青年医生")
            pages["mentees"] = follow_mentee(session, **BY, **PLACE, mentee=mentee, starts_on=day)
            pages["placements"] = declare_placement(session, **BY, **PLACE, placement=learner())
            pages["order"] = Orders(session).served()
        yield seat


pages: dict[str, int] = {}
"""What the fixture made."""


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_people_of_a_field_and_what_was_done_stand_on_clean_pages(at: Callable[..., Seat], width: int) -> None:
    office = at(Role.SECTOR, width=width)
    for name in ("teams", "mentees", "placements"):
        office.open(f"/campaign/experts/{name}")
        office.check()
        office.open(f"/campaign/experts/{name}/{public_id(pages[name])}")
        office.check()
    office.open(f"/campaign/orders/{public_id(pages['order'])}")
    office.check()
