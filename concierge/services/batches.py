"""Batches: made by one person from approved items of one paying unit, and changed while they are drafts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.judge import NOT_YOUR_ROLE
from concierge.engine.opening import open_cases
from concierge.engine.run import Act, Report, Wanted
from concierge.models.district import Unit
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.scope import visible_cases
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.repeats import recall, remember
from concierge.services.steps import follow, take
from concierge.workflows.payment import PaymentBatchFlow, PaymentItemFlow

NOTHING_TAKEN = Reason("nothing_chosen", _("choose at least one line"))
SEVERAL_UNITS = Reason("several_units", _("a batch holds lines of one paying unit"))


@dataclass(frozen=True)
class MadeBatch:
    """A new batch, what went into it, and what was held with all reasons."""

    batch_id: int
    moved: list[int]
    held: dict[int, tuple[Reason, ...]] = field(default_factory=dict)


def make_batch(
    session: Session, *, actor: Actor, now: datetime, wanted: Iterable[Wanted], key: str | None = None
) -> MadeBatch:
    """Make a batch from approved items of one paying unit; items and claims follow into it.

    Lines that cannot enter (changed, held, taken by another batch) are left out and told with every reason. Raises
    Refusal when nothing can enter, when units differ, or when the actor prepares no payments of this unit.
    """
    asked = list(wanted)
    body = {"wanted": [[w.id, w.version] for w in asked]}
    with transaction(session):
        known = recall(session, actor, "payment_batch.make", key, body)
        if known is not None:
            return MadeBatch(known["batch"], known["moved"])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        unit = _one_unit(session, actor, [w.id for w in asked])
        [batch_id] = open_cases(session, PaymentBatchFlow, [_row(unit, act)], act)
        report = _enter(session, batch_id, asked, act)
        if not report.moved:
            raise Refusal(*(_all_reasons(report) or [NOTHING_TAKEN]))
        remember(session, actor, "payment_batch.make", key, body, {"batch": batch_id, "moved": report.moved}, now)
    return MadeBatch(batch_id, report.moved, report.held)


def _one_unit(session: Session, actor: Actor, item_ids: Sequence[int]) -> Any:
    units = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en)
        .join(PaymentItem, PaymentItem.paying_unit_id == Unit.id)
        .where(among(PaymentItem.id, item_ids), visible_cases(actor))
        .distinct()
    ).all()
    if not units:
        raise Refusal(NOTHING_TAKEN)
    if len(units) > 1:
        raise Refusal(SEVERAL_UNITS)
    if units[0].id not in actor.units(Role.FINANCE_MAKER):
        raise Refusal(NOT_YOUR_ROLE)
    return units[0]


def _row(unit: Any, act: Act) -> dict[str, Any]:
    day = local_date(act.now, act.calendar.zone).isoformat()
    return {
        "paying_unit_id": unit.id,
        "title_zh": f"{unit.name_zh} {day}",
        "title_en": f"{unit.name_en or unit.name_zh} {day}",
        "count": 0,
        "total_fen": 0,
        "pending_fen": 0,
    }


def _enter(session: Session, batch_id: int, wanted: Sequence[Wanted], act: Act) -> Report:
    """Items enter by the machine, because a batch is one act; only those of the batch's unit."""
    own = select(PaymentItem.id).join(Unit, Unit.id == PaymentItem.paying_unit_id)
    own = own.where(among(PaymentItem.id, [w.id for w in wanted]), among(Unit.id, act.actor.units(Role.FINANCE_MAKER)))
    allowed = set(session.execute(own).scalars())
    follows = Act(machine(act.actor.district_id), act.now, act.calendar, act.reason, {"batch": batch_id})
    return take(session, PaymentItemFlow.enter_batch, [w for w in wanted if w.id in allowed], follows)


def _all_reasons(report: Report) -> list[Reason]:
    return list({reason.code: reason for reasons in report.held.values() for reason in reasons}.values())


def change_lines(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    batch_id: int,
    version: int | None,
    add: Sequence[Wanted] = (),
    remove: Sequence[int] = (),
    key: str | None = None,
) -> Report:
    """Put approved items into a draft batch and take items out. Returns what entered and what was held.

    Raises Refusal with all reasons when the batch may not be changed, NotFound for a batch out of sight.
    """
    body = {"batch": batch_id, "add": [[w.id, w.version] for w in add], "remove": list(remove)}
    with transaction(session):
        known = recall(session, actor, "payment_batch.change_lines", key, body)
        if known is not None:
            return Report("enter_batch", moved=known["moved"])
        data = {"added": len(add), "removed": len(remove)}
        act = Act(actor, now, calendar_of(session, actor.district_id), None, data)
        must(take(session, PaymentBatchFlow.change_lines, [Wanted(batch_id, version)], act))
        if remove:
            follow(session, PaymentItemFlow.leave_batch, _lines_of(session, batch_id, remove), act)
        report = _enter(session, batch_id, _of_the_same_unit(session, batch_id, add), act)
        remember(session, actor, "payment_batch.change_lines", key, body, {"moved": report.moved}, now)
    return report


def _of_the_same_unit(session: Session, batch_id: int, wanted: Sequence[Wanted]) -> list[Wanted]:
    unit = select(PaymentBatch.paying_unit_id).where(PaymentBatch.id == batch_id).scalar_subquery()
    rows = session.execute(
        select(PaymentItem.id).where(among(PaymentItem.id, [w.id for w in wanted]), PaymentItem.paying_unit_id == unit)
    )
    same = set(rows.scalars())
    if len(same) < len({w.id for w in wanted}):
        raise Refusal(SEVERAL_UNITS)
    return list(wanted)


def _lines_of(session: Session, batch_id: int, item_ids: Sequence[int]) -> list[int]:
    rows = session.execute(
        select(PaymentItem.id).where(among(PaymentItem.id, item_ids), PaymentItem.batch_id == batch_id)
    )
    return sorted(rows.scalars())


def must(report: Report) -> None:
    """Raise what held the one case of a report: Refusal with all reasons, or NotFound."""
    if report.absent:
        raise NotFound()
    for reasons in report.held.values():
        raise Refusal(*reasons)
