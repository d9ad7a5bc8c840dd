"""What the steps of a batch do: freezing the roster, application, sending, reconciling, closing (domain §3.2)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.text import _
from concierge.db import among
from concierge.models.payment import PaymentBatch, PaymentItem, Posting
from concierge.models.person import BankAccount
from concierge.services.batch_lines import ARRIVED, count_again, sums
from concierge.services.ledger import Movement, Purse
from concierge.services.resting import demand_awake
from concierge.services.steps import Taking, after, before, follow
from concierge.workflows.payment import PaymentBatchFlow, PaymentItemFlow

KEPT_SUMS = ("count", "total_fen", "success_fen", "bounced_fen", "pending_fen")


def _set(taking: Taking, ids: Sequence[int], **values: Any) -> None:
    taking.session.execute(
        update(PaymentBatch)
        .where(among(PaymentBatch.id, ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _items(session: Session, batch_id: int, *states: str) -> list[int]:
    wanted = select(PaymentItem.id).where(PaymentItem.batch_id == batch_id)
    if states:
        wanted = wanted.where(PaymentItem.state.in_(states))
    return sorted(session.execute(wanted).scalars())


def changed_since_approval(session: Session, batch_id: int) -> list[int]:
    """Lines whose payee, bank or account is no longer what was approved."""
    b = BankAccount
    differs = or_(
        PaymentItem.account_changed,
        b.id.is_(None),
        b.state != "settled",
        b.holder_name != PaymentItem.payee_name,
        b.bank_name != PaymentItem.bank_name,
        b.account_last4 != PaymentItem.account_last4,
    )
    rows = session.execute(
        select(PaymentItem.id)
        .outerjoin(b, b.id == PaymentItem.bank_account_id)
        .where(PaymentItem.batch_id == batch_id, differs)
        .order_by(PaymentItem.id)
    )
    return list(rows.scalars())


def roster_hash(session: Session, batch_id: int) -> str:
    """SHA-256 over the canonical rows of a batch: line, number, payee, account (its blind index), bank, amount, tax."""
    rows = session.execute(
        select(
            PaymentItem.number,
            PaymentItem.payee_name,
            BankAccount.account_index,
            PaymentItem.bank_name,
            BankAccount.branch_code,
            PaymentItem.amount_fen,
            PaymentItem.withheld_fen,
            PaymentItem.offset_fen,
        )
        .outerjoin(BankAccount, BankAccount.id == PaymentItem.bank_account_id)
        .where(PaymentItem.batch_id == batch_id)
        .order_by(PaymentItem.number)
    )
    digest = hashlib.sha256()
    for line, row in enumerate(rows, start=1):
        digest.update(json.dumps([line, *row], ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


@before(PaymentBatchFlow.change_lines)
def _something_changes(taking: Taking, ids: list[int]) -> None:
    if not taking.data.get("added") and not taking.data.get("removed"):
        raise Refusal(Reason("nothing_chosen", _("choose at least one line")))


@before(PaymentBatchFlow.freeze)
def _freeze_the_roster(taking: Taking, ids: list[int]) -> None:
    """Changed payees leave as held, the totals are counted again, and what is left is hashed."""
    session = taking.session
    for batch_id in ids:
        changed = changed_since_approval(session, batch_id)
        if changed:
            follow(session, PaymentItemFlow.fall_out, changed, taking.act)
        count_again(session, [batch_id])
        if not _items(session, batch_id):
            raise Refusal(Reason("batch_empty", _("the batch is empty")))
        _set(taking, [batch_id], roster_hash=roster_hash(session, batch_id))


@before(PaymentBatchFlow.apply)
def _note_the_application(taking: Taking, ids: list[int]) -> None:
    _set(taking, ids, application_number=taking.data["application_number"])


@before(PaymentBatchFlow.fiscal_approve)
def _note_the_fiscal_review(taking: Taking, ids: list[int]) -> None:
    _set(taking, ids, fiscal_note=taking.act.reason or "")


@before(PaymentBatchFlow.return_to_maker)
def _thaw_the_roster(taking: Taking, ids: list[int]) -> None:
    """What was frozen and applied for no longer holds; it stays in the history."""
    _set(taking, ids, roster_hash="", application_number="", fiscal_note="")


@before(PaymentBatchFlow.send)
def _send_what_was_frozen(taking: Taking, ids: list[int]) -> None:
    session, today = taking.session, local_date(taking.act.now, taking.act.calendar.zone)
    demand_awake(session, taking.act.actor.district_id)
    sent_on = date.fromisoformat(taking.data["sent_on"])
    if sent_on > today:
        raise Refusal(Reason("sent_later", _("the day of sending is still to come"), "sent_on"))
    for batch_id in ids:
        changed = changed_since_approval(session, batch_id)
        if changed:
            text = _("%(n)s payees have changed since the roster was frozen; return the batch", n=len(changed))
            raise Refusal(Reason("payee_changed", text))
        kept = session.execute(select(PaymentBatch.roster_hash).where(PaymentBatch.id == batch_id)).scalar_one()
        if kept != roster_hash(session, batch_id):
            raise Refusal(Reason("roster_differs", _("the lines are no longer those of the frozen roster")))
    _set(taking, ids, sent_on=sent_on)


@after(PaymentBatchFlow.send)
def _items_go_out(taking: Taking, ids: list[int]) -> None:
    for batch_id in ids:
        follow(taking.session, PaymentItemFlow.send, _items(taking.session, batch_id), taking.act)


@before(PaymentBatchFlow.reconcile)
def _three_ways(taking: Taking, ids: list[int]) -> None:
    """Lines, ledger and bank statement agree to the fen (domain §3.2), or nothing is reconciled."""
    for batch_id in ids:
        statement = int(taking.data["statement_fen"])
        success = _agreed(taking.session, batch_id)
        if statement != success:
            text = _("the statement shows %(a)s, the lines %(b)s", a=money(statement), b=money(success))
            raise Refusal(Reason("statement_differs", text, "statement_fen"))
        _set(taking, [batch_id], statement_fen=statement)


@before(PaymentBatchFlow.close)
def _still_agree(taking: Taking, ids: list[int]) -> None:
    for batch_id in ids:
        _agreed(taking.session, batch_id)


def _agreed(session: Session, batch_id: int) -> int:
    """The sum that arrived (fen), after the batch's own figures and the ledger were found to agree with its lines."""
    counted = sums(session, batch_id)
    kept = session.execute(
        select(*(getattr(PaymentBatch, name) for name in KEPT_SUMS)).where(PaymentBatch.id == batch_id)
    ).one()
    spent = _spent_through_the_bank(session, batch_id)
    if dict(kept._mapping) != counted or spent != counted["success_fen"]:
        text = _("the batch shows %(a)s arrived, the ledger %(b)s", a=money(kept.success_fen), b=money(spent))
        raise Refusal(Reason("ledger_differs", text))
    return int(counted["success_fen"])


