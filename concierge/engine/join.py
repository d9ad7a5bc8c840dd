"""Parallel branches (并联审批): child cases with their own flow, holder and clock; the last one moves the parent on.

The parent counts the children it waits for. Counting down with `waits - 1 RETURNING` makes exactly one of two children
that close at the same moment see zero; two that each counted open siblings would both see one, or neither. One level
deep; locks are taken in the order child, parent, budget lines.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Integer, and_, func, select, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine import binds
from concierge.engine.declare import Step, Workflow
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.engine.tables import CASES


def fork(
    session: Session, parent_id: int, flow: type[Workflow[Any]], rows: Sequence[dict[str, Any]], act: Act
) -> list[int]:
    """Open one child case for each row (as for open_cases) and let the parent wait for them; their ids.

    Runs inside the caller's transaction, after the step that brought the parent to where it waits.
    """
    children = open_cases(session, flow, [row | {"parent_id": parent_id} for row in rows], act)
    here = and_(CASES.c.id == parent_id, CASES.c.district_id == act.actor.district_id)
    session.connection().execute(update(CASES).where(here).values(waits=CASES.c.waits + len(children)))
    return children


def joined(session: Session, step: Step, moved_ids: Sequence[int], act: Act) -> list[int]:
    """Count the parents of children that `step` has just moved down; the parents that wait for nobody any more.

    To be called in the same transaction after every step of a child; a step that does not close it counts nothing.
    The caller fires the parents' join step at once.
    """
    if not step.to.final or not moved_ids:
        return []
    child = CASES.alias("child")
    ours = (among(child.c.id, moved_ids), child.c.district_id == act.actor.district_id, child.c.parent_id.is_not(None))
    closed = select(child.c.parent_id, func.count(type_=Integer).label("n")).where(*ours).group_by(child.c.parent_id)
    counts = session.connection().execute(closed.order_by(child.c.parent_id)).tuples().all()
    if not counts:
        return []
    return _count_down(session, counts, act)


_COUNTS = {"parent_id": BigInteger(), "n": Integer()}


def _count_down(session: Session, counts: Sequence[tuple[Any, ...]], act: Act) -> list[int]:
    connection = session.connection()
    dialect = connection.dialect.name
    counted = binds.rows("counted", _COUNTS, dialect)
    here = and_(CASES.c.id == counted.c.parent_id, binds.in_district(CASES.c.district_id, dialect))
    if dialect == "postgresql":  # parents are locked in the order of their ids, whatever the plan
        wanted = CASES.c.id.in_(select(counted.c.parent_id))
        locked = select(CASES.c.id).where(wanted).order_by(CASES.c.id).with_for_update().cte("locked")
        here = and_(here, CASES.c.id == locked.c.id)
    statement = update(CASES).where(here).values(waits=CASES.c.waits - counted.c.n)
    values = binds.row_values("counted", _COUNTS, counts, dialect) | {"district": act.actor.district_id}
    left = connection.execute(statement.returning(CASES.c.id, CASES.c.waits), values).all()
    return sorted(row.id for row in left if row.waits == 0)
