"""Proof that the books are right: every figure that is kept is counted again from the rows it stands for.

Each check names the first row that breaks it. Nothing is repaired here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from concierge.models.budget import BudgetLine, LedgerCorrection
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem, Posting
from concierge.queries.money_at import given, posted
from concierge.services.ledger import Purse
from concierge.services.payments import LIVE
from concierge.services.verify_claims import CLAIMED
from concierge.services.verify_clawbacks import CLAWBACKS
from concierge.services.verify_settlement import SETTLEMENT


@dataclass(frozen=True)
class Check:
    """One law of the books: whether it holds, and if not, the first row that breaks it and how many do."""

    name: str
    ok: bool
    broken: str = ""
    count: int = 0


MIRROR: dict[str, tuple[str, ...]] = {
    "pending": ("approved", "carried_over"),
    "held": ("approved", "carried_over"),
    "approved": ("budget_reserved",),
    "batched": ("paying",),
    "sent": ("paying",),
    "success": ("paid", "archived"),
    "closed": ("paid", "archived"),
    "bounced": ("bounced",),
}
"""The states a claim may be in while its live item is in a state."""

HOLDS_MONEY = ("approved", "batched", "sent")
HAS_SPENT = ("success", "closed")


def verify_money(session: Session) -> list[Check]:
    """Every check of the money of the session's district, in one order."""
    return [_check(session, name, build()) for name, build in CHECKS.items()]


def _check(session: Session, name: str, broken: Select[Any]) -> Check:
    rows = session.execute(broken.limit(1000)).all()
    if not rows:
        return Check(name, True)
    said = ", ".join(f"{key} {value}" for key, value in rows[0]._mapping.items())
    return Check(name, False, said, len(rows))


def _lines_are_not_overdrawn() -> Select[Any]:
    available = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    return select(BudgetLine.number, available.label("available_fen")).where(
        or_(available < 0, BudgetLine.reserved_fen < 0, BudgetLine.spent_fen < 0)
    )


def _lines_equal_their_postings() -> Select[Any]:
    """The ledger replayed gives what the lines keep; the page of a past day replays it with the same words."""
    reserved, spent = posted(Purse.RESERVED), posted(Purse.SPENT)
    wanted = select(
        BudgetLine.number,
        BudgetLine.reserved_fen,
        reserved.label("posted_reserved_fen"),
        BudgetLine.spent_fen,
        spent.label("posted_spent_fen"),
    )
    return wanted.where(or_(BudgetLine.reserved_fen != reserved, BudgetLine.spent_fen != spent))


def _lines_equal_their_movements() -> Select[Any]:
    moved = given()
    wanted = select(BudgetLine.number, BudgetLine.amount_fen, moved.label("moved_fen"))
    return wanted.where(BudgetLine.amount_fen != moved)


def _entries_sum_to_zero() -> Select[Any]:
    total = func.sum(Posting.amount_fen)
    return select(Posting.entry_id, total.label("sum_fen")).group_by(Posting.entry_id).having(total != 0)


def _items_hold_what_their_state_says() -> Select[Any]:
    """What was sent and is not answered is reserved; what the bank paid out is spent, with the tax kept back."""

    def on(purse: Purse) -> Any:
        wanted = select(func.coalesce(func.sum(Posting.amount_fen), 0))
        return wanted.where(Posting.case_id == PaymentItem.id, Posting.account == purse.value).scalar_subquery()

    state, settled = PaymentItem.state, PaymentItem.settled_fen
    reserved, spent = on(Purse.RESERVED), on(Purse.SPENT)
    should_reserve = case((state.in_(HOLDS_MONEY), PaymentItem.amount_fen - settled), else_=0)
    whole = and_(state.in_(HAS_SPENT), or_(settled > 0, PaymentItem.is_kept_whole))
    should_spend = case((whole, settled + PaymentItem.kept_fen), (state == "returned", 0), else_=settled)
    wanted = select(PaymentItem.number, state, reserved.label("reserved_fen"), spent.label("spent_fen"))
    return wanted.where(or_(reserved != should_reserve, spent != should_spend)).order_by(PaymentItem.id)


def _live() -> ColumnElement[bool]:
    """An item that stands for its claim: one that no other was issued after."""
    later = aliased(PaymentItem, flat=True)
    return and_(PaymentItem.state.in_(LIVE), ~exists(later.id).where(later.reissue_of_id == PaymentItem.id))


def _claims_mirror_their_items() -> Select[Any]:
    claim = aliased(Claim, flat=True)
    agree: list[ColumnElement[bool]] = [
        and_(PaymentItem.state == state, claim.state.in_(states)) for state, states in MIRROR.items()
    ]
    wanted = select(
        PaymentItem.number, PaymentItem.state, claim.number.label("claim"), claim.state.label("claim_state")
    ).join(claim, claim.id == PaymentItem.claim_id)
    return wanted.where(_live(), ~or_(*agree)).order_by(PaymentItem.id)


def _a_claim_has_one_live_item() -> Select[Any]:
    live = select(PaymentItem.claim_id, func.count().label("live_items"))
    return live.where(_live()).group_by(PaymentItem.claim_id).having(func.count() > 1)


def _what_waits_is_in_no_batch() -> Select[Any]:
    """The desks of finance seek what waits among the payments that are in no batch."""
    waits = PaymentItem.state.in_(("pending", "held", "approved"))
    wanted = select(PaymentItem.number, PaymentItem.state).where(waits, PaymentItem.batch_id.is_not(None))
    return wanted.order_by(PaymentItem.id)


def _closed_lines_are_empty() -> Select[Any]:
    """A closed line holds what was spent and what is still at the bank, and nothing else."""
    left = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    return select(BudgetLine.number, left.label("left_fen")).where(BudgetLine.closed_at.is_not(None), left != 0)


def _corrections_are_posted() -> Select[Any]:
    """A confirmed correction took its sum off the one line and charged it to the other."""
    c = LedgerCorrection

    def spent(entry: Any, line: Any) -> Any:
        wanted = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
            Posting.entry_id == entry, Posting.budget_line_id == line, Posting.account == Purse.SPENT.value
        )
        return wanted.correlate(c).scalar_subquery()

    out, into = spent(c.out_entry_id, c.from_line_id), spent(c.in_entry_id, c.to_line_id)
    wanted = select(c.id.label("correction"), c.amount_fen, out.label("out_fen"), into.label("in_fen"))
    return wanted.where(c.kind == "confirmed", or_(out != -c.amount_fen, into != c.amount_fen)).order_by(c.id)


CHECKS: dict[str, Callable[[], Select[Any]]] = {
    "budget_lines_not_overdrawn": _lines_are_not_overdrawn,
    "budget_lines_equal_postings": _lines_equal_their_postings,
    "budget_lines_equal_movements": _lines_equal_their_movements,
    "closed_lines_are_empty": _closed_lines_are_empty,
    "entries_sum_to_zero": _entries_sum_to_zero,
    "corrections_are_posted": _corrections_are_posted,
    "items_hold_what_their_state_says": _items_hold_what_their_state_says,
    "claims_mirror_items": _claims_mirror_their_items,
    "one_live_item_per_claim": _a_claim_has_one_live_item,
    "what_waits_is_in_no_batch": _what_waits_is_in_no_batch,
    **CLAIMED,
    **SETTLEMENT,
    **CLAWBACKS,
}
