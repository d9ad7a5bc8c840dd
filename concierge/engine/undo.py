"""Taking one's own last step back, while nothing has left the house because of it (product: correction ledger).

It adds a line to the history like every step; later than this only a compensating step is possible.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, RowMapping, and_, exists, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.text import _
from concierge.db import UTCDateTime
from concierge.engine.declare import FLOWS, Clock
from concierge.engine.judge import ANOTHER_HAND, KEPT_FOR_UNDO
from concierge.engine.lines import line_without_step
from concierge.engine.run import Act
from concierge.engine.tables import CASES, HISTORY, OUTBOX, Case

UNDO = "undo"
IN_TIME = timedelta(minutes=10)
NOT_UNDOABLE = Reason("not_undoable", _("the last step cannot be taken back"))
NOT_YOUR_STEP = Reason("not_your_step", _("only who took the last step may take it back"))
TOO_LATE = Reason("too_late", _("a step can be taken back within 10 minutes"))
ALREADY_SENT = Reason("already_sent", _("somebody has already been told of it"))


def undo(session: Session, case_id: int, act: Act) -> None:
    """Take the last step of a case back, inside the caller's transaction: state, holder and clocks as they were.

    Only the same account, for the same person stood in for, within 10 minutes, while no notice of the step has gone
    out; waiting notices are cancelled. Raises Refusal with all reasons, or NotFound.
    """
    session.flush()
    last = _last_line(session, case_id, act)
    if last is None:
        raise Refusal(ANOTHER_HAND) if _is_visible(session, case_id, act) else NotFound()
    reasons = _refused(last, act)
    if reasons and not _is_visible(session, case_id, act):
        raise NotFound()
    if reasons:
        raise Refusal(*reasons)
    _cancel_notices(session, last)
    _restore(session, last, act)


def _last_line(session: Session, case_id: int, act: Act) -> RowMapping | None:
    c, h = CASES.c, HISTORY.c
    sent = exists().where(_notices(c.id, c.version), ~_waiting())
    columns: list[Any] = [c.id, c.district_id, c.kind, c.state, c.version, c.clock, c.since_nth, c.step_due_nth]
    columns += [h.step, h.actor_id, h.for_id, h.role, h.at, h.before, sent.label("is_sent")]
    statement = select(*columns).join_from(CASES, HISTORY, and_(h.case_id == c.id, h.version == c.version))
    statement = statement.where(c.id == case_id, c.district_id == act.actor.district_id)
    if session.connection().dialect.name == "postgresql":
        statement = statement.with_for_update(of=CASES, skip_locked=True)
    return session.connection().execute(statement).mappings().one_or_none()


def _notices(case_id: Any, version: Any) -> Any:
    return and_(OUTBOX.c.subject_id == case_id, OUTBOX.c.subject_version == version)


def _waiting() -> Any:
    return and_(OUTBOX.c.state == "pending", OUTBOX.c.attempts == 0)


def _is_visible(session: Session, case_id: int, act: Act) -> bool:
    kind = session.scalar(select(Case.kind).where(Case.id == case_id))
    if kind is None:
        return False
    seen = select(Case.id).where(Case.id == case_id, FLOWS[kind].reach.visible(act.actor))
    return session.scalar(seen) is not None


def _refused(last: RowMapping, act: Act) -> list[Reason]:
    step = FLOWS[last["kind"]].steps.get(last["step"])
    reasons = []
    if step is None or not step.undoable or last["before"] is None:
        reasons.append(NOT_UNDOABLE)
    if (last["actor_id"], last["for_id"]) != (act.actor.account_id, act.actor.for_account):
        reasons.append(NOT_YOUR_STEP)
    if act.now - last["at"] > IN_TIME:
        reasons.append(TOO_LATE)
    if last["is_sent"]:
        reasons.append(ALREADY_SENT)
    return reasons


def _cancel_notices(session: Session, last: RowMapping) -> None:
    connection = session.connection()
    ours = _notices(last["id"], last["version"])
    connection.execute(update(OUTBOX).where(ours, _waiting()).values(state="cancelled"))
    # A relay that took one meanwhile has won: the whole act is refused and the caller's transaction undone.
    if connection.execute(select(func.count()).where(ours, OUTBOX.c.state != "cancelled")).scalar_one():
        raise Refusal(ALREADY_SENT)


def _restore(session: Session, last: RowMapping, act: Act) -> None:
    before: dict[str, Any] = {name: _typed(name, last["before"][name]) for name in KEPT_FOR_UNDO}
    connection = session.connection()
    here = and_(CASES.c.id == last["id"], CASES.c.district_id == last["district_id"])
    connection.execute(update(CASES).where(here).values(**before, is_open=True, version=last["version"] + 1))
    nth = act.calendar.nth_of(act.now)
    flow = FLOWS[last["kind"]]
    cause = flow.states[before["state"]].cause
    worked = 0 if last["clock"] == Clock.PAUSED else max(0, nth - last["since_nth"])
    held = {name: before[name] for name in ("holder", "holder_id", "assignee_id")}
    line = line_without_step(
        {**last, **held},
        act,
        nth,
        UNDO,
        to_state=before["state"],
        role=last["role"],
        worked=worked,
        clock=before["clock"],
        cause=cause.msgid if cause is not None else None,
    )
    connection.execute(insert(HISTORY), [line])


def _typed(name: str, value: Any) -> Any:
    if value is None or not isinstance(value, str):
        return value
    kind = CASES.c[name].type
    if isinstance(kind, UTCDateTime | DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind.python_type is date else value
