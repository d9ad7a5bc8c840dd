"""Rows that are written again and again: the statement is made once for a table and its columns, and kept as text."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from concierge.db.driver import run_for_each
from concierge.db.lists import among
from concierge.db.prepared import Prepared, prepare
from concierge.db.session import fixed


def add_rows(session: Session, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of a model, with their identity and their district; of a case its row in `cases` first.

    All rows name the same columns, else ValueError. One that none names, or that is None, has its default if any.
    """
    if not rows:
        return
    if any(row.keys() != rows[0].keys() for row in rows):
        raise ValueError(f"rows of {model.__name__} that name different columns")
    session.flush()
    connection = session.connection()
    for table in model.__mapper__.tables:
        named = frozenset(rows[0]).intersection(table.columns.keys())
        statement, usual = _insert(table, named, connection.dialect.name)
        whole = [{**row, **{name: value for name, value in usual if row[name] is None}} for row in rows]
        run_for_each(connection, statement.text, [statement.bound(row) for row in whole])


@cache
def _insert(table: Table, named: frozenset[str], dialect: str) -> tuple[Prepared, tuple[tuple[str, Any], ...]]:
    """The insert of these columns, and the defaults of those that may be given as None."""
    usual = {c.key: c.default.arg for c in table.columns if isinstance(c.default, ScalarElementColumnDefault)}
    given = {name: bindparam(name, type_=table.columns[name].type) for name in sorted(named)}
    filled = tuple((name, value) for name, value in usual.items() if name in named)
    return prepare(insert(table).values(usual | given), dialect), filled


def set_columns(session: Session, model: Any, ids: Iterable[int], **values: Any) -> None:
    """Set columns of the rows with these ids to values, in one statement. Objects in the session are not told."""
    statement = _update(model, tuple(values))
    session.execute(statement, {"wanted_ids": list(ids)} | {f"new_{name}": value for name, value in values.items()})


@cache
def _update(model: Any, names: tuple[str, ...]) -> Any:
    columns = {name: bindparam(f"new_{name}", type_=getattr(model, name).type) for name in names}
    statement = update(model).where(among(model.id, name="wanted_ids")).values(columns)
    return fixed(statement.execution_options(synchronize_session=False))
