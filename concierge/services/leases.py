"""Who works on a row: leases by the database's own clock, so that a machine with a wrong clock takes nothing twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
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


def free(leased_until: Any, at: datetime) -> ColumnElement[bool]:
    """The clause under which nobody holds the row at this instant of the database's clock."""
    return or_(leased_until.is_(None), leased_until < at)


def insert_into(session: Session, table: Any) -> Any:
    """An INSERT that can say ON CONFLICT, for the session's database."""
    name = session.connection().dialect.name
    return postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)
