"""As many cases as a large district has in ten years, written by the database itself out of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Engine, Table, text

from benchmarks.ground import SPECIALIST, care_requests
from concierge.engine.tables import CASES
from concierge.models.care import CareRequest

SEED = 999_999  # the case that all others are like
FIRST = 100_000_000
COLLEAGUES = 10
OPEN_OF_TEN = 6
NEAR = 200  # the first cases are those of one expert, the others of experts whom nobody looks at
DAYS = 600  # over which the limits of each specialist's cases are spread
SERIES = {
    "sqlite": "with recursive each(n) as (select 0 union all select n + 1 from each where n < {last})",
    "postgresql": "with each(n) as (select generate_series(cast(0 as bigint), {last}))",
}
DAY = {"sqlite": "date('2025-06-01', '+' || {n} || ' days')", "postgresql": "date '2025-06-01' + cast({n} as integer)"}


def crowd(engine: Engine, count: int) -> list[int]:
    """`count` care requests, shared by ten specialists, six of ten open. Returns the ids of the open ones of ours."""
    whose = f"case when n % {COLLEAGUES} = 0 then {SPECIALIST.account_id} else 5000 + n % {COLLEAGUES} end"
    still = f"(n / {COLLEAGUES}) % 10 < {OPEN_OF_TEN}"
    day = f"(n / {COLLEAGUES} * 7919) % {DAYS}"
    changed = {
        "is_open": still,
        "state": f"case when {still} then 'in_progress' else 'closed' end",
        "expert_id": f"case when n < {NEAR} then old.expert_id end",
        "assignee_id": whose,
        "specialist_id": whose,
        "due_on": DAY[engine.dialect.name].format(n=f"({day})"),
        "due_nth": f"4700 + {day}",
    }
    copied(engine, count, changed)
    ours = (n for n in range(0, count, COLLEAGUES) if n // COLLEAGUES % 10 < OPEN_OF_TEN)
    return [FIRST + n for n in ours]


def copied(engine: Engine, count: int, changed: dict[str, str]) -> None:
    """`count` care requests like one in hand, with some columns computed from their number `n` (SQL)."""
    care_requests(engine, 1, first=SEED, state="in_progress")
    tables = CASES, cast(Table, CareRequest.__table__)
    _keys_are_checked(engine, tables, "disable")  # it plans to walk the table, which it knows to be empty, for each row
    with engine.begin() as connection:
        for table in tables:
            values = {"id": f"{FIRST} + n", "number": "'SQ-' || n"} | changed
            connection.execute(text(copies(table, engine.dialect.name, count, values, f"id = {SEED}")))
        connection.execute(text(OPENED.format(first=FIRST, last=FIRST + NEAR)))
    _keys_are_checked(engine, tables, "enable")
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("analyze")  # as autovacuum does in a database that lives


OPENED = (
    "insert into history (id, district_id, case_id, version, step, to_state, actor_id, actor_key, role, at, nth,"
    " worked, holder, holder_id, assignee_id, clock, flow_version) select id, district_id, id, 1, 'open', state, 1,"
    " 'k', 'specialist', since, since_nth, 0, holder, holder_id, assignee_id, clock, 1 from cases"
    " where id >= {first} and id < {last}"
)
"""The first line of history, for the cases that are looked at."""


@contextmanager
def unindexed(engine: Engine, *tables: Table) -> Iterator[None]:
    """A large load costs less without indexes, which are made anew behind it, and without looking up each key."""
    indexes = [index for table in tables for index in table.indexes]
    _keys_are_checked(engine, tables, "disable")
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)
    _keys_are_checked(engine, tables, "enable")


def _keys_are_checked(engine: Engine, tables: tuple[Table, ...], word: str) -> None:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            for table in tables:
                connection.exec_driver_sql(f"alter table {table.name} {word} trigger all")


def copies(table: Any, dialect: str, count: int, values: dict[str, str], of: str) -> str:
    """The statement that writes `count` rows like those found by `of`, with `values` computed from their number `n`."""
    names = [column.name for column in table.columns]
    picked = ", ".join(values.get(name, f"old.{name}") for name in names)
    series = SERIES[dialect].format(last=count - 1)
    into = f"insert into {table.name} ({', '.join(names)})"
    return f"{into} {series} select {picked} from each cross join (select * from {table.name} where {of}) old"
