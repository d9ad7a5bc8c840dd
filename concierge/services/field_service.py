"""What experts and hosts do themselves: the expert records his service once, the host answers by its link once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.audit import record
from concierge.engine.run import Act, Wanted
from concierge.models.dispatch import Activity, DispatchOrder, Prescription
from concierge.models.scope import visible_orders
from concierge.rules.dispatch import Done
from concierge.rules.host_links import is_genuine, read_token
from concierge.services.calendars import calendar_of
from concierge.services.dispatch import NAMERS, order_in_sight
from concierge.services.people import only
from concierge.services.repeats import once, recall, remember
from concierge.services.steps import take
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

LARGEST = 100_000
LONGEST = 4000


@dataclass(frozen=True)
class Advice:
    """Written advice that the host may keep: what the trouble is, what to do, with what and how much of it."""

    problem: str
    advice: str
    inputs: str = ""


@dataclass(frozen=True)
class HostAnswer:
    """What a host answers: whether the service took place, who says so, how it was (1 to 5), in which words."""

    took_place: bool
    name: str
    level: int | None = None
    words: str = ""


def record_service(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    order_id: int,
    version: int | None,
    given: Mapping[str, Any],
    done: Sequence[Done] = (),
    advice: Advice | None = None,
    key: str | None = None,
) -> None:
    """Record that an order was served, what was done on it, and the advice that was written, in one transaction.

    Raises Invalid naming every wrong field, Refusal with all reasons, or NotFound.
    """
    data = Flow.serve.ask.clean(given) if Flow.serve.ask is not None else {}
    _check(done, advice)
    body = {"order": order_id, "data": data, "done": [[each.kind.value, each.amount] for each in done]}
    with transaction(session):
        if recall(session, actor, "record-service", key, body) is not None:
            return
        act = Act(actor, now, calendar_of(session, actor.district_id), data=data or None)
        _take(session, Flow.serve, Wanted(order_id, version), act)
        _write(session, actor, now, order_id, done, advice)
        remember(session, actor, "record-service", key, body, {"done": True}, now)


def note_done(
    session: Session, *, actor: Actor, now: datetime, order_id: int, done: Done, key: str | None = None
) -> int:
    """The bureau writes down how much was done on an order, until its host confirms it; the order's id.

    Raises Invalid for an amount that is none, NotFound, Refusal for an order that is not served or was confirmed.
    """
    only(actor, *NAMERS)
    _check([done], None)
    body = {"order": order_id, "kind": done.kind, "amount": done.amount, "title": done.title}
    with once(session, actor, now, "note-done", key, body) as told:
        if not told.id:
            _to_be_confirmed(session, actor, order_id)
            _write(session, actor, now, order_id, [done], None)
            data = {"kind": done.kind.value, "amount": done.amount}
            _tell(session, actor, now, order_id, "note-done", data)
            told.id = order_id
    return told.id


def strike_done(session: Session, *, actor: Actor, now: datetime, order_id: int, activity_id: int) -> None:
    """Strike out what was written down wrongly; what came with an imported list is taken back with it.

    Raises NotFound, Refusal for an order that is not served or was confirmed.
    """
    only(actor, *NAMERS)
    with transaction(session):
        _to_be_confirmed(session, actor, order_id)
        line = session.get(Activity, activity_id)
        if line is None or line.order_id != order_id or line.reference is not None:
            raise NotFound()
        session.delete(line)
        session.flush()
        _tell(session, actor, now, order_id, "strike-done", {"kind": line.kind, "amount": line.amount})


def _to_be_confirmed(session: Session, actor: Actor, order_id: int) -> None:
    if order_in_sight(session, actor, order_id).state != Flow.served.name:
        text = _("How much was done is written down once it was served and until the host has confirmed it.")
        raise Refusal.because("not_to_be_confirmed", text)


def _tell(session: Session, actor: Actor, now: datetime, order_id: int, act: str, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="dispatch_order", subject_id=order_id, data=data)


def _check(done: Sequence[Done], advice: Advice | None) -> None:
    wrong = []
    if any(not 1 <= each.amount <= LARGEST for each in done):
        wrong.append(Reason("amount", _("An amount is at least 1 and at most 100,000."), "amount"))
    if advice is not None and not advice.advice.strip():
        wrong.append(Reason("advice_missing", _("Please write the advice, or leave the problem empty too."), "advice"))
    if advice is not None and max(len(advice.problem), len(advice.advice), len(advice.inputs)) > LONGEST:
        wrong.append(Reason("advice_long", _("At most %(n)s characters, please.", n=LONGEST), "advice"))
    if wrong:
        raise Invalid(*wrong)


def _take(session: Session, step: Any, wanted: Wanted, act: Act) -> None:
    report = take(session, step, [wanted], act)
    if report.absent:
        raise NotFound()
    for reasons in report.held.values():
        raise Refusal(*reasons)


def _write(
    session: Session, actor: Actor, now: datetime, order_id: int, done: Sequence[Done], advice: Advice | None
) -> None:
    order = session.execute(select(DispatchOrder).where(DispatchOrder.id == order_id)).scalar_one()
    place: dict[str, Any] = {
        "district_id": actor.district_id,
        "campaign_id": order.campaign_id,
        "field_id": order.field_id,
    }
    place |= {"order_id": order_id, "unit_id": order.host_unit_id, "happened_on": order.served_on}
    rows = [
        {"id": new_id(), **place, "kind": each.kind.value, "amount": each.amount, "title": each.title}
        | {"reference": None, "recorded_at": now}
        for each in done
    ]
    if rows:
        session.execute(insert(Activity), rows)
    if advice is not None:
        written = {"problem": advice.problem.strip(), "advice": advice.advice.strip(), "inputs": advice.inputs.strip()}
        here = {"id": new_id(), "district_id": actor.district_id, "order_id": order_id}
        session.execute(insert(Prescription), [here | written | {"written_by": actor.name, "written_at": now}])


def answer_for_host(session: Session, *, keys: KeyRing, token: str, now: datetime, answer: HostAnswer) -> None:
    """The host confirms and rates, or says that nothing took place, by the link it was given. It answers once.

    Raises NotFound for a link that is not good (any more), Invalid for a missing name, rating or reason.
    """
    _check_answer(answer)
    district_id, order_id = read_token(token)
    session.info["district"] = district_id
    with transaction(session):
        actor = machine(district_id)
        found = select(DispatchOrder.serves, DispatchOrder.state).where(
            DispatchOrder.id == order_id, visible_orders(actor)
        )
        order = session.execute(found).first()
        if order is None or not is_genuine(keys, token, serves=order.serves):
            raise NotFound()
        data: dict[str, Any] = {"confirmed_by": answer.name.strip(), "channel": "link"}
        calendar = calendar_of(session, district_id)
        if not answer.took_place:
            _take(session, Flow.contest, Wanted(order_id), Act(actor, now, calendar, answer.words.strip(), data))
            return
        _take(session, Flow.confirm, Wanted(order_id), Act(actor, now, calendar, answer.words.strip() or None, data))
        data |= {"level": str(answer.level), "words": answer.words.strip()}
        _take(session, Flow.rate, Wanted(order_id), Act(actor, now, calendar, None, data))


def _check_answer(answer: HostAnswer) -> None:
    wrong = []
    if not answer.name.strip():
        wrong.append(Reason("name_missing", _("Please write your name."), "name"))
    if answer.took_place and answer.level not in range(1, 6):
        wrong.append(Reason("level_missing", _("Please say how it was."), "level"))
    if not answer.took_place and not answer.words.strip():
        wrong.append(Reason("reason_missing", _("Please say what happened instead."), "words"))
    if wrong:
        raise Invalid(*wrong)
