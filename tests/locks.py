"""Whether somebody waits for a row that a test holds."""

from sqlalchemy.orm import Session


def waits(session: Session) -> bool:
    """Whether a session of this PostgreSQL database waits for a row.

    The transaction that looks sees anew only what it has asked to forget.
    """
    session.connection().exec_driver_sql("select pg_stat_clear_snapshot()")
    locked = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' limit 1"
    return session.connection().exec_driver_sql(locked).first() is not None
