"""The few statements of a step go straight to the driver: what SQLAlchemy does around a result costs more than they do.

They run on the transaction's own connection; who listens to statements (a log, a test that counts) hears these too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run_text(connection: Connection, text: str, values: Mapping[str, Any], *, gives_rows: bool) -> Sequence[Any]:
    """Execute a text in the connection's dialect with named values. Returns its rows. Raises SQLAlchemy's errors.

    The values may hold more than the text names.
    """
    return _run(connection, "execute", (text,), values, gives_rows=gives_rows)


def run_series(connection: Connection, texts: Sequence[str], values: Mapping[str, Any]) -> None:
    """Execute texts that give no rows one after the other, as `run_text` does."""
    _run(connection, "execute", texts, values, gives_rows=False)


def run_for_each(connection: Connection, text: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Execute a text that gives no rows once for each set of values. Raises SQLAlchemy's errors."""
    if len(values) == 1:
        _run(connection, "execute", (text,), values[0], gives_rows=False)
    else:
        _run(connection, "executemany", (text,), values, gives_rows=False)


def _run(connection: Connection, manner: str, texts: Sequence[str], values: Any, *, gives_rows: bool) -> Sequence[Any]:
    """Statements with the same values; whoever listens hears before each and, if it went well, after. The last's rows.

    Errors are SQLAlchemy's.
    """
    cursor = connection.connection.cursor()
    execute = getattr(cursor, manner)
    listeners = connection.dispatch if connection._has_events or connection.engine._has_events else None
    rows: Sequence[Any] = ()
    try:
        for text in texts:
            told = connection, cursor, text, values, None, manner == "executemany"
            for hear in listeners.before_cursor_execute if listeners is not None else ():
                hear(*told)
            execute(text, values)
            if gives_rows:
                rows = cursor.fetchall()
            for hear in listeners.after_cursor_execute if listeners is not None else ():
                hear(*told)
    except connection.dialect.loaded_dbapi.Error as error:
        driver: Any = connection.dialect.loaded_dbapi
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()
    return rows
