"""Proof of the clawbacks: what came back, what is written off and what is owed agree with receipts and ledger."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select

from concierge.models.clawback import Clawback, ClawbackInstalment, Recovery
from concierge.models.payment import PaymentItem, Posting
from concierge.rules.purses import Purse
from concierge.services.kept_payments import FOR_SURE, PLANNED


def _posted(purse: Purse) -> Any:
    wanted = select(func.coalesce(func.sum(Posting.amount_fen), 0))
    return wanted.where(Posting.case_id == Clawback.id, Posting.account == purse.value).scalar_subquery()


def _debts_equal_their_postings() -> Select[Any]:
    """A person owes what the ledger says; what came back was taken from what had been spent."""
    owed, back, given_up = _posted(Purse.RECEIVABLE), _posted(Purse.SPENT), _posted(Purse.WRITTEN_OFF)
    wanted = select(Clawback.number, Clawback.owed_fen.label("owed_fen"), owed.label("posted_fen"))
    left = Clawback.decided_fen - Clawback.recovered_fen - Clawback.written_off_fen
    wrong = or_(
        left != Clawback.owed_fen,
        owed != Clawback.owed_fen,
        back != -Clawback.recovered_fen,
        given_up != Clawback.written_off_fen,
    )
    return wanted.where(wrong).order_by(Clawback.id)


def _recoveries_are_receipts() -> Select[Any]:
    received = select(func.coalesce(func.sum(Recovery.amount_fen), 0)).where(Recovery.clawback_id == Clawback.id)
    said = received.scalar_subquery()
    wanted = select(Clawback.number, Clawback.recovered_fen, said.label("receipts_fen"))
    return wanted.where(Clawback.recovered_fen != said).order_by(Clawback.id)


def _nobody_pays_back_more_than_he_got() -> Select[Any]:
    wanted = select(Clawback.number, Clawback.decided_fen, Clawback.due_fen, Clawback.paid_fen)
    wrong = or_(Clawback.decided_fen > Clawback.due_fen, Clawback.due_fen > Clawback.paid_fen)
    return wanted.where(wrong).order_by(Clawback.id)


def _instalments_are_within_the_debt() -> Select[Any]:
    i = ClawbackInstalment
    filled = select(func.coalesce(func.sum(i.paid_fen), 0)).where(i.clawback_id == Clawback.id).scalar_subquery()
    wanted = select(Clawback.number, Clawback.recovered_fen, filled.label("filled_fen"))
    return wanted.where(filled > Clawback.recovered_fen).order_by(Clawback.id)


def _no_more_is_kept_than_owed() -> Select[Any]:
    """What payments under way keep is still owed when they come through."""
    kept = select(PaymentItem.clawback_id, func.sum(PaymentItem.offset_fen).label("fen")).where(
        PaymentItem.clawback_id.is_not(None), PaymentItem.state.in_((*PLANNED, *FOR_SURE))
    )
    planned = kept.group_by(PaymentItem.clawback_id).subquery()
    wanted = select(Clawback.number, Clawback.owed_fen, planned.c.fen.label("kept_fen"))
    wanted = wanted.join(planned, planned.c.clawback_id == Clawback.id)
    return wanted.where(planned.c.fen > Clawback.owed_fen).order_by(Clawback.id)


CLAWBACKS: Mapping[str, Callable[[], Select[Any]]] = {
    "debts_equal_postings": _debts_equal_their_postings,
    "recoveries_are_receipts": _recoveries_are_receipts,
    "no_more_back_than_paid": _nobody_pays_back_more_than_he_got,
    "instalments_within_debt": _instalments_are_within_the_debt,
    "no_more_kept_than_owed": _no_more_is_kept_than_owed,
}
