"""What payments keep against a clawback: planned while nobody has approved them, for sure from their approval on."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from concierge.models.payment import PaymentItem

PLANNED = ("pending", "held")
FOR_SURE = ("approved", "batched", "sent", "bounced")


def kept_from_payments(session: Session, case_id: int, states: tuple[str, ...] = (*PLANNED, *FOR_SURE)) -> int:
    """What is to be kept from payments in these states, without them from all that have not gone out yet (fen)."""
    kept = select(func.coalesce(func.sum(PaymentItem.offset_fen), 0)).where(
        PaymentItem.clawback_id == case_id, PaymentItem.state.in_(states)
    )
    return int(session.execute(kept).scalar_one())


def keep(session: Session, item_id: int, case_id: int, fen: int, whole_fen: int) -> None:
    """Let a payment of which `whole_fen` would go out keep so much; 0 lets it go out whole."""
    kept: dict[str, Any] = {"offset_fen": fen, "clawback_id": case_id if fen else None}
    wanted = update(PaymentItem).where(PaymentItem.id == item_id).values(**kept, is_kept_whole=0 < fen == whole_fen)
    session.execute(wanted.execution_options(synchronize_session=False))


def keep_no_more(session: Session, case_id: int, left_fen: int) -> None:
    """Payments that nobody has approved keep no more than is left of the debt (fen), the oldest first."""
    item = PaymentItem
    planned = select(item.id, item.offset_fen, (item.net_fen + item.offset_fen).label("whole")).where(
        item.clawback_id == case_id, item.state.in_(PLANNED)
    )
    for row in session.execute(planned.order_by(item.id).with_for_update()).all():
        fen = min(row.offset_fen, left_fen)
        keep(session, row.id, case_id, fen, row.whole)
        left_fen -= fen
