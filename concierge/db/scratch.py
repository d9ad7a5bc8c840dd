"""Tables of one transaction, in which a set-based use case gathers what it then writes at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    MetaData,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

_ANY_DISTRICT = {"whole_city": True}
ROOMY = (
    "plan_cache_mode = force_custom_plan",
    "work_mem = '64MB'",
    "default_statistics_target = 10",
    "random_page_cost = 1.1",
)
_shaped: dict[tuple[Any, ...], Table] = {}
"""Temporary tables by their name and columns: what is written with one is compiled once, not at every transaction."""


@contextmanager
def scratch(session: Session, name: str, *columns: Column[Any]) -> Iterator[Table]:
    """A temporary table of the running transaction, gone after the block.

    PostgreSQL makes it without a key: it joins sets by hashing them, and an index costs it more than the rows.
    """
    keyed = session.connection().dialect.name != "postgresql"
    shape = (name, keyed, *((column.name, repr(column.type), column.primary_key) for column in columns))
    table = _shaped.get(shape)
    if table is None:
        own = columns if keyed else [Column(column.name, column.type) for column in columns]
        table = _shaped.setdefault(shape, Table(name, MetaData(), *own, prefixes=["TEMPORARY"]))
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


@contextmanager
def expecting_sets(session: Session) -> Iterator[None]:
    """Inside the block PostgreSQL plans each statement for the set that it handles, and sorts in memory.

    What serves a page is planned once for all values; for a set of another size such a plan is a wrong one. Not for
    writing: what checks a foreign key would be planned anew at every row.
    """
    connection = session.connection()
    for setting in ROOMY if connection.dialect.name == "postgresql" else ():
        connection.exec_driver_sql(f"SET LOCAL {setting}")
    yield
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")


def measure(session: Session, *tables: Table) -> None:
    """Tell the planner what was gathered: without it PostgreSQL takes any temporary table for a small one, SQLite for a
    large one."""
    connection = session.connection()
    for table in tables:
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def arrange(session: Session, table: Table, *names: str) -> None:
    """Make rows of a filled temporary table quick to find by these columns (by none: leave them as they are)."""
    if names:
        session.connection().exec_driver_sql(f"CREATE INDEX {table.name}_order ON {table.name} ({', '.join(names)})")


def numbered(session: Session, **lists: Sequence[Any]) -> Subquery:
    """Lists of the same length as rows with the columns `nth` (from 1) and one for each name; text or whole numbers."""
    kinds = {name: Text() if values and isinstance(values[0], str) else BigInteger() for name, values in lists.items()}
    if session.connection().dialect.name == "postgresql":
        bound = [_array(kinds[name], values) for name, values in lists.items()]
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


class padded(FunctionElement[str]):
    """A number with noughts before it, so that it has so many digits at least."""

    inherit_cache = True
    type = Text()

    def __init__(self, number: Any, digits: int) -> None:
        super().__init__(number, literal(digits))


@compiles(padded, "postgresql")
def _padded_on_postgresql(element: padded, compiler: SQLCompiler, **kw: Any) -> str:
    number, digits = (compiler.process(part, **kw) for part in element.clauses)
    return f"lpad(({number})::text, greatest({digits}, length(({number})::text)), '0')"


@compiles(padded, "sqlite")
def _padded_on_sqlite(element: padded, compiler: SQLCompiler, **kw: Any) -> str:
    number, digits = (compiler.process(part, **kw) for part in element.clauses)
    return f"printf('%0*d', {digits}, {number})"


def _array(kind: TypeEngine[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    """An array of PostgreSQL. Whole numbers go over as one text: the driver would look at each by itself."""
    if isinstance(kind, BigInteger):
        text = bindparam(None, ",".join(map(str, values)), type_=Text(), unique=True)
        return cast(func.string_to_array(text, ","), ARRAY(kind))
    return bindparam(None, list(values), type_=ARRAY(kind), unique=True)
