"""The application over the office with its campaign."""

from pathlib import Path

import pytest

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from tests.campaigns import fill
from tests.databases import NewDatabase
from tests.office import NOW, Office, settings_for


@pytest.fixture
def office(new_database: NewDatabase, tmp_path: Path) -> Office:
    """The application over the office with its campaign."""
    database = new_database("sqlite", "campaign", fill)
    clock = MovedClock(NOW)
    app = create_app(settings_for(database, tmp_path), clock=clock, bell=lambda _ids: None)
    app.testing = True
    return Office(app, database, clock)
