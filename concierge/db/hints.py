"""What a database is told beforehand of the rows it will meet."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class likely(FunctionElement[bool]):
    """A condition, and the share of rows (0 to 1) that SQLite is to expect to meet it.

    SQLite takes any equation for a rare one when it chooses its indexes; PostgreSQL has counted, and is told nothing.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(self, condition: ColumnElement[bool], share: float) -> None:
        super().__init__(condition, literal_column(str(share)))

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLAlchemy would add "= 1" where a database has no booleans, and no index serves that."""
        return self


@compiles(likely)
def _plainly(element: likely, compiler: SQLCompiler, **kw: Any) -> str:
    condition, _share = element.clauses
    return compiler.process(condition, **kw)


@compiles(likely, "sqlite")
def _with_a_hint(element: likely, compiler: SQLCompiler, **kw: Any) -> str:
    return f"likelihood({compiler.process(element.clauses, **kw)})"
