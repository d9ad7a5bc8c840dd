"""Alembic's environment: one database at a time, its address given by whoever runs the migration."""

from alembic import context

from concierge import models
from concierge.db import Base, make_admin_engine

assert models.__all__  # every table is known


def run() -> None:
    """Run the revisions in one transaction, on a connection of our own."""
    engine = make_admin_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
