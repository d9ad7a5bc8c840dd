"""A furnished database of each kind."""

import pytest

from tests.cases import furnish
from tests.databases import KINDS, Database, NewDatabase


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """A furnished database (tests/cases.py); the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param, "office", furnish)
