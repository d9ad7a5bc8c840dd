"""A statement made once: its text holds what never changes, only the values of the occasion are bound.

SQLAlchemy would gather and convert some fifty parameters of a step for each execution, most of which never change.
That costs more than the step itself does in the database; so the statements of the gate and the move, and those that
run again and again in services, are kept as text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from concierge.db.driver import run_series, run_text

Convert = Callable[[Any], Any] | None


def _dialect(dialect: Any) -> Dialect:
    """The dialect with a compiler that writes parameters which have a value into the text."""
    usual: Any = dialect.statement_compiler
    dialect._backslash_escapes = False  # what SQLAlchemy would learn from a connection: standard_conforming_strings

    class Writing(usual):  # type: ignore[misc]  # a base chosen at run time
        def visit_bindparam(self, bindparam: BindParameter[Any], **kw: Any) -> Any:
            constant = not bindparam.required and bindparam.callable is None
            return super().visit_bindparam(bindparam, **kw | {"literal_binds": constant})

    dialect.statement_compiler = Writing
    made: Dialect = dialect
    return made


_DIALECTS = {
    "postgresql": _dialect(PGDialect_psycopg()),  # type: ignore[no-untyped-call]  # the dialect has no types
    "sqlite": _dialect(SQLiteDialect_pysqlite(paramstyle="named")),
}


def _bound(turned: Sequence[tuple[str, Callable[[Any], Any]]], values: Mapping[str, Any]) -> Mapping[str, Any]:
    if not turned:
        return values
    bound = dict(values)
    for name, to in turned:
        bound[name] = to(bound[name])
    return bound


def _converted(backs: Sequence[tuple[int, Callable[[Any], Any]]], row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(row)
    for nth, back in backs:
        values[nth] = back(values[nth])
    return tuple(values)


@dataclass(frozen=True)
class Prepared:
    """The text of one statement for one dialect, with what turns values and columns into the database's and back."""

    text: str
    turned: tuple[tuple[str, Callable[[Any], Any]], ...]
    columns: tuple[tuple[str, Convert], ...]

    def bound(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values of its binds as the driver wants them (others do no harm)."""
        return _bound(self.turned, values)

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Execute with the values of its binds (others are ignored). Returns the rows as the driver gives them."""
        return run_text(connection, self.text, self.bound(values), gives_rows=bool(self.columns))

    def named(self, row: Sequence[Any]) -> dict[str, Any]:
        """One of the rows by its columns, in our types."""
        pairs = zip(self.columns, row, strict=True)
        return {name: value if back is None else back(value) for (name, back), value in pairs}

    def typed(self, rows: Sequence[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
        """The rows in our types, in the order of their columns; as they are where the driver's types are ours."""
        backs = [(nth, back) for nth, (_name, back) in enumerate(self.columns) if back is not None]
        return map(partial(_converted, backs), rows) if backs else rows

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Execute with the values of its binds. Returns the rows, if it gives any."""
        return [self.named(row) for row in self.rows(connection, values)]


@dataclass(frozen=True)
class Series:
    """The texts of statements that follow one another and give no rows; a value that several name is converted once."""

    texts: tuple[str, ...]
    turned: tuple[tuple[str, Callable[[Any], Any]], ...]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Execute all of them with the values of their binds (others are ignored)."""
        run_series(connection, self.texts, _bound(self.turned, values))


def in_series(statements: Sequence[Any], dialect: str) -> Series:
    """Statements that share their binds, made once as by `prepare`."""
    made = [prepare(statement, dialect) for statement in statements]
    return Series(tuple(each.text for each in made), tuple(dict(pair for each in made for pair in each.turned).items()))


def prepare(statement: Any, dialect: str) -> Prepared:
    """Compile a statement for good: parameters with a value become part of its text, those without are its binds."""
    speaks = _DIALECTS[dialect]
    compiled = statement.compile(dialect=speaks)
    kinds = {name: bind.type.dialect_impl(speaks) for name, bind in compiled.binds.items()}
    columns = {name: column.type.dialect_impl(speaks) for name, column in statement.exported_columns.items()}
    return Prepared(
        str(compiled),
        tuple((name, to) for name, kind in kinds.items() if (to := kind.bind_processor(speaks)) is not None),
        tuple((name, kind.result_processor(speaks, None)) for name, kind in columns.items()),
    )
