"""A district with people, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KINDS, NewDatabase
from tests.notifications.people import Office, peopled


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path) -> Iterator[Office]:
    """A district with people and no mail server; the test runs on SQLite and on PostgreSQL."""
    made = Office(new_database(request.param, "peopled", peopled), tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def big_house(new_database: NewDatabase, tmp_path: Path) -> Iterator[Office]:
    """The same on PostgreSQL alone, where several write at once."""
    made = Office(new_database("postgresql", "peopled", peopled), tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def small_house(new_database: NewDatabase, tmp_path: Path) -> Iterator[Office]:
    """The same on SQLite alone, where the database does not matter."""
    made = Office(new_database("sqlite", "peopled", peopled), tmp_path / "data")
    yield made
    made.close()
