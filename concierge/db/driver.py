"""The few statements of a step go straight to the driver: what SQLAlchemy does around a result costs more than they do.

They run on the transaction's own connection; who listens to statements (a log, a test that counts) hears these too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run_text(connection: Connection, text: str, values: Mapping[str, Any], *, gives_rows: bool) -> Sequence[Any]:
    """Execute a text in the connection's dialect with named values. Returns its rows. Raises SQLAlchemy's errors."""
    return _run(connection, "execute", text, values, gives_rows=gives_rows)


def run_for_each(connection: Connection, text: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Execute a text that gives no rows once for each set of values. Raises SQLAlchemy's errors."""
    if len(values) == 1:
        _run(connection, "execute", text, values[0], gives_rows=False)
    else:
        _run(connection, "executemany", text, values, gives_rows=False)


def _run(connection: Connection, manner: str, text: str, values: Any, *, gives_rows: bool) -> Sequence[Any]:
    """One statement, of which whoever listens hears before and, if it went well, after."""
    cursor = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    is_heard = connection._has_events or connection.engine._has_events
    told = connection, cursor, text, values, None, manner == "executemany"
    try:
        for hear in connection.dispatch.before_cursor_execute if is_heard else ():
            hear(*told)
        getattr(cursor, manner)(text, values)
        rows = cursor.fetchall() if gives_rows else ()
        for hear in connection.dispatch.after_cursor_execute if is_heard else ():
            hear(*told)
        return rows
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()
