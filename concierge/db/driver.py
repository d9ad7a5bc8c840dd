"""The few statements of a step go straight to the driver: what SQLAlchemy does around a result costs more than they do.

They run on the transaction's own connection; who listens to statements (a log, a test that counts) hears these too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run_text(connection: Connection, text: str, values: Mapping[str, Any], *, gives_rows: bool) -> Sequence[Any]:
    """Execute a text in the connection's dialect with named values. Returns its rows. Raises SQLAlchemy's errors."""
    cursor = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    try:
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, text, values, None, False)
        cursor.execute(text, values)
        return cursor.fetchall() if gives_rows else ()
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()


def run_for_each(connection: Connection, text: str, values: Sequence[Mapping[str, Any]]) -> None:
    """Execute a text that gives no rows once for each set of values. Raises SQLAlchemy's errors."""
    if len(values) == 1:
        run_text(connection, text, values[0], gives_rows=False)
        return
    cursor = connection.connection.cursor()
    driver: Any = connection.dialect.loaded_dbapi
    try:
        for hear in connection.dispatch.before_cursor_execute:
            hear(connection, cursor, text, values, None, True)
        cursor.executemany(text, values)
    except driver.Error as error:
        raise DBAPIError.instance(text, None, error, driver.Error, hide_parameters=True) from error
    finally:
        cursor.close()
