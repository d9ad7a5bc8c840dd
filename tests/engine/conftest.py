"""Two furnished districts on both databases."""

import pytest

from tests.cases import furnish
from tests.databases import KINDS, Database, NewDatabase


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """A furnished database (tests/cases.py); the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param, "office", furnish)


@pytest.fixture
def postgres_office(new_database: NewDatabase) -> Database:
    """A furnished database on PostgreSQL alone, for what only concurrent servers can show."""
    return new_database("postgresql", "office", furnish)


@pytest.fixture
def sqlite_office(new_database: NewDatabase) -> Database:
    """A furnished database on SQLite alone, for what only it does."""
    return new_database("sqlite", "office", furnish)
