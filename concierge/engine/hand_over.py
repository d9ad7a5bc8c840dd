"""Open cases go from one person to another without a step: state and limits stay, the history says who took over."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, and_, case, insert, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Refusal
from concierge.basics.ids import new_id
from concierge.db import among
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.judge import ANOTHER_HAND
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
    in_hand = row["assignee_id"] == giver
    flow = FLOWS[row["kind"]]
    cause = flow.states[row["state"]].cause
    counts = in_hand and row["clock"] != Clock.PAUSED
    return {
        "id": new_id(),
        "district_id": act.actor.district_id,
        "case_id": row["id"],
        "version": row["version"] + 1,
        "step": HAND_OVER,
        "from_state": row["state"],
        "to_state": row["state"],
        "actor_id": act.actor.account_id,
        "actor_key": act.actor.person_key,
        "for_id": act.actor.for_account,
        "for_key": act.actor.for_person_key,
        "role": min(role.value for role in act.actor.roles),
        "at": act.now,
        "nth": nth,
        "worked": max(0, nth - row["since_nth"]) if counts else 0,
        "step_due_nth": row["step_due_nth"],
        "reason": act.reason,
        "data": act.data,
        "before": None,
        "holder": row["holder"],
        "holder_id": row["holder_id"],
        "assignee_id": taker if in_hand else row["assignee_id"],
        "clock": row["clock"],
        "cause": cause.msgid if cause is not None and row["clock"] == Clock.PAUSED else None,
        "flow_version": flow.version,
    }
