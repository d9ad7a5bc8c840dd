"""The application over an office with money."""

from pathlib import Path

import pytest

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from tests import paying as money
from tests.databases import NewDatabase
from tests.office import NOW, Office, settings_for
from tests.paying import Paying


@pytest.fixture
def bank(new_database: NewDatabase, tmp_path: Path) -> tuple[Office, Paying]:
    """The finance office's pages, and the money behind them."""
    database = new_database("sqlite", "paying", money.fill)
    clock, rung = MovedClock(NOW), []
    app = create_app(settings_for(database, tmp_path), clock=clock, bell=rung.extend)
    app.testing = True
    return Office(app, database, clock, rung), Paying(database)
