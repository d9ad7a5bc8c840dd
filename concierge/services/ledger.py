"""Movements of money in balanced double entry, in the transaction that moves it (architecture: money).

A line's amount lies on three accounts: available, reserved, spent. What a step moves is posted once for each item and
round: an item that was approved, released and approved again has two rounds.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import new_id
from concierge.db import add_rows, among, fixed
from concierge.engine.run import Act
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem, Posting
from concierge.models.person import Person
from concierge.models.policy import Policy
from concierge.rules.purses import WAYS, Movement, Purse

__all__ = ["Movement", "Purse", "held_by", "post", "reserved_among", "shift"]


_CLAIM = aliased(Claim, flat=True)


def post(
    session: Session, movement: Movement, item_ids: Sequence[int], act: Act, *, parts: Mapping[int, int] | None = None
) -> None:
    """Post a movement for items that name a budget line: two rows each, which sum to zero.

    `parts` (fen by item) moves less than the whole amount. The line's own figures move with it, but for RESERVE,
    where the gate has already moved them.
    """
    found = session.execute(_movables(movement), {"items": list(item_ids)}).all()
    if not found:
        return
    source, target = WAYS[movement]
    rows: list[dict[str, Any]] = []
    sums: dict[int, int] = {}
    for item in found:
        entry, fen = new_id(), item.amount_fen if parts is None else parts[item.id]
        common = {
            "district_id": act.actor.district_id,
            "entry_id": entry,
            "case_id": item.id,
            "act": _name(movement, item, partly=parts is not None),
            "budget_line_id": item.budget_line_id,
            "person_id": item.expert_id,
            "household_id": item.household_id,
            "policy_group": item.group,
            "period": item.period,
            "year": item.year,
            "reverses_id": item.reserved_by if source is Purse.RESERVED else None,
            "actor_id": act.actor.account_id,
            "at": act.now,
        }
        rows.append(common | {"id": entry, "account": source.value, "amount_fen": -fen})
        rows.append(common | {"id": new_id(), "account": target.value, "amount_fen": fen})
        sums[item.budget_line_id] = sums.get(item.budget_line_id, 0) + fen
    add_rows(session, Posting, rows)
    if movement is not Movement.RESERVE:
        shift(session, sums, source, target)


def _name(movement: Movement, item: Any, *, partly: bool) -> str:
    """A movement comes once in each round of an item ("reserve.2"); its parts are numbered ("disburse.1.2")."""
    rounds = max(item.rounds + (movement is Movement.RESERVE), 1)
    if partly:
        return f"{movement.value}.{rounds}.{item.earlier + 1}"
    return movement.value if rounds == 1 else f"{movement.value}.{rounds}"


@cache
def _movables(movement: Movement) -> Any:
    """Items with what a posting says of them, how often they were reserved and so moved, the last reservation."""
    reserved = select(Posting.case_id, func.count().label("rounds"), func.max(Posting.id).label("last"))
    reserved = reserved.where(
        among(Posting.case_id, name="items"), Posting.account == Purse.RESERVED.value, Posting.amount_fen > 0
    )
    past = reserved.group_by(Posting.case_id).subquery()
    # A column is counted, not rows: so the district is asked for too, without which SQLite walks all entries.
    same = select(func.count(Posting.id)).where(
        Posting.case_id == PaymentItem.id, Posting.act.startswith(movement.value), Posting.amount_fen > 0
    )
    return fixed(
        select(
            PaymentItem.id,
            PaymentItem.amount_fen,
            PaymentItem.budget_line_id,
            PaymentItem.expert_id,
            Person.household_id,
            Policy.group,
            _CLAIM.period,
            BudgetLine.year,
            func.coalesce(past.c.rounds, 0).label("rounds"),
            past.c.last.label("reserved_by"),
            same.correlate(PaymentItem).scalar_subquery().label("earlier"),
        )
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .join(BudgetLine, BudgetLine.id == PaymentItem.budget_line_id)
        .outerjoin(Person, Person.id == PaymentItem.expert_id)
        .outerjoin(past, past.c.case_id == PaymentItem.id)
        .where(among(PaymentItem.id, name="items"))
        .order_by(PaymentItem.id)
    )


def shift(session: Session, sums: Mapping[int, int], source: Purse, target: Purse) -> None:
    """Move the lines' kept figures; lines in the order of their ids, so that two acts never wait for each other."""
    columns = {Purse.RESERVED: BudgetLine.reserved_fen, Purse.SPENT: BudgetLine.spent_fen}
    for line, fen in sorted(sums.items()):
        values = {column: column - fen for purse, column in columns.items() if purse is source}
        values |= {column: column + fen for purse, column in columns.items() if purse is target}
        session.execute(update(BudgetLine).where(BudgetLine.id == line).values(values))


def reserved_among(session: Session, item_ids: Sequence[int]) -> list[int]:
    """Which of these items hold a reservation now, in the order of their ids."""
    return [item for item, fen in held_by(session, item_ids, Purse.RESERVED).items() if fen > 0]


def held_by(session: Session, item_ids: Sequence[int], purse: Purse) -> dict[int, int]:
    """By item, in the order of their ids: what it has in a purse now (fen); items with nothing are left out."""
    rows = session.execute(
        select(Posting.case_id, func.sum(Posting.amount_fen).label("fen"))
        .where(among(Posting.case_id, item_ids), Posting.account == purse.value)
        .group_by(Posting.case_id)
        .having(func.sum(Posting.amount_fen) != 0)
        .order_by(Posting.case_id)
    )
    return {row.case_id: int(row.fen) for row in rows}
