"""Lines of a batch: items enter and leave, and the batch's totals are counted from its rows each time."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Reason, Refusal
from concierge.basics.text import _
from concierge.db import among
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.payment import PaymentItemFlow

BEING_MADE = ("draft", "checked")
"""A batch in these states may still lose a line; later its roster is frozen."""
ARRIVED = ("success", "closed", "returned")
CAME_BACK = ("bounced", "reissued", "cancelled")


_BATCH = aliased(PaymentBatch, flat=True)


def open_batch_items(session: Session, item_ids: Sequence[int]) -> list[int]:
    """Which of these items may still leave: those in no batch, and those whose batch is still being made."""
    rows = session.execute(
        select(PaymentItem.id)
        .outerjoin(_BATCH, _BATCH.id == PaymentItem.batch_id)
        .where(among(PaymentItem.id, item_ids), (PaymentItem.batch_id.is_(None)) | (_BATCH.state.in_(BEING_MADE)))
        .order_by(PaymentItem.id)
    )
    return list(rows.scalars())


def batches_of(session: Session, item_ids: Sequence[int]) -> list[int]:
    """The batches these items lie in."""
    rows = session.execute(
        select(PaymentItem.batch_id).where(among(PaymentItem.id, item_ids), PaymentItem.batch_id.is_not(None))
    )
    return sorted({batch for batch in rows.scalars() if batch is not None})


def forget_batch(session: Session, item_ids: Sequence[int]) -> None:
    """Take items out of their batches, and count those batches anew."""
    touched = batches_of(session, item_ids)
    session.execute(
        update(PaymentItem)
        .where(among(PaymentItem.id, item_ids))
        .values(batch_id=None)
        .execution_options(synchronize_session=False)
    )
    count_again(session, touched)


def hold_batch(session: Session, batch_id: int) -> None:
    """Lock a batch before its rows are counted, so that of two who count at once the second sees the first one's."""
    held = select(PaymentBatch.id).where(PaymentBatch.id == batch_id)
    session.execute(held.with_for_update(of=PaymentBatch.__table__))


def count_again(session: Session, batch_ids: Iterable[int]) -> None:
    """Count batches from their rows: lines, total, arrived, bounced, outstanding (fen)."""
    for batch_id in batch_ids:
        hold_batch(session, batch_id)
        session.execute(
            update(PaymentBatch)
            .where(PaymentBatch.id == batch_id)
            .values(**sums(session, batch_id))
            .execution_options(synchronize_session=False)
        )


def sums(session: Session, batch_id: int) -> dict[str, Any]:
    """The totals of a batch as its rows give them: what the bank is asked to pay, has paid, sent back, still owes."""
    net, settled, state = PaymentItem.net_fen, PaymentItem.settled_fen, PaymentItem.state
    back = case((state.in_((*ARRIVED, *CAME_BACK)), net - settled), else_=0)
    row = session.execute(
        select(
            func.count().label("count"),
            func.coalesce(func.sum(net), 0).label("total_fen"),
            func.coalesce(func.sum(settled), 0).label("success_fen"),
            func.coalesce(func.sum(back), 0).label("bounced_fen"),
        ).where(PaymentItem.batch_id == batch_id)
    ).one()
    whole = {name: int(value) for name, value in row._mapping.items()}
    return whole | {"pending_fen": whole["total_fen"] - whole["success_fen"] - whole["bounced_fen"]}


@before(PaymentItemFlow.enter_batch)
def _into_the_batch(taking: Taking, ids: list[int]) -> None:
    batch_id = taking.data.get("batch")
    if batch_id is None:
        raise Refusal(Reason("no_batch_named", _("items enter a batch from its own page")))
    taking.session.execute(
        update(PaymentItem)
        .where(among(PaymentItem.id, ids))
        .values(batch_id=batch_id)
        .execution_options(synchronize_session=False)
    )


@after(PaymentItemFlow.enter_batch)
def _count_with_the_new(taking: Taking, ids: list[int]) -> None:
    count_again(taking.session, [taking.data["batch"]])
    follow(taking.session, ClaimFlow.enter_batch, _claims(taking.session, ids), taking.act)


@after(PaymentItemFlow.leave_batch)
def _out_of_the_batch(taking: Taking, ids: list[int]) -> None:
    forget_batch(taking.session, ids)
    follow(taking.session, ClaimFlow.leave_batch, _claims(taking.session, ids), taking.act)


def _claims(session: Session, item_ids: Sequence[int]) -> list[int]:
    rows = session.execute(select(PaymentItem.claim_id).where(among(PaymentItem.id, item_ids)))
    return sorted(set(rows.scalars()))
