"""The proof of the books finds every kind of damage and names the row."""

from sqlalchemy import insert, select, update

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction
from concierge.models.payment import PaymentBatch, PaymentItem, Posting
from concierge.models.policy import PolicyVersion
from concierge.services.verify_money import CHECKS, verify_money
from concierge.workflows.clawback import ClawbackFlow
from tests import cases
from tests.databases import DISTRICT
from tests.office import EXPERT, FINANCE
from tests.paying import ENTITLEMENT, HOUSING, NOW, VERSION, Paying

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
    "what_waits_is_in_no_batch": lambda batch, item: update(Case).where(Case.id == item).values(state="approved"),
    "claims_equal_accruals": lambda batch, item: update(Claim).values(amount_fen=Claim.amount_fen + 1),
    "nothing_due_when_over": lambda batch, item: (
        update(Case).where(Case.kind == "entitlement").values(state="completed", is_open=False)
    ),
    "recoveries_name_corrections": lambda batch, item: update(Clawback).values(entitlement_id=ENTITLEMENT + 1),
    "no_more_kept_than_owed": lambda batch, item: (
        update(PaymentItem)
        .where(PaymentItem.id == item)
        .values(offset_fen=1, clawback_id=select(Clawback.id).scalar_subquery())
    ),
    "units_are_paid_as_units": lambda batch, item: update(PolicyVersion).values(kind="to_employer"),
}


def _asked_back(paying: Paying) -> None:
    """A recovery that names the correction it asks back."""
    here = {"district_id": DISTRICT, "entitlement_id": ENTITLEMENT}
    with paying.session() as session, transaction(session):
        accrual = session.execute(select(Accrual.id).limit(1)).scalar_one()
        correction = {"id": new_id(), "person_id": EXPERT, "accrual_id": accrual, "policy_version_id": VERSION}
        correction |= {"number": 1, "amount_fen": -100, "arrears_id": None, "at": NOW}
        session.execute(insert(Correction), [correction | here])
        own = {"entitlement_id": ENTITLEMENT, "paying_unit_id": FINANCE, "formula": "full_return"}
        line = {
            "id": new_id(),
            "district_id": DISTRICT,
            "clawback_id": cases.put(session, ClawbackFlow, "opened", **own),
        }
        session.execute(insert(ClawbackLine), [line | {"correction_id": correction["id"], "amount_fen": 100}])


def test_each_kind_of_damage_behind_our_back_is_found_and_named(paying: Paying) -> None:
    batch = paying.sent(60_000 * YUAN)
    [item] = paying.items_of(batch)
    _asked_back(paying)
    assert broken(paying) == {}
    for name, damage in DAMAGE.items():
        with paying.session() as session:
            session.execute(damage(batch, item).execution_options(synchronize_session=False))
            found = {check.name: check.broken for check in verify_money(session) if not check.ok}
            session.rollback()
        assert found.get(name), name
    assert broken(paying) == {}


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
