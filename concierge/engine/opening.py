"""Cases come into being: detail rows, their first line of history, their number, what is told about it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, Text, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.db import BIG, Prepared, add_rows, prepare
from concierge.engine import binds
from concierge.engine.clocks import clocks_after
from concierge.engine.declare import Clock, Workflow
from concierge.engine.run import Act
from concierge.engine.tables import History, NumberSeries, Outbox

NUMBER_DIGITS = 6  # of a case's number at least, so that numbers sort as they were given


def open_cases(
    session: Session, flow: type[Workflow[Any]], rows: Sequence[dict[str, Any]], act: Act, *, tell: str | None = None
) -> list[int]:
    """Open cases of one flow in its first state; a constant number of statements whatever their number.

    Each row names the case's own columns (parties, titles) and its detail columns. `case_limit` and `step_limit`
    (working days) may be given where the policy or the matter sets them. Returns the new ids in order.
    """
    if not rows:
        return []
    numbers = take_numbers(session, flow.prefix, local_date(act.now, act.calendar.zone).year, len(rows), act)
    made = [complete(flow, row, number, act) for row, number in zip(rows, numbers, strict=True)]
    add_rows(session, flow.subject, made)
    add_rows(session, History, [first_line(flow, row, act) for row in made])
    if tell is not None:
        put(session, [(tell, row["id"], 1) for row in made], act)
    return [row["id"] for row in made]


def complete(flow: type[Workflow[Any]], given: dict[str, Any], number: str, act: Act) -> dict[str, Any]:
    """A case's row as it is opened: what was given, and state, clocks and holder of the flow's beginning."""
    row = dict(given)
    state, nth = flow.initial, act.calendar.nth_of(act.now)
    case_limit, step_limit = row.pop("case_limit", None), row.pop("step_limit", None)
    limits = {
        "case_limit": case_limit if case_limit is not None else (flow.promised.days if flow.promised else None),
        "step_limit": step_limit if step_limit is not None else (state.due.days if state.due else None),
        "case_due_nth": None,
        "paused_nth": None,
        "paused_days": 0,
        "restarts": False,
    }
    clocks = clocks_after(limits, state, now_nth=nth, calendar=act.calendar)
    row.setdefault("id", new_id())
    row |= {
        "district_id": act.actor.district_id,
        "kind": flow.kind,
        "number": number,
        "state": state.name,
        "prior_state": None,
        "trail": f",{state.name},",
        "is_open": True,
        "version": 1,
        "clock": state.clock.value,
        "holder": state.holder.name,
        "holder_id": _value(state.holder.unit, row),
        "assignee_id": _value(state.holder.account, row),
        "opened_at": act.now,
        "since": act.now,
        "since_nth": nth,
        "calendar_version": act.calendar.version,
        "is_provisional": clocks.provisional,
    }
    names = (
        "case_due_nth",
        "case_due_on",
        "step_due_nth",
        "step_due_on",
        "due_nth",
        "due_on",
        "due_at",
        "paused_nth",
        "paused_days",
    )
    return row | {name: getattr(clocks, name) for name in names}


def _value(column: Any, row: dict[str, Any]) -> Any:
    return None if column is None else row.get(column.key)


def first_line(flow: type[Workflow[Any]], row: dict[str, Any], act: Act) -> dict[str, Any]:
    """The first line of a case's history."""
    actor = act.actor
    return {
        "id": new_id(),
        "district_id": row["district_id"],
        "case_id": row["id"],
        "version": 1,
        "step": "open",
        "from_state": None,
        "to_state": row["state"],
        "actor_id": actor.account_id,
        "actor_key": actor.person_key,
        "for_id": actor.for_account,
        "for_key": actor.for_person_key,
        "role": min((r.value for r in actor.roles), default=""),
        "at": act.now,
        "nth": row["since_nth"],
        "worked": 0,
        "step_due_nth": None,
        "reason": act.reason,
        "data": act.data,
        "before": None,
        "holder": row["holder"],
        "holder_id": row["holder_id"],
        "assignee_id": row["assignee_id"],
        "clock": row["clock"],
        "cause": flow.initial.cause.msgid if flow.initial.clock is Clock.PAUSED and flow.initial.cause else None,
        "flow_version": flow.version,
    }


def take_numbers(session: Session, series: str, year: int, count: int, act: Act) -> list[str]:
    """Take the next numbers of a series, without gaps inside a transaction: `WC-2026-000123`."""
    first = take_places(session, series, year, count, act)
    return [f"{series}-{year}-{n:0{NUMBER_DIGITS}d}" for n in range(first, first + count)]


def take_places(session: Session, series: str, year: int, count: int, act: Act) -> int:
    """Take the next places of a series; the first of them."""
    connection = session.connection()
    wanted = {"id": new_id(), "district": act.actor.district_id, "series": series, "year": year, "count": count}
    last: int = _numbering(connection.dialect.name).run(connection, wanted)[0]["last"]
    return last - count + 1


@cache
def _numbering(dialect: str) -> Prepared:
    """The statement behind `take_numbers`, made once: SQLAlchemy would compile an insert with a conflict every time."""
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    count = bindparam("count", type_=Integer)
    fresh = {"id": bindparam("id", type_=BIG), "district_id": binds.DISTRICT, "year": bindparam("year", type_=Integer)}
    statement = make(NumberSeries).values(fresh | {"series": bindparam("series", type_=Text), "last": count})
    statement = statement.on_conflict_do_update(
        index_elements=["district_id", "series", "year"], set_={"last": NumberSeries.last + count}
    )
    return prepare(statement.returning(NumberSeries.last), dialect)


def put(
    session: Session, told: Sequence[tuple[str, int, int]], act: Act, *, data: dict[str, Any] | None = None
) -> None:
    """Put (topic, subject, version) rows into the outbox of the running transaction; rung for after its commit."""
    if not told:
        return
    rows = [
        {"id": new_id(), "district_id": act.actor.district_id, "topic": t, "subject_id": s, "subject_version": v}
        | {"data": data, "state": "pending", "attempts": 0, "at": act.now, "next_at": act.now}
        for t, s, v in told
    ]
    add_rows(session, Outbox, rows)
    session.info.setdefault("rung", []).extend(row["id"] for row in rows)
