"""Service that took place already, entered from the bureau's lists: many orders and activities at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act, Wanted
from concierge.models.dispatch import Activity
from concierge.rules.dispatch import ActivityKind, Done
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, field_led_by
from concierge.services.dispatch import Need, open_orders
from concierge.services.people import only
from concierge.services.steps import take
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

WAY_TO_SERVED = (Flow.triage, Flow.dispatch, Flow.accept, Flow.serve)


@dataclass(frozen=True)
class Mission:
    """An order that was served on the day its need names, and what was done on it."""

    need: Need
    done: tuple[Done, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a register or a log: what was done, when, how much, under which reference."""

    kind: ActivityKind
    happened_on: date
    amount: int
    title: str = ""
    unit_id: int | None = None
    order_id: int | None = None
    reference: str | None = None


def record_missions(session: Session, *, actor: Actor, now: datetime, missions: Sequence[Mission]) -> list[int]:
    """Enter the served orders of one field's list: each walks its whole flow up to the host's confirmation, which
    somebody else gives. Returns the ids in order; all or none.

    Raises NotFound for a field that another bureau leads, Invalid for a day to come or an order without experts.
    """
    with transaction(session):
        return enter_missions(session, actor, now, missions)


def enter_missions(session: Session, actor: Actor, now: datetime, missions: Sequence[Mission]) -> list[int]:
    """The same inside the running transaction."""
    only(actor, *BUREAUS)
    act = Act(actor, now, calendar_of(session, actor.district_id), reason=str(_("Entered from the bureau's list")))
    today = local_date(now, act.calendar.zone)
    if any(mission.need.starts_on > today for mission in missions):
        raise Invalid.because("too_early", _("It cannot be recorded before it has happened."), "starts_on")
    if any(not mission.need.members for mission in missions):
        raise Invalid.because("nobody_named", _("Name at least one expert."), "experts")
    fields = {number: field_led_by(session, actor, number) for number in {m.need.field_id for m in missions}}
    ids = open_orders(session, [mission.need for mission in missions], fields, act)
    for step in WAY_TO_SERVED:
        report = take(session, step, [Wanted(order_id) for order_id in ids], act)
        for reasons in report.held.values():
            raise Refusal(*reasons)
    _write_done(session, actor, now, list(zip(ids, missions, strict=True)))
    return ids


def _write_done(session: Session, actor: Actor, now: datetime, served: Sequence[tuple[int, Mission]]) -> None:
    rows = [
        _activity(mission.need, order_id, done, actor, now) for order_id, mission in served for done in mission.done
    ]
    if rows:
        session.execute(insert(Activity), rows)


def _activity(need: Need, order_id: int, done: Done, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "district_id": actor.district_id,
        "campaign_id": need.campaign_id,
        "field_id": need.field_id,
        "order_id": order_id,
        "unit_id": need.host_unit_id,
        "kind": done.kind.value,
        "happened_on": need.starts_on,
        "amount": done.amount,
        "title": done.title,
        "reference": None,
        "recorded_at": now,
    }


def record_lines(
    session: Session, *, actor: Actor, now: datetime, campaign_id: int, field_id: int, lines: Sequence[Line]
) -> int:
    """Enter lines of a register or a log; how many were new. A line whose reference is known already is left alone.

    Raises NotFound for a field that another bureau leads, Invalid for an amount below one or a day to come.
    """
    only(actor, *BUREAUS)
    with transaction(session):
        field_led_by(session, actor, field_id)
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        if any(line.happened_on > today for line in lines):
            raise Invalid.because("too_early", _("It cannot be recorded before it has happened."), "happened_on")
        if any(line.amount < 1 for line in lines):
            raise Invalid.because("amount", _("An amount is at least 1."), "amount")
        fresh = _fresh(session, lines)
        place = {"district_id": actor.district_id, "campaign_id": campaign_id, "field_id": field_id}
        rows = [{"id": new_id(), **place, **vars(line), "kind": line.kind.value, "recorded_at": now} for line in fresh]
        if rows:
            session.execute(insert(Activity), rows)
        data = {"count": len(rows), "field": field_id}
        record(session, act="record-activities", actor=actor, now=now, subject_kind="activity", data=data)
    return len(rows)


def _fresh(session: Session, lines: Sequence[Line]) -> list[Line]:
    """The lines whose reference is new, each once."""
    named = {line.reference for line in lines if line.reference}
    known = select(Activity.kind, Activity.reference).where(among(Activity.reference, named, of=Text))
    seen = {(row.kind, row.reference) for row in session.execute(known)} if named else set()
    found = []
    for line in lines:
        mark = (line.kind.value, line.reference)
        if line.reference and mark in seen:
            continue
        seen.add(mark)
        found.append(line)
    return found
