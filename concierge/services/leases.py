"""Who works on a row: leases by the database's own clock, so that a machine with a wrong clock takes nothing twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

LEASE = timedelta(seconds=60)
"""How long a worker may be silent before another one takes its row over."""


def database_now(session: Session) -> datetime:
    """The present instant as the database sees it, the same for every process on every machine."""
    if session.connection().dialect.name == "postgresql":
        at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return at
    text = session.execute(select(func.strftime("%Y-%m-%d %H:%M:%f", "now"))).scalar_one()
    return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)


def be_heard(session: Session, *, silence: timedelta = LEASE) -> None:
    """Hold what the running transaction locks only as long as this worker is heard of: not `silence` long without.

    PostgreSQL then ends it by its own clock, also when the worker's machine has gone without a word. SQLite's lock
    falls with the process that holds it.
    """
    if session.connection().dialect.name == "postgresql":
        milliseconds = str(silence // timedelta(milliseconds=1))
        session.execute(select(func.set_config("idle_in_transaction_session_timeout", milliseconds, true())))


def waiting(table: Any, now: datetime, at: datetime) -> ColumnElement[bool]:
    """The clause for rows that are pending and due (`now` is the office's clock) and that nobody holds.

    The state stands there in words: PostgreSQL keeps one plan for all values of a bind, and could not use the index
    of what is pending for any of them.
    """
    pending = table.state == literal_column("'pending'")
    return and_(pending, table.next_at <= now, or_(table.leased_until.is_(None), table.leased_until < at))


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT that can say ON CONFLICT, for the session's database."""
    name = session.connection().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)
