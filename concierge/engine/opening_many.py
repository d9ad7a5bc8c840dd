"""Many cases come into being from one query: the same rows as `open_cases` writes, in five statements."""

from typing import Any, cast

from sqlalchemy import Column, Select, Table, insert, literal, null, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_ids
from concierge.db import numbered, padded, pour, scratch
from concierge.engine.declare import Workflow
from concierge.engine.opening import NUMBER_DIGITS, complete, first_line, take_places
from concierge.engine.run import Act
from concierge.engine.tables import CASES, HISTORY, OUTBOX

_FROM_A_QUERY = {"whole_city": True}


def open_selected(
    session: Session, flow: type[Workflow[Any]], rows: Select[Any], count: int, act: Act, *, tell: str
) -> list[int]:
    """Open a case of one flow in its first state for each row of a query; returns the new ids in the order of `nth`.

    The query gives `nth` (1 to `count`), the case's own columns (parties, titles), its detail columns, and
    `is_told`: whether `tell` is put into the outbox. Nobody is rung for: the clock sweeps what lies in the outbox.
    """
    if not count:
        return []
    names = {name: new_ids(count) for name in ("case_id", "line_id", "out_id")}
    year = local_date(act.now, act.calendar.zone).year
    first = take_places(session, flow.prefix, year, count, act)
    own, given = numbered(session, **names), rows.subquery("given_rows")
    number = (f"{flow.prefix}-{year}-" + padded(own.c.nth + (first - 1), NUMBER_DIGITS)).label("number")
    wanted = select(given, number, *(own.c[name] for name in names)).join(own, own.c.nth == given.c.nth)
    columns = [Column(column.key, column.type) for column in wanted.selected_columns]
    with scratch(session, "opened_cases", *columns) as opened:
        pour(session, opened, wanted)
        _write(session, flow, opened, act, tell)
    return names["case_id"]


def _write(session: Session, flow: type[Workflow[Any]], opened: Table, act: Act, tell: str) -> None:
    """The cases, their details, their first lines of history, and what is told of them."""
    given = {column.key: column for column in opened.c}
    case = complete(flow, dict.fromkeys(given), "", act)
    held = {name: _column(opened, column) for name, column in _holder(flow).items()}
    identity = {"id": opened.c.case_id, "district_id": literal(act.actor.district_id)}
    for table in (CASES, cast(Table, flow.subject.__table__)):
        _insert(session, table, case | given | held | identity, opened)
    line = first_line(flow, case, act) | held
    _insert(session, HISTORY, line | {"id": opened.c.line_id, "case_id": opened.c.case_id}, opened)
    told = {"topic": tell, "subject_id": opened.c.case_id, "subject_version": 1, "data": None, "state": "pending"}
    told |= {"id": opened.c.out_id, "district_id": act.actor.district_id, "at": act.now, "next_at": act.now}
    _insert(session, OUTBOX, told | {"attempts": 0}, opened, opened.c.is_told)


def _holder(flow: type[Workflow[Any]]) -> dict[str, Any]:
    return {"holder_id": flow.initial.holder.unit, "assignee_id": flow.initial.holder.account}


def _column(opened: Table, column: Any) -> Any:
    return null() if column is None else opened.c[column.key]


def _insert(session: Session, table: Table, values: dict[str, Any], opened: Table, *only: Any) -> None:
    """Each column of the table from the query or as a constant; what is not named keeps its default."""
    columns = [column for column in table.columns if column.key in values]
    chosen = [_value(column, values[column.key]) for column in columns]
    statement = insert(table).from_select(columns, select(*chosen).select_from(opened).where(*only))
    session.execute(statement, execution_options=_FROM_A_QUERY)


def _value(column: Any, value: Any) -> Any:
    if value is None:
        return null()
    return value if hasattr(value, "compile") else literal(value, column.type)
