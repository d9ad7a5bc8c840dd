"""Open cases go from one person to another without a step: state and limits stay, the history says who took over."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, and_, case, insert, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.db import among
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.judge import ANOTHER_HAND
from concierge.engine.lines import line_without_step
from concierge.engine.run import Act
from concierge.engine.tables import CASES, HISTORY

HAND_OVER = "hand_over"
_KEPT = ("id", "version", "kind", "state", "holder", "holder_id", "assignee_id", "clock", "since_nth", "step_due_nth")


def hand_over(session: Session, ids: Iterable[int], act: Act, *, giver: int, taker: int) -> int:
    """Give open cases of one account to another, inside the caller's transaction; returns how many moved.

    Where the giver is the assignee the stay with the taker begins now; elsewhere only the specialist changes. Raises
    Refusal when somebody is acting on one of them: a signed list moves wholly or not at all.
    """
    session.flush()
    c, wanted = CASES.c, list(ids)
    his = and_(c.district_id == act.actor.district_id, c.is_open, or_(c.specialist_id == giver, c.assignee_id == giver))
    chosen = select(*(c[name] for name in _KEPT)).where(among(c.id, wanted), his)
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        chosen = chosen.with_for_update(skip_locked=True)
    rows = connection.execute(chosen).mappings().all()
    if len(rows) != len(wanted):
        raise Refusal(ANOTHER_HAND)
    if not rows:
        return 0
    in_hand, nth = c.assignee_id == giver, act.calendar.nth_of(act.now)
    values: dict[str, Any] = {
        "version": c.version + 1,
        "specialist_id": case((c.specialist_id == giver, taker), else_=c.specialist_id),
        "assignee_id": case((in_hand, taker), else_=c.assignee_id),
        "since": case((in_hand, act.now), else_=c.since),
        "since_nth": case((in_hand, nth), else_=c.since_nth),
    }
    here = and_(among(c.id, wanted), c.district_id == act.actor.district_id)
    connection.execute(update(CASES).where(here).values(**values))
    connection.execute(insert(HISTORY), [_line(row, act, giver, taker, nth) for row in rows])
    return len(rows)


def _line(row: RowMapping, act: Act, giver: int, taker: int, nth: int) -> dict[str, Any]:
    in_hand, paused = row["assignee_id"] == giver, row["clock"] == Clock.PAUSED
    cause = FLOWS[row["kind"]].states[row["state"]].cause
    return line_without_step(
        row,
        act,
        nth,
        HAND_OVER,
        worked=max(0, nth - row["since_nth"]) if in_hand and not paused else 0,
        assignee_id=taker if in_hand else row["assignee_id"],
        clock=row["clock"],
        cause=cause.msgid if cause is not None and paused else None,
    )
