"""One furnished database of each kind for a whole module; every test rolls back what it did."""

from collections.abc import Iterator

import pytest

from concierge.db import DistrictSession
from tests.cases import furnish
from tests.databases import KINDS, Database, NewDatabase


@pytest.fixture(scope="module", params=KINDS)
def shared_office(request: pytest.FixtureRequest, shared_database: NewDatabase) -> Database:
    """A furnished database (tests/cases.py) on SQLite and on PostgreSQL."""
    return shared_database(request.param, "office", furnish)


@pytest.fixture
def stage(shared_office: Database) -> Iterator[DistrictSession]:
    """A session in a transaction that is rolled back at the end."""
    with shared_office.session() as session:
        session.begin()
        yield session
        session.rollback()
