"""A whole database as it is at one moment, copied out while others write, and its way back into an empty one.

SQLite copies itself; of PostgreSQL each table is copied in one snapshot, so that no other program is needed for it.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from concierge.db.base import Base
from concierge.db.engines import make_admin_engine

SQLITE_FILE = "database.sqlite"
VERSIONS = "alembic_version"
Tables = Sequence[tuple[str, Sequence[str]]]
"""Each table with its columns as they were copied, each after those it refers to."""


def kind_of(url: str) -> str:
    """What sort of database an address names: sqlite or postgresql."""
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def is_empty(url: str) -> bool:
    """Whether a database has no table yet."""
    with _admin(url) as engine:
        return not inspect(engine).get_table_names()


def revision_of(url: str) -> str | None:
    """The revision of a database's tables; None when it was never set up."""
    with _admin(url) as engine:
        if VERSIONS not in inspect(engine).get_table_names():
            return None
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return None if found is None else str(found)


def copy_out(url: str, folder: Path) -> Tables:
    """Write the database of one moment into a folder. Writers are not kept waiting."""
    if kind_of(url) == "sqlite":
        source = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            live.backup(copy)
        return []
    tables = _tables(url)
    with _admin(url) as engine, closing(engine.raw_connection()) as raw, raw.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table, columns in tables:
            with open(folder / table, "wb") as file, cursor.copy(_copy(table, columns, "TO STDOUT")) as rows:
                for block in rows:
                    file.write(block)
    return tables


def copy_in(url: str, folder: Path, tables: Tables) -> None:
    """Fill an empty database from such a folder: all of it or nothing. Its tables are of the copy's own revision.

    What triggers once wrote is in the copy: while it comes back they rest, lest they write it again.
    """
    if kind_of(url) == "sqlite":
        source = folder / SQLITE_FILE
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as live:
            copy.backup(live)
        return
    with _admin(url) as engine, closing(engine.raw_connection()) as raw:
        with raw.cursor() as cursor:
            _triggers(cursor, tables, "DISABLE")
            for table, columns in tables:
                with cursor.copy(_copy(table, columns, "FROM STDIN")) as rows, open(folder / table, "rb") as file:
                    while block := file.read(1 << 20):
                        rows.write(block)
            _triggers(cursor, tables, "ENABLE")
        raw.commit()


def _triggers(cursor: Any, tables: Tables, what: str) -> None:
    for table, _columns in tables:
        cursor.execute(f'ALTER TABLE "{table}" {what} TRIGGER USER')


def _tables(url: str) -> list[tuple[str, list[str]]]:
    """Every table with its columns; what no model knows any more comes last."""
    known = [table.name for table in Base.metadata.sorted_tables]
    with _admin(url) as engine:
        look = inspect(engine)
        there = [name for name in look.get_table_names() if name != VERSIONS]
        order = {name: at for at, name in enumerate(known)}
        there.sort(key=lambda name: order.get(name, len(known)))
        return [(name, [column["name"] for column in look.get_columns(name)]) for name in there]


def _copy(table: str, columns: Sequence[str], way: str) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'COPY "{table}" ({listed}) {way}'


@contextmanager
def _admin(url: str) -> Iterator[Any]:
    engine = make_admin_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()
