"""Whole months and days on business dates in SQL, alike on both databases; days are texts of the form 2025-03-01."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class later(FunctionElement[str]):
    """A day some months and then some days later; in a shorter month its last day, as `rules.policy.add_months`."""

    inherit_cache = True
    type = Text()

    def __init__(self, day: Any, months: int = 0, days: int = 0) -> None:
        super().__init__(day, literal(months), literal(days))


class later_day(FunctionElement[date]):
    """The same as a date, to be compared with dates and written among them."""

    inherit_cache = True
    type = Date()

    def __init__(self, day: Any, months: int = 0, days: int = 0) -> None:
        super().__init__(day, literal(months), literal(days))


@compiles(later_day, "postgresql")
def _moved_on_postgresql(element: later_day, compiler: SQLCompiler, **kw: Any) -> str:
    day, months, days = (compiler.process(part, **kw) for part in element.clauses)
    return f"(({day})::date + make_interval(months => ({months})::int, days => ({days})::int))::date"


@compiles(later, "postgresql")
def _later_on_postgresql(element: later, compiler: SQLCompiler, **kw: Any) -> str:
    day, months, days = (compiler.process(part, **kw) for part in element.clauses)
    moved = f"({day})::date + make_interval(months => ({months})::int) + make_interval(days => ({days})::int)"
    return f"to_char({moved}, 'YYYY-MM-DD')"


@compiles(later_day, "sqlite")
@compiles(later, "sqlite")
def _later_on_sqlite(element: later | later_day, compiler: SQLCompiler, **kw: Any) -> str:
    day, months, days = (compiler.process(part, **kw) for part in element.clauses)
    same = f"date({day}, {months} || ' months')"
    last = f"date({day}, 'start of month', {months} || ' months', '1 month', '-1 day')"
    return f"date(min({same}, {last}), {days} || ' days')"


class month_end(FunctionElement[str]):
    """The last day of the month in which a day lies."""

    inherit_cache = True
    type = Text()


@compiles(month_end, "postgresql")
def _end_on_postgresql(element: month_end, compiler: SQLCompiler, **kw: Any) -> str:
    day = compiler.process(element.clauses, **kw)
    return f"to_char(date_trunc('month', ({day})::date) + interval '1 month - 1 day', 'YYYY-MM-DD')"


@compiles(month_end, "sqlite")
def _end_on_sqlite(element: month_end, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, 'start of month', '1 month', '-1 day')"


class as_day(FunctionElement[date]):
    """A day's text as a date, to be written into a column of dates."""

    inherit_cache = True
    type = Date()


@compiles(as_day, "postgresql")
def _day_on_postgresql(element: as_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)})::date"


@compiles(as_day, "sqlite")
def _day_on_sqlite(element: as_day, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)
