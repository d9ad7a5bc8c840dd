"""What a bank's answer to one line is worth: compared with the line as it was sent, before anything moves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.formats import money
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.models.payment import BankResult, PaymentItem
from concierge.rules.bank_words import BOUNCED, PARTIAL, REVERSED, SUCCESS
from concierge.rules.settlement import Cause

GOOD = (SUCCESS, PARTIAL, BOUNCED, REVERSED)
PARKED = ("differs", "contradicts", "unknown")
"""Rows that move nothing and open a difference."""
ARRIVED = ("success", "closed")
_BACK = " (reversed)"
Error = tuple[str, Text]
"""A cell's address and what is wrong there."""


@dataclass(frozen=True)
class ResultLine:
    """One row of a result file, read. `row` counts from 1 as spreadsheets do; `wrong` is what could not be read."""

    row: int
    cell: str = ""
    line: int | None = None
    number: str = ""
    name: str = ""
    last4: str = ""
    amount_fen: int | None = None
    outcome: str | None = None
    code: str = ""
    reason: str = ""
    paid_on: date | None = None
    paid_cell: str = ""
    serial: str = ""
    wrong: tuple[Error, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A row with what it would do: one of GOOD, repeated, or parked as unknown, differs, contradicts, invalid.

    `cause` names the difference that a parked row opens.
    """

    said: ResultLine
    status: str
    item_id: int | None = None
    sent_fen: int | None = None
    errors: tuple[Error, ...] = ()
    cause: str = ""


@dataclass
class _Sent:
    """A line as it was sent, with what the bank has said of it so far; the file's own rows are added as they come."""

    item: Any
    left: int
    is_sent: bool
    answers: list[tuple[str, str, int]]
    """(serial, what happened, fen): parts and the whole are both `success` here."""

    def take(self, said: ResultLine, happened: str) -> None:
        """Count an answer, so that the next row of the file is judged after it."""
        fen = said.amount_fen or 0
        self.answers.append((said.serial, happened, fen))
        if happened == REVERSED:
            self.left, self.is_sent = self.left + fen, False
        else:
            self.left -= fen
            self.is_sent = self.is_sent and self.left > 0


def judge(session: Session, batch_id: int, lines: Sequence[ResultLine]) -> list[Judged]:
    """Judge every row against the lines of the batch: matched by item number, else by line number."""
    sent = session.execute(
        select(
            PaymentItem.id,
            PaymentItem.number,
            PaymentItem.state,
            PaymentItem.net_fen.label("net_fen"),
            PaymentItem.settled_fen,
            PaymentItem.payee_name,
            PaymentItem.account_last4,
            func.row_number().over(order_by=PaymentItem.number).label("line"),
        )
        .where(PaymentItem.batch_id == batch_id)
        .order_by(PaymentItem.number)
    ).all()
    answers = _answers(session, [item.id for item in sent])
    made = [
        _Sent(item, item.net_fen - item.settled_fen, item.state == "sent", answers.get(item.id, [])) for item in sent
    ]
    by_number, by_line = {each.item.number: each for each in made}, {each.item.line: each for each in made}
    return [_judge(said, by_number.get(said.number) if said.number else by_line.get(said.line)) for said in lines]


def _answers(session: Session, item_ids: Sequence[int]) -> dict[int, list[tuple[str, str, int]]]:
    """The answers loaded before, by item."""
    found: dict[int, list[tuple[str, str, int]]] = {}
    rows = session.execute(
        select(BankResult.item_id, BankResult.serial, BankResult.outcome, BankResult.amount_fen)
        .where(among(BankResult.item_id, item_ids))
        .order_by(BankResult.id)
    )
    for row in rows:
        happened = SUCCESS if row.outcome == PARTIAL else row.outcome
        serial = row.serial.removesuffix(_BACK)
        found.setdefault(row.item_id, []).append((serial, happened, row.amount_fen))
    return found


def kept_serial(line: "Judged", otherwise: str) -> str:
    """The serial number under which an answer is kept; a reversal carries that of the payment it takes back."""
    serial = line.said.serial or otherwise
    return serial + _BACK if line.status == REVERSED else serial


def _judge(said: ResultLine, sent: _Sent | None) -> Judged:
    if said.wrong or said.outcome is None:
        unclear = ((said.cell, _("The result is neither success nor failure")),)
        return Judged(said, "invalid", errors=said.wrong or unclear)
    if sent is None:
        nobodys = ((said.cell, _("No line of this batch has this number")),)
        return Judged(said, "unknown", errors=nobodys, cause=Cause.UNKNOWN)
    judged = Judged(said, said.outcome, sent.item.id, sent.item.net_fen)
    if errors := _other_payee(said, sent.item):
        return replace(judged, status="differs", errors=errors, cause=Cause.PAYEE)
    if known := _known(said, sent):
        return replace(judged, status="repeated") if known == "same" else _contradicts(judged)
    return _by_amount(judged, sent)


def _known(said: ResultLine, sent: _Sent) -> str:
    """`same` for an answer that was given before, `other` for the same serial with another content."""
    for serial, happened, fen in sent.answers:
        same = (happened, fen) == (said.outcome, said.amount_fen)
        if said.serial and serial == said.serial and happened == said.outcome:
            return "same" if same else "other"
        if same and not said.serial:
            return "same"
    return ""


def _contradicts(judged: Judged) -> Judged:
    text = _("The bank has answered this line differently before")
    return replace(judged, status="contradicts", errors=((judged.said.cell, text),), cause=Cause.CONTRADICTS)


def _by_amount(judged: Judged, sent: _Sent) -> Judged:
    """What an answer that is new does, or why it does nothing."""
    said, fen = judged.said, judged.said.amount_fen
    if said.outcome == REVERSED:
        arrived = sent.item.net_fen - sent.left
        if sent.item.state not in ARRIVED or arrived == 0:
            return _contradicts(judged)
        if fen != arrived:
            return _other_amount(judged, arrived)
    elif not sent.is_sent:
        if sent.answers:
            return _contradicts(judged)
        text = _("This line is not at the bank")
        return replace(judged, status="contradicts", errors=((said.cell, text),), cause=Cause.CONTRADICTS)
    elif said.outcome == SUCCESS and fen is not None and 0 < fen < sent.left:
        judged = replace(judged, status=PARTIAL, cause=Cause.PARTIAL)
    elif fen != sent.left:
        return _other_amount(judged, sent.left)
    sent.take(said, said.outcome or "")
    return judged


def _other_amount(judged: Judged, expected: int) -> Judged:
    words = money(judged.said.amount_fen) if judged.said.amount_fen is not None else "—"
    text = _("The amount is %(a)s, sent were %(b)s", a=words, b=money(expected))
    return replace(judged, status="differs", errors=((judged.said.cell, text),), cause=Cause.AMOUNT)


def _other_payee(said: ResultLine, item: Any) -> tuple[Error, ...]:
    errors: list[Error] = []
    if said.name and said.name != item.payee_name:
        errors.append((said.cell, _("The account name differs from the line as it was sent")))
    if said.last4 and said.last4 != item.account_last4:
        errors.append((said.cell, _("The account differs from the line as it was sent")))
    return tuple(errors)
