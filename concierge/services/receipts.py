"""The third side of a settlement: what the expert says has arrived (product: three-way settlement)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role

ARRIVED = ("success", "closed")
MOST_FEN = 10**13


def confirm_receipt(session: Session, *, actor: Actor, now: datetime, item_id: int, amount_fen: int) -> bool:
    """The expert says how much of a payment arrived, in fen (0: nothing); whether that is what the bank reported.

    Said once: a difference stays visible until finance has settled it. Raises NotFound for other people's payments,
    Invalid for an impossible amount, Refusal when the bank has not reported it or it was already answered.
    """
    if not 0 <= amount_fen <= MOST_FEN:
        raise Invalid.because("out_of_range", _("The amount is outside the permitted range."), "amount")
    with transaction(session):
        p = PaymentItem
        own = select(p.id, p.state, p.amount_fen, p.confirmed_at).where(p.id == item_id, p.expert_id == actor.person_id)
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
            data={"agrees": amount_fen == item.amount_fen},
        )
        return bool(amount_fen == item.amount_fen)
