"""Take a step: judge, reserve, prepare, move. One case is a set of one; there is no second path.

The caller owns the transaction. Nothing here loads objects: 2 to 5 statements a chunk, whatever its size.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.db import among
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.alike import Alike
from concierge.engine.declare import Step
from concierge.engine.judge import ANOTHER_HAND, LINE_SHORT, NOT_YOUR_ROLE, WANTED, judgement
from concierge.engine.move import write
from concierge.engine.reserve import reserve
from concierge.engine.tables import Case
from concierge.rules.calendar import WorkingCalendar

CHUNK = 5000
_ALONE = binds.names("wanted", WANTED)
Prepare = Callable[[list[int]], None]


class Wanted(NamedTuple):
    """A case asked for; with the version the person saw, or without (system steps, whole selections)."""

    id: int
    version: int | None = None


@dataclass(slots=True)
class Report:
    """What became of each case asked for. Reasons are all of them, not the first."""

    step: str
    moved: list[int] = field(default_factory=list)
    held: dict[int, tuple[Reason, ...]] = field(default_factory=dict)
    absent: list[int] = field(default_factory=list)

    def extend(self, other: "Report") -> None:
        """Add another chunk's report."""
        self.moved += other.moved
        self.held |= other.held
        self.absent += other.absent


@dataclass(frozen=True, slots=True)
class Act:
    """Who takes a step, when, on which calendar, and what was said with it."""

    actor: Actor
    now: datetime
    calendar: WorkingCalendar
    reason: str | None = None
    data: dict[str, Any] | None = None
    stamp: str | None = None
    """Which calendar it is, where the gate is to see whether that is still in force (else the caller has read it)."""


class CalendarMoved(Exception):
    """Another working calendar is in force than the act's; raised before anything is written."""


def fire_many(
    session: Session, step: Step, wanted: Iterable[Wanted], act: Act, *, prepare: Prepare | None = None
) -> Report:
    """Take one step with many cases, in chunks, inside the caller's transaction.

    `prepare` writes to the details of the rows that will move, before they do (a holder may depend on it).
    Rows that may not move are held with every reason; rows the actor may not see are absent. Raises CalendarMoved.
    """
    asked = list({w.id: w for w in wanted}.values())
    report = Report(step.name)
    session.flush()
    role = next((role for role in step.by if act.actor.has(role)), None)
    for start in range(0, len(asked), CHUNK):
        chunk = asked[start : start + CHUNK]
        if role is None:
            report.extend(_refuse_role(session, step, chunk, act))
        else:
            seen = act if start == 0 else replace(act, stamp=None)  # the whole set is counted on one calendar
            report.extend(_fire_chunk(session, step, chunk, seen, role.value, prepare))
    return report


def fire(
    session: Session, step: Step, case_id: int, version: int | None, act: Act, *, prepare: Prepare | None = None
) -> None:
    """Take one step with one case. Raises Refusal with all reasons, or NotFound."""
    report = fire_many(session, step, [Wanted(case_id, version)], act, prepare=prepare)
    if report.absent:
        raise NotFound()
    for reasons in report.held.values():
        raise Refusal(*reasons)


def _fire_chunk(
    session: Session, step: Step, chunk: Sequence[Wanted], act: Act, role: str, prepare: Prepare | None
) -> Report:
    connection = session.connection()
    report = Report(step.name)
    who = binds.actor_values(act.actor, step.by)
    granted = _judge(connection, step, chunk, act, who, report)
    if step.spends is not None and granted:
        carried = reserve(connection, step, granted, district=act.actor.district_id)
        report.held |= {i: (LINE_SHORT,) for each in granted if each.row["line_id"] not in carried for i in each.ids}
        granted = [each for each in granted if each.row["line_id"] in carried]
    going = {case_id for each in granted for case_id in each.ids}
    if going:
        report.moved = [w.id for w in chunk if w.id in going]
        if prepare is not None:
            prepare(report.moved)
            session.flush()
        said: dict[str, Any] = {"now": act.now, "reason": act.reason, "data": act.data}
        for acting, alike in _by_role(granted, role).items():
            rings = write(connection, step, alike, who=who, calendar=act.calendar, role=acting, **said)
            session.info.setdefault("rung", []).extend(rings)
    if len(going) < len(chunk):
        missing = {w.id for w in chunk} - going - set(report.held)
        _tell_apart(session, step, missing, act, report)
    return report


def _by_role(granted: Sequence[Alike], only: str) -> dict[str, list[Alike]]:
    """The cases by the role that lets the actor move them: who holds several moves some by one and some by another."""
    found: dict[str, list[Alike]] = {}
    for each in granted:
        found.setdefault(each.row.get("acting", only), []).append(each)
    return found


def _judge(
    connection: Connection, step: Step, chunk: Sequence[Wanted], act: Act, who: Mapping[str, Any], report: Report
) -> list[Alike]:
    dialect = connection.dialect.name
    alone = len(chunk) == 1
    gate = judgement(step, dialect, alone=alone)
    wanted = dict(zip(_ALONE, *chunk, strict=True)) if alone else binds.row_values("wanted", WANTED, chunk, dialect)
    found: dict[tuple[Any, ...], list[int]] = {}
    for answer in gate.statement.rows(connection, {**who, **wanted, "act_now": act.now}):
        found.setdefault(answer[1:], []).append(answer[0])
    granted: list[Alike] = []
    for said, ids in found.items():
        row = gate.statement.named((None, *said))
        if act.stamp not in (None, row["calendar_stamp"]):
            raise CalendarMoved()
        flags = zip(gate.reasons, said[-len(gate.reasons) :], strict=True)  # the last columns, one for each reason
        refused = tuple(reason for reason, is_well in flags if not is_well)
        if refused:
            report.held |= dict.fromkeys(ids, refused)
        else:
            granted.append(Alike(row, ids))
    return granted


def _refuse_role(session: Session, step: Step, chunk: Sequence[Wanted], act: Act) -> Report:
    report = Report(step.name, held={w.id: (NOT_YOUR_ROLE,) for w in chunk})
    _tell_apart(session, step, set(), act, report)
    return report


def _tell_apart(session: Session, step: Step, missing: set[int], act: Act, report: Report) -> None:
    """Absent rows look the same whether they do not exist or may not be seen; locked rows are in another hand."""
    asked = sorted(missing | set(report.held))
    visible = _visible_ids(session, step, asked, act)
    for case_id in missing & visible:
        report.held[case_id] = (ANOTHER_HAND,)
    for case_id in set(asked) - visible:
        report.held.pop(case_id, None)
        report.absent.append(case_id)


def _visible_ids(session: Session, step: Step, ids: list[int], act: Act) -> set[int]:
    statement = select(Case.id).where(
        among(Case.id, ids), Case.kind == step.flow.kind, step.flow.reach.visible(act.actor)
    )
    return set(session.execute(statement).scalars())
