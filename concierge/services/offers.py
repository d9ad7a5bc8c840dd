"""Orders are offered to the best candidates; the first who accepts has it; whoever does not answer is passed over.

An offer keeps the inputs of its ranking, so that anybody can make the ranking again (product, 12).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal, within
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act, Wanted
from concierge.engine.tables import Case
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.queries.candidates import candidates
from concierge.rules.ranking import ASKED_AT_ONCE
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.dispatch import NAMERS, add_members, count_named, order_in_sight
from concierge.services.people import only
from concierge.services.steps import Taking, before, follow, take
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

OPEN_TO_OFFERS = ("triaged", "declined")
ROUNDS = 3
"""So many times the machine asks others by itself; then the bureau decides."""
LONGEST_CAUSE = 500


def offer_order(
    session: Session, *, actor: Actor, now: datetime, order_id: int, version: int | None, expert_ids: Sequence[int] = ()
) -> list[int]:
    """Offer an order to these experts, or to the best ones, and dispatch it; the experts asked.

    Raises NotFound, Invalid for an expert who cannot be asked, or Refusal with all reasons.
    """
    only(actor, *NAMERS)
    with transaction(session):
        order = order_in_sight(session, actor, order_id)
        act = Act(actor, now, calendar_of(session, actor.district_id))
        asked = _offer(session, order, act, expert_ids)
        _take(session, Flow.dispatch, Wanted(order_id, version), act)
        return asked


def _offer(session: Session, order: DispatchOrder, act: Act, wanted: Sequence[int]) -> list[int]:
    """Write offers to the wanted experts, or to the best who are neither away nor have refused already."""
    found = candidates(session, order)
    if wanted:
        chosen = [each for each in found if each.expert_id in set(wanted)]
        if len(chosen) != len(set(wanted)):
            raise Invalid.because("unknown_expert", _("Please choose experts of the order's field."), "experts")
    else:
        fit = [each for each in found if not each.inputs.away and not each.inputs.refused]
        chosen = fit[:ASKED_AT_ONCE]
    rows = [
        {"id": new_id(), "district_id": act.actor.district_id, "order_id": order.id, "expert_id": each.expert_id}
        | {"person_id": each.person_id, "rank": each.rank, "points": each.total, "inputs": each.inputs.as_json()}
        | {"offered_at": act.now, "answer": None, "cause": "", "answered_at": None}
        for each in chosen
    ]
    if rows:
        session.execute(insert(DispatchOffer), rows)
        count_named(session, [order.id])
    return [each.expert_id for each in chosen]


def _take(session: Session, step: Any, wanted: Wanted, act: Act) -> None:
    report = take(session, step, [wanted], act)
    if report.absent:
        raise NotFound()
    for reasons in report.held.values():
        raise Refusal(*reasons)


def _answer(session: Session, now: datetime, answer: str, *where: Any, cause: str = "") -> list[int]:
    """Close open offers with an answer; the experts whose they were."""
    closed = session.execute(
        update(DispatchOffer)
        .where(DispatchOffer.answer.is_(None), *where)
        .values(answer=answer, cause=cause, answered_at=now)
        .returning(DispatchOffer.expert_id)
        .execution_options(synchronize_session=False)
    )
    return list(closed.scalars())


@before(Flow.accept)
def give_it_to_him(taking: Taking, ids: list[int]) -> None:
    """Whoever accepts an offer goes, and leads; the other offers are closed. A bureau accepts for those it has named.

    Raises Refusal for an order on which nobody goes.
    """
    session, act, o = taking.session, taking.act, DispatchOffer
    if act.actor.has(Role.EXPERT) and act.actor.person_id is not None:
        for order_id in ids:
            mine = (o.order_id == order_id, o.person_id == act.actor.person_id)
            for expert in _answer(session, act.now, "accepted", *mine):
                _send(session, act.actor, order_id, expert)
    _answer(session, act.now, "taken", among(o.order_id, ids))
    count_named(session, ids)
    named = select(DispatchMember.order_id).where(among(DispatchMember.order_id, ids))
    if set(ids) - set(session.execute(named).scalars()):
        raise Refusal.because("nobody_goes", _("nobody has accepted; name the expert who goes"))


def _send(session: Session, actor: Actor, order_id: int, expert_id: int) -> None:
    here = select(DispatchMember.expert_id, DispatchMember.is_lead).where(DispatchMember.order_id == order_id)
    known = {row.expert_id: row.is_lead for row in session.execute(here)}
    if expert_id not in known:
        add_members(session, actor, [(order_id, [expert_id])], has_lead=any(known.values()))


@before(Flow.decline, Flow.cancel)
def close_the_offers(taking: Taking, ids: list[int]) -> None:
    """Nobody is asked any more."""
    _answer(taking.session, taking.act.now, "taken", among(DispatchOffer.order_id, ids))
    count_named(taking.session, ids)


def decline_offer(session: Session, *, actor: Actor, now: datetime, order_id: int, cause: str) -> None:
    """An expert declines with a cause. The order comes back to the bureau once nobody else is asked.

    Raises Invalid without a cause or for one too long, NotFound for an order that is not offered to him, or Refusal.
    """
    cause = within(cause, LONGEST_CAUSE, "reason")
    if not cause:
        raise Invalid.because("reason_missing", _("Please give a reason."), "reason")
    with transaction(session):
        o = DispatchOffer
        mine = (o.order_id == order_id, o.person_id == (actor.person_id or 0))
        declined = _answer(session, now, "declined", *mine, cause=cause)
        act = Act(actor, now, calendar_of(session, actor.district_id), cause)
        if not declined:  # named, not asked: then it is his step
            _take(session, Flow.decline, Wanted(order_id), act)
            return
        record(session, act="decline-offer", actor=actor, now=now, subject_kind="dispatch_order", subject_id=order_id)
        count_named(session, [order_id])
        if not _somebody_left(session, order_id):
            follow(session, Flow.decline, [order_id], act)


def _somebody_left(session: Session, order_id: int) -> bool:
    left = select(DispatchOrder.named).where(DispatchOrder.id == order_id)
    return session.execute(left).scalar_one() > 0


def answer_for_expert(
    session: Session, *, actor: Actor, now: datetime, order_id: int, expert_id: int, accepts: bool, cause: str = ""
) -> None:
    """The bureau writes down what an expert answered on the telephone. Raises NotFound, Invalid, or Refusal."""
    only(actor, *NAMERS)
    if not accepts and not cause.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "reason")
    with transaction(session):
        order_in_sight(session, actor, order_id)
        o = DispatchOffer
        his = (o.order_id == order_id, o.expert_id == expert_id)
        if not _answer(session, now, "accepted" if accepts else "declined", *his, cause=cause.strip()):
            raise NotFound()
        act = Act(actor, now, calendar_of(session, actor.district_id), cause.strip() or None)
        if accepts:
            _send(session, actor, order_id, expert_id)
            _take(session, Flow.accept, Wanted(order_id), act)
            return
        count_named(session, [order_id])
        if not _somebody_left(session, order_id):
            _take(session, Flow.decline, Wanted(order_id), act)


def pass_on_unanswered(session: Session, *, actor: Actor, now: datetime) -> int:
    """Orders whose experts did not answer in time come back, and the next best are asked; how many came back.

    After three rounds, or when nobody fit is left, the bureau decides.
    """
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id), str(_("No answer within the limit")))
        late = select(Case.id).where(
            Case.kind == Flow.kind, Case.state == "dispatched", Case.due_nth < act.calendar.nth_of(now)
        )
        open_offers = select(DispatchOffer.order_id).where(DispatchOffer.answer.is_(None))
        ids = list(session.execute(late.where(Case.id.in_(open_offers)).order_by(Case.id)).scalars())
        for order_id in ids:
            _answer(session, now, "lapsed", DispatchOffer.order_id == order_id)
            follow(session, Flow.decline, [order_id], act)
            _ask_the_next(session, order_id, act)
    return len(ids)


def _ask_the_next(session: Session, order_id: int, act: Act) -> None:
    order = session.get_one(DispatchOrder, order_id, populate_existing=True)
    rounds = select(DispatchOffer.offered_at).where(DispatchOffer.order_id == order_id).distinct()
    if len(session.execute(rounds).all()) < ROUNDS and _offer(session, order, act, ()):
        follow(session, Flow.dispatch, [order_id], act)
