"""Tables of one transaction, in which a set-based use case gathers what it then writes at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

_ANY_DISTRICT = {"whole_city": True}
_shaped: dict[tuple[Any, ...], Table] = {}
"""Temporary tables by their name and columns: what is written with one is compiled once, not at every transaction."""


@contextmanager
def scratch(session: Session, name: str, *columns: Column[Any]) -> Iterator[Table]:
    """A temporary table of the running transaction, gone after the block."""
    shape = (name, *((column.name, repr(column.type), column.primary_key) for column in columns))
    table = _shaped.get(shape)
    if table is None:
        table = _shaped.setdefault(shape, Table(name, MetaData(), *columns, prefixes=["TEMPORARY"]))
    table.create(session.connection(), checkfirst=False)
    yield table
    table.drop(session.connection(), checkfirst=False)


def pour(session: Session, table: Table, rows: Select[Any]) -> None:
    """Fill a temporary table from a query that names its columns.

    A query inside an INSERT does not get the district's criterion: it must keep to the district by itself, or to
    persons who were gathered so.
    """
    names = [str(column.key) for column in rows.selected_columns]
    session.execute(insert(table).from_select(names, rows), execution_options=_ANY_DISTRICT)


def measure(session: Session, *tables: Table) -> None:
    """Tell PostgreSQL's planner what was gathered: without it, it takes any temporary table for a small one."""
    connection = session.connection()
    for table in tables if connection.dialect.name == "postgresql" else ():
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def numbered(session: Session, **lists: Sequence[Any]) -> Subquery:
    """Lists of the same length as rows with the columns `nth` (from 1) and one for each name; text or whole numbers."""
    kinds = {name: Text() if values and isinstance(values[0], str) else BigInteger() for name, values in lists.items()}
    if session.connection().dialect.name == "postgresql":
        bound = [bindparam(None, list(values), type_=ARRAY(kinds[name]), unique=True) for name, values in lists.items()]
        columns = [column(name, kind) for name, kind in kinds.items()]
        each: Any = func.unnest(*bound).table_valued(*columns, with_ordinality="nth", name="given").render_derived()
        return select(each.c.nth, *(each.c[name] for name in lists)).subquery("numbered")
    rows = bindparam(None, list(zip(*lists.values(), strict=True)), type_=JSON(), unique=True)
    each = func.json_each(rows).table_valued("key", "value", name="given")
    parts = [
        func.json_extract(each.c.value, f"$[{place}]", type_=kind).label(name)
        for place, (name, kind) in enumerate(kinds.items())
    ]
    return select((each.c.key + 1).label("nth"), *parts).subquery("numbered")
