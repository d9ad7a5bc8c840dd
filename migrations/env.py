"""Alembic's environment: one database at a time, its address given by whoever runs the migration."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from concierge import models
from concierge.db import Base, make_admin_engine

assert models.__all__  # every table is known


def run() -> None:
    """Run the revisions in one transaction, on a connection of our own."""
    engine = make_admin_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _let_tables_be_rebuilt(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
            on_version_apply=_look_for_orphans,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


def _let_tables_be_rebuilt(connection: Connection) -> None:
    """SQLite changes a column by a new table in place of the old one, which others may name meanwhile.

    Told before the first transaction, as sqlite.org/lang_altertable.html asks; the connection ends with the migration.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF")


def _look_for_orphans(*, ctx: Any, **_step: Any) -> None:
    """Before a revision is committed: what SQLite did not look at while tables were rebuilt.

    Raises RuntimeError where rows name others that are not there; the revision is undone.
    """
    if ctx.connection.dialect.name != "sqlite":
        return
    tables = sorted({row[0] for row in ctx.connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if tables:
        raise RuntimeError(f"rows of {', '.join(tables)} name rows that are not there; the revision was undone")


run()
