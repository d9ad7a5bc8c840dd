"""Databases for tests: a SQLite file copied from a template, and a PostgreSQL database set back to one, each time.

    def test_something(database: Database) -> None:          # runs twice, once on each
        with database.session() as session, transaction(session): ...

A folder that needs rows in every test makes its own: `new_database(kind, "my-rows", fill)`; `fill(engine)` runs once
in a test run for each kind, the copies take a few milliseconds.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect

from concierge import models
from concierge.db import Base, DistrictSession, make_engine, open_session
from tests.servers import Postgres

KINDS = ("sqlite", "postgresql")
DISTRICT = 1
Fill = Callable[[Engine], None]
NewDatabase = Callable[..., "Database"]


@dataclass(frozen=True)
class Database:
    """A database of one test."""

    kind: str
    url: str
    engine: Engine

    def session(
        self,
        district: int | None = DISTRICT,
        *,
        read_only: bool = False,
        bell: Callable[[Sequence[int]], None] | None = None,
    ) -> DistrictSession:
        """A session of a district, as workers open it; close it or use it in a `with`."""
        return open_session(self.engine, district=district, read_only=read_only, bell=bell)


def make_tables(engine: Engine) -> None:
    """Every table and trigger, straight from the models; nothing where they were made already."""
    assert models.__all__
    if not inspect(engine).get_table_names():
        Base.metadata.create_all(engine)


def nothing(engine: Engine) -> None:
    """A database without a table."""
    engine.connect().close()


FROM_NOTHING = (make_tables, nothing)
"""What does not begin with the tables that were made once."""


def _filled(url: str, fill: Fill) -> None:
    engine = make_engine(url)
    try:
        fill(engine)
    finally:
        engine.dispose()


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that reach the database inside the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def _named(key: str, fill: Fill) -> str:
    """The template's name: two folders may use one word for different rows."""
    return f"{key}-{fill.__module__}-{fill.__qualname__}"


def _asked(key: str, fill: Fill) -> tuple[Any, ...]:
    """What to ask the server for: a name, what fills it, and the same of what it stands upon, the tables made once."""
    own = (_named(key, fill), lambda address: _filled(address, fill))
    return own if fill in FROM_NOTHING else (*own, _asked("tables", make_tables))


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Fill], Path]:
    """`sqlite_templates(key, fill)`: the file that `fill` prepared at the first call for this key."""
    folder = tmp_path_factory.mktemp("sqlite")

    def template(key: str, fill: Fill) -> Path:
        file = folder / f"{key}.db"
        if not file.exists():
            draft = folder / f"{key}.draft"
            if fill not in FROM_NOTHING:
                shutil.copyfile(template(_named("tables", make_tables), make_tables), draft)
            _filled(f"sqlite:///{draft}", fill)
            draft.rename(file)
        return file

    return template


@pytest.fixture(scope="module")
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """`shared_database(kind, key, fill)`: one database for all tests of a module, each of which rolls back."""
    made: list[tuple[Engine, str, Postgres | None]] = []

    def make(kind: str, key: str = "tables", fill: Fill = make_tables) -> Database:
        server: Postgres | None = None
        if kind == "sqlite":
            file = tmp_path_factory.mktemp("shared") / f"{key}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_templates")(_named(key, fill), fill), file)
            url = f"sqlite:///{file}"
        else:
            server = request.getfixturevalue("postgres_server")
            assert isinstance(server, Postgres)
            url = server.address(server.take(*_asked(key, fill)))
        made.append((make_engine(url), _named(key, fill), server))
        return Database(kind, url, made[-1][0])

    yield make
    for engine, named, server in made:
        engine.dispose()
        if server is not None:
            server.give_back(named, str(engine.url.database))


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """`new_database(kind, key="tables", fill=make_tables)`: a database of this test, closed and removed after it."""
    engines: list[Engine] = []

    def make(kind: str, key: str = "tables", fill: Fill = make_tables) -> Database:
        if kind == "sqlite":
            file = tmp_path / f"{key}-{len(engines)}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_templates")(_named(key, fill), fill), file)
            url = f"sqlite:///{file}"
        else:
            url = request.getfixturevalue("fresh_postgres")(*_asked(key, fill))
        engines.append(make_engine(url))
        return Database(kind, url, engines[-1])

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> Database:
    """A database with our tables and no rows; the test runs on SQLite and on PostgreSQL."""
    return new_database(request.param)


@pytest.fixture
def postgres(new_database: NewDatabase) -> Database:
    """A PostgreSQL database with our tables and no rows, for what only concurrent servers can show."""
    return new_database("postgresql")
