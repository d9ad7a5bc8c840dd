"""The proof of the books finds every kind of damage and names the row."""

import pytest
from sqlalchemy import insert, update

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine
from concierge.models.payment import PaymentBatch, PaymentItem, Posting
from concierge.services.verify_money import CHECKS, verify_money
from tests.databases import DISTRICT
from tests.paying import HOUSING, NOW, Paying

YUAN = 100


def broken(paying: Paying) -> dict[str, str]:
    with paying.session() as session, transaction(session):
        return {check.name: check.broken for check in verify_money(session) if not check.ok}


def test_books_in_every_state_of_an_item_are_in_order(paying: Paying) -> None:
    paying.pending(100)
    paying.prepared(200)
    paying.approved(300)
    paying.batch(400)
    paying.sent(500)
    assert broken(paying) == {}
    with paying.session() as session, transaction(session):
        assert [check.name for check in verify_money(session)] == list(CHECKS)


DAMAGE = {
    "budget_lines_equal_postings": lambda batch, item: (
        update(BudgetLine).where(BudgetLine.id == HOUSING).values(reserved_fen=1)
    ),
    "budget_lines_equal_movements": lambda batch, item: (
        update(BudgetLine).where(BudgetLine.id == HOUSING).values(amount_fen=BudgetLine.amount_fen + 1)
    ),
    "items_hold_what_their_state_says": lambda batch, item: (
        update(PaymentItem).where(PaymentItem.id == item).values(amount_fen=1)
    ),
    "batches_add_up": lambda batch, item: (
        update(PaymentBatch).where(PaymentBatch.id == batch).values(total_fen=1, pending_fen=1)
    ),
    "claims_mirror_items": lambda batch, item: update(Case).where(Case.kind == "claim").values(state="approved"),
    "arrived_only_by_bank_result": lambda batch, item: update(Case).where(Case.id == item).values(state="success"),
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_damage_behind_our_back_is_found_and_named(paying: Paying, name: str) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    with paying.session() as session, transaction(session):
        session.execute(DAMAGE[name](batch, item).execution_options(synchronize_session=False))
    found = broken(paying)
    assert name in found
    assert found[name]


def test_an_entry_out_of_balance_is_found(paying: Paying) -> None:
    paying.approved(60_000 * YUAN)
    with paying.session() as session, transaction(session):
        row = {"id": new_id(), "district_id": DISTRICT, "entry_id": 7, "case_id": paying.pending(1)[0]}
        row |= {"act": "x", "account": "available", "amount_fen": 5, "budget_line_id": HOUSING, "year": 2026}
        session.execute(insert(Posting), [row | {"actor_id": 1, "at": NOW}])
    assert "entries_sum_to_zero" in broken(paying)


def test_two_live_items_of_one_claim_are_found(paying: Paying) -> None:
    [first] = paying.pending(100)
    [second] = paying.pending(100)
    with paying.session() as session, transaction(session):
        session.execute(
            update(PaymentItem)
            .where(PaymentItem.id == second)
            .values(claim_id=paying.item(first).claim_id)
            .execution_options(synchronize_session=False)
        )
    assert "one_live_item_per_claim" in broken(paying)
