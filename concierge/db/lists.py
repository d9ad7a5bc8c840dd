"""Lists of ids as one bind, so that the SQL text never changes with their number; and what does stand in the text."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, BigInteger, BindParameter, Boolean, ColumnElement, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler


def constant(value: str | int) -> BindParameter[Any]:
    """A value that is written into the statement's text.

    PostgreSQL plans a statement once for all values of its binds; only of what stands in the text it knows how rare it
    is, and how few rows are wanted. For words of our own, never for what somebody typed.
    """
    return literal(value, literal_execute=True)


class Named(str):
    """In place of a list of ids: its values are bound at execution under this name."""

    __slots__ = ()


class among(ColumnElement[bool]):
    """`among(column, ids)`: column is one of ids; one bind parameter whatever their number.

    With `name` (or a `Named` list) the values are bound at execution, so that a statement can be built once.
    """

    inherit_cache = True
    __visit_name__ = "among"
    _traverse_internals = [
        ("column", visitors.InternalTraversal.dp_clauseelement),
        ("json_values", visitors.InternalTraversal.dp_clauseelement),
        ("array_values", visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(
        self, column: Any, values: Iterable[Any] | None = None, *, name: str | None = None, of: Any = BigInteger
    ) -> None:
        name = values if isinstance(values, Named) else name
        self.type = Boolean()
        self.column = column.__clause_element__() if hasattr(column, "__clause_element__") else column
        if name is not None:
            self.json_values = bindparam(name, type_=JSON())
            self.array_values = bindparam(name, type_=ARRAY(of))
        else:
            given = list(values or ())
            self.json_values = bindparam("json_values", given, type_=JSON(), unique=True)
            self.array_values = bindparam("array_values", given, type_=ARRAY(of), unique=True)

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLAlchemy would add "= 1" where a database has no booleans, and no index serves that."""
        return self

    @property
    def _from_objects(self) -> list[Any]:
        return list(self.column._from_objects)


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    listed = select(func.json_each(element.json_values).table_valued("value").c.value).scalar_subquery()
    return f"{compiler.process(element.column, **kw)} IN {compiler.process(listed, **kw)}"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(element.array_values, **kw)})"
