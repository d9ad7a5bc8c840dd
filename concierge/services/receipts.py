"""The third side of a settlement: what the expert says has arrived (product: three-way settlement)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.run import Act
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.rules.settlement import Cause
from concierge.services.calendars import calendar_of
from concierge.services.differences import Seen, open_differences

ARRIVED = ("success", "closed")
MOST_FEN = 10**13


def confirm_receipt(session: Session, *, actor: Actor, now: datetime, item_id: int, amount_fen: int) -> bool:
    """The expert says how much of a payment arrived, in fen (0: nothing); whether that is what the bank reported.

    Said once: another sum than the bank's opens a difference that finance must settle. Raises NotFound for other
    people's payments, Invalid for an impossible amount, Refusal when the bank has not reported it or it was already
    answered.
    """
    if not 0 <= amount_fen <= MOST_FEN:
        raise Invalid.because("out_of_range", _("The amount is outside the permitted range."), "amount")
    with transaction(session):
        p = PaymentItem
        columns = (p.id, p.state, p.batch_id, p.settled_fen, p.confirmed_at)
        own = select(*columns).where(p.id == item_id, p.expert_id == actor.person_id, p.payee_id.is_(None))
        item = session.execute(own.with_for_update()).one_or_none() if actor.has(Role.EXPERT) else None
        if item is None or actor.person_id is None:
            raise NotFound()
        if item.state not in ARRIVED:
            raise Refusal.because("not_reported", _("the bank has not reported this payment yet"))
        if item.confirmed_at is not None:
            raise Refusal.because("already_answered", _("you have already answered this"))
        session.execute(update(p).where(p.id == item_id).values(confirmed_fen=amount_fen, confirmed_at=now))
        record(
            session,
            act="confirm-receipt",
            actor=actor,
            now=now,
            subject_kind="payment_item",
            subject_id=item_id,
            person_id=actor.person_id,
            data={"agrees": amount_fen == item.settled_fen},
        )
        if amount_fen == item.settled_fen:
            return True
        act = Act(actor, now, calendar_of(session, actor.district_id))
        seen = Seen(Cause.CONFIRMED, item_id, item.settled_fen, amount_fen)
        open_differences(session, item.batch_id, [seen], act)
        return False
