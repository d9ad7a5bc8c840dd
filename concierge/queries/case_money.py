"""What a case of money is about: the facts on the page of a payment, a batch, a difference."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.formats import long_day, money
from concierge.basics.text import Bilingual, Text, _
from concierge.models.budget import BudgetLine
from concierge.models.clawback import Clawback
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.settlement import Difference
from concierge.rules.clawback import GROUNDS, Formula
from concierge.rules.identifiers import mask_account
from concierge.rules.settlement import Cause

Fact = tuple[Text, Any]


def _payment(session: Session, case: PaymentItem) -> list[Fact]:
    found: list[Fact] = [(_("Amount"), money(case.amount_fen)), (_("Payee"), case.payee_name)]
    found.append((_("Receiving account"), f"{case.bank_name} {mask_account(case.account_last4)}".strip()))
    line = select(BudgetLine.name_zh, BudgetLine.name_en).where(BudgetLine.id == case.budget_line_id)
    if case.budget_line_id is not None and (named := session.execute(line).first()) is not None:
        found.append((_("Budget line"), Bilingual(named.name_zh, named.name_en)))
    if case.bounce_reason:
        found.append((_("Why it came back"), case.bounce_reason))
    if case.paid_on is not None:
        found.append((_("Paid on"), long_day(case.paid_on)))
    return found


def _batch(session: Session, case: Any) -> list[Fact]:
    return [
        (_("Payment lines"), case.count),
        (_("Total"), money(case.total_fen)),
        (_("Arrived"), money(case.success_fen)),
        (_("Came back"), money(case.bounced_fen)),
        (_("Not answered"), money(case.pending_fen)),
        (_("Payment application"), case.application_number),
    ]


def _difference(session: Session, case: Difference) -> list[Fact]:
    batch = session.execute(select(PaymentBatch.number).where(PaymentBatch.id == case.batch_id)).scalar_one()
    found: list[Fact] = [(_("What differs"), Cause(case.cause).label), (_("Batch"), batch)]
    number = session.execute(select(PaymentItem.number).where(PaymentItem.id == case.item_id)).scalar_one_or_none()
    found.append((_("Payment"), number or case.told))
    found.append((_("Sent to the bank"), money(case.approved_fen)))
    found.append((_("Returned by the bank"), money(case.returned_fen)))
    if case.confirmed_fen is not None:
        found.append((_("Confirmed by the expert"), money(case.confirmed_fen)))
    if case.missing_fen:
        found.append((_("Missing"), money(case.missing_fen)))
    return found


def _clawback(session: Session, case: Clawback) -> list[Fact]:
    found: list[Fact] = [(_("Formula"), Formula(case.formula).label)]
    if case.served_until is not None:
        found += [
            (_("Ground"), GROUNDS.get(case.ground, Text(case.ground))),
            (_("Last day of service"), long_day(case.served_until)),
            (_("Months served of the term"), f"{case.served_months} / {case.term_months}"),
            (_("Whole sum of the right"), money(case.total_fen)),
            (_("Paid so far"), money(case.paid_fen)),
            (_("By the formula"), money(case.due_fen)),
        ]
    if case.heard_until is not None:
        found.append((_("May be stated until"), long_day(case.heard_until)))
    if case.statement:
        found.append((_("Statement of the person"), case.statement))
    if case.decided_fen:
        found += [(_("Decided"), money(case.decided_fen)), (_("Legal basis"), case.basis)]
        found += [(_("Recovered"), money(case.recovered_fen)), (_("Left"), money(case.owed_fen))]
    if case.written_off_fen:
        found.append((_("Written off"), money(case.written_off_fen)))
    return found


MONEY_TELLERS: Mapping[str, Callable[[Session, Any], list[Fact]]] = {
    "payment_item": _payment,
    "payment_batch": _batch,
    "difference": _difference,
    "clawback": _clawback,
}