def _spent_through_the_bank(session: Session, batch_id: int) -> int:
    """What the ledger says the bank has paid out for a batch (fen): without tax kept back and later returns."""
    spent = session.execute(
        select(func.coalesce(func.sum(Posting.amount_fen), 0))
        .join(PaymentItem, PaymentItem.id == Posting.case_id)
        .where(
            PaymentItem.batch_id == batch_id,
            Posting.account == Purse.SPENT.value,
            ~Posting.act.startswith(Movement.RETURN.value),
        )
    ).scalar_one()
    kept_back = session.execute(
        select(func.coalesce(func.sum(PaymentItem.kept_fen), 0)).where(
            PaymentItem.batch_id == batch_id, PaymentItem.state.in_(ARRIVED), PaymentItem.settled_fen > 0
        )
    ).scalar_one()
    return int(spent) - int(kept_back)


@after(PaymentBatchFlow.close)
def _settle_what_arrived(taking: Taking, ids: list[int]) -> None:
    for batch_id in ids:
        arrived = _items(taking.session, batch_id, "success")
        follow(taking.session, PaymentItemFlow.settle, arrived, taking.act)


@after(PaymentBatchFlow.dissolve)
def _set_the_lines_free(taking: Taking, ids: list[int]) -> None:
    for batch_id in ids:
        follow(taking.session, PaymentItemFlow.leave_batch, _items(taking.session, batch_id), taking.act)
