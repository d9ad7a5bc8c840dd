"""Which budget line fits which payment item: of its paying unit and year, for its policy group, with enough left."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.db import among
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy

_CLAIM = aliased(Claim, flat=True)


def proposed_lines(session: Session, item_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """By item: the proposed line's id; items that no line fits are left out.

    A line with enough left goes before a short one, one made for the policy group before one for any policy, then
    the lower number. What earlier items of the same list would take is counted.
    """
    items = session.execute(
        select(PaymentItem.id, PaymentItem.amount_fen, PaymentItem.paying_unit_id, Policy.group)
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .where(among(PaymentItem.id, item_ids))
        .order_by(PaymentItem.due_on, PaymentItem.id)
    ).all()
    lines = session.execute(
        select(
            BudgetLine.id,
            BudgetLine.number,
            BudgetLine.unit_id,
            BudgetLine.policy_groups,
            (BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen).label("left"),
        ).where(
            BudgetLine.year == local_date(now, SHANGHAI).year,
            among(BudgetLine.unit_id, {item.paying_unit_id for item in items}),
        )
    ).all()
    left = {line.id: int(line.left) for line in lines}
    found: dict[int, int] = {}
    for item in items:
        fitting = [line for line in lines if _fits(line, item)]
        if fitting:
            best = min(fitting, key=lambda line: _rank(line, item.amount_fen, left[line.id]))
            found[item.id] = best.id
            left[best.id] -= item.amount_fen
    return found


def _fits(line: Any, item: Any) -> bool:
    return line.unit_id == item.paying_unit_id and (not line.policy_groups or item.group in line.policy_groups)


def _rank(line: Any, fen: int, left: int) -> tuple[bool, bool, str]:
    return left < fen, not line.policy_groups, line.number
