"""Proof of the three-way settlement: lines, bank answers, batches and differences tell one story (domain §3.2)."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import aliased

from concierge.models.payment import BankResult, PaymentBatch, PaymentItem
from concierge.models.settlement import Difference
from concierge.rules.bank_words import PARTIAL, REVERSED, SUCCESS
from concierge.services.batch_lines import ARRIVED, CAME_BACK
from concierge.services.differences import OPEN

_ITEM, _DIFFERENCE = aliased(PaymentItem, flat=True), aliased(Difference, flat=True)


def _of_batch(amount: Any, *where: Any) -> Any:
    wanted = select(func.coalesce(func.sum(amount), 0)).where(_ITEM.batch_id == PaymentBatch.id, *where)
    return wanted.correlate(PaymentBatch).scalar_subquery()


def _batches_add_up() -> Select[Any]:
    """Total = arrived + bounced + outstanding, each as the lines give it."""
    net, settled = _ITEM.net_fen, _ITEM.settled_fen
    total, arrived = _of_batch(net), _of_batch(settled)
    back = _of_batch(net - settled, _ITEM.state.in_((*ARRIVED, *CAME_BACK)))
    wanted = select(PaymentBatch.number, PaymentBatch.total_fen, total.label("lines_fen"))
    wrong = or_(
        PaymentBatch.total_fen != total,
        PaymentBatch.success_fen != arrived,
        PaymentBatch.bounced_fen != back,
        PaymentBatch.success_fen + PaymentBatch.bounced_fen + PaymentBatch.pending_fen != PaymentBatch.total_fen,
    )
    return wanted.where(wrong).order_by(PaymentBatch.id)


def _closed_batches_equal_their_statement() -> Select[Any]:
    """What arrived is what the statement showed, less what the bank reversed after the closing; nothing is open."""
    reversed_later = (
        select(func.coalesce(func.sum(BankResult.amount_fen), 0))
        .join(_ITEM, _ITEM.id == BankResult.item_id)
        .where(_ITEM.batch_id == PaymentBatch.id, _ITEM.state == "closed", BankResult.outcome == REVERSED)
        .correlate(PaymentBatch)
        .scalar_subquery()
    )
    wanted = select(PaymentBatch.number, PaymentBatch.statement_fen, PaymentBatch.success_fen)
    gone = PaymentBatch.statement_fen.is_distinct_from(PaymentBatch.success_fen + reversed_later)
    wrong = or_(gone, PaymentBatch.pending_fen != 0)
    return wanted.where(PaymentBatch.state.in_(("reconciled", "closed")), wrong).order_by(PaymentBatch.id)


def _lines_are_settled_by_bank_results() -> Select[Any]:
    """What a line counts as paid out is what the bank's answers come to, net of reversals."""
    sign = case((BankResult.outcome.in_((SUCCESS, PARTIAL)), 1), (BankResult.outcome == REVERSED, -1), else_=0)
    answered = select(func.coalesce(func.sum(BankResult.amount_fen * sign), 0))
    answered = answered.where(BankResult.item_id == PaymentItem.id).correlate(PaymentItem)
    said = answered.scalar_subquery()
    wanted = select(PaymentItem.number, PaymentItem.state, PaymentItem.settled_fen, said.label("answered_fen"))
    unanswered = ~select(BankResult.id).where(BankResult.item_id == PaymentItem.id).exists()
    bare = PaymentItem.state.in_(ARRIVED) & ~PaymentItem.is_kept_whole & unanswered
    return wanted.where(or_(PaymentItem.settled_fen != said, bare)).order_by(PaymentItem.id)


def _open_differences_are_counted() -> Select[Any]:
    counted = select(func.count()).where(_DIFFERENCE.batch_id == PaymentBatch.id, _DIFFERENCE.state.in_(OPEN))
    open_now = counted.select_from(_DIFFERENCE).correlate(PaymentBatch).scalar_subquery()
    wanted = select(PaymentBatch.number, PaymentBatch.differences_open, open_now.label("counted"))
    return wanted.where(PaymentBatch.differences_open != open_now).order_by(PaymentBatch.id)


def _who_disagrees_is_heard() -> Select[Any]:
    """An expert's other sum has a difference of its own, open or settled."""
    item = aliased(PaymentItem, flat=True)
    heard = select(_DIFFERENCE.id).where(_DIFFERENCE.item_id == item.id, _DIFFERENCE.confirmed_fen.is_not(None))
    wanted = select(item.number, item.settled_fen, item.confirmed_fen)
    other = item.confirmed_fen.is_not(None) & (item.confirmed_fen != item.settled_fen) & (item.state != "bounced")
    return wanted.where(other, item.settled_fen > 0, ~heard.exists()).order_by(item.id)


SETTLEMENT: Mapping[str, Callable[[], Select[Any]]] = {
    "batches_add_up": _batches_add_up,
    "closed_batches_equal_statement": _closed_batches_equal_their_statement,
    "arrived_only_by_bank_result": _lines_are_settled_by_bank_results,
    "differences_counted": _open_differences_are_counted,
    "other_sums_are_heard": _who_disagrees_is_heard,
}
