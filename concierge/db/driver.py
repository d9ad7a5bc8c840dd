"""The few statements of a step go straight to the driver: what SQLAlchemy does around a result costs more than they do.

They run on the transaction's own connection; who listens to statements (a log, a test that counts) hears these too.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run_text(connection: Connection, text: str, values: Mapping[str, Any], *, gives_rows: bool) -> Sequence[Any]:
    """Execute a text in the connection's dialect with named values. Returns its rows. Raises SQLAlchemy's errors."""
    with _heard(connection, text, values) as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if gives_rows else ()


def run_for_each(connection: Connection, text: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Execute a text that gives no rows once for each set of values. Raises SQLAlchemy's errors."""
    if len(values) == 1:
        run_text(connection, text, values[0], gives_rows=False)
        return
    with _heard(connection, text, values) as cursor:
        cursor.executemany(text, values)


@contextmanager
def _heard(connection: Connection, text: str, values: Any) -> Iterator[Any]:
    """A cursor for one statement, of which whoever listens hears before and, if it went well, after."""
    cursor = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    told = connection, cursor, text, values, None, not isinstance(values, Mapping)
    try:
        for hear in connection.dispatch.before_cursor_execute:
            hear(*told)
        yield cursor
        for hear in connection.dispatch.after_cursor_execute:
            hear(*told)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()
