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
from concierge.rules.bank_words import BOUNCED, SUCCESS

GOOD = (SUCCESS, BOUNCED)
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
    serial: str = ""
    wrong: tuple[Error, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A row with what it would do: success, bounced, repeated, or parked as unknown, differs, contradicts, invalid."""

    said: ResultLine
    status: str
    item_id: int | None = None
    sent_fen: int | None = None
    errors: tuple[Error, ...] = ()


def judge(session: Session, batch_id: int, lines: Sequence[ResultLine]) -> list[Judged]:
    """Judge every row against the lines of the batch: matched by item number, else by line number."""
    sent = session.execute(
        select(
            PaymentItem.id,
            PaymentItem.number,
            PaymentItem.state,
            PaymentItem.amount_fen,
            PaymentItem.payee_name,
            PaymentItem.account_last4,
            func.row_number().over(order_by=PaymentItem.number).label("line"),
        )
        .where(PaymentItem.batch_id == batch_id)
        .order_by(PaymentItem.number)
    ).all()
    answers = _answers(session, [item.id for item in sent])
    by_number, by_line = {item.number: item for item in sent}, {item.line: item for item in sent}
    seen: dict[int, ResultLine] = {}
    judged = []
    for said in lines:
        item = by_number.get(said.number) if said.number else by_line.get(said.line)
        judged.append(_judge(said, item, answers, seen))
    return judged


def _answers(session: Session, item_ids: Sequence[int]) -> dict[int, str]:
    """The answers loaded before, by item."""
    rows = session.execute(
        select(BankResult.item_id, BankResult.outcome)
        .where(among(BankResult.item_id, item_ids))
        .order_by(BankResult.id)
    )
    return {row.item_id: row.outcome for row in rows}


def _judge(said: ResultLine, item: Any, answers: dict[int, str], seen: dict[int, ResultLine]) -> Judged:
    if said.wrong or said.outcome is None:
        return Judged(
            said, "invalid", errors=said.wrong or ((said.cell, _("The result is neither success nor failure")),)
        )
    if item is None:
        return Judged(said, "unknown", errors=((said.cell, _("No line of this batch has this number")),))
    judged = Judged(said, said.outcome, item.id, item.amount_fen)
    if item.id in seen:
        return _again(judged, seen[item.id].outcome)
    seen[item.id] = said
    if errors := _differences(said, item):
        return replace(judged, status="differs", errors=errors)
    if item.id in answers:
        return _again(judged, answers[item.id])
    if item.state != "sent":
        return replace(judged, status="contradicts", errors=((said.cell, _("This line is not at the bank")),))
    return judged


def _again(judged: Judged, earlier: str | None) -> Judged:
    if earlier == judged.said.outcome:
        return replace(judged, status="repeated")
    text = _("The bank has answered this line differently before")
    return replace(judged, status="contradicts", errors=((judged.said.cell, text),))


def _differences(said: ResultLine, item: Any) -> tuple[Error, ...]:
    errors: list[Error] = []
    if said.amount_fen != item.amount_fen:
        words = money(said.amount_fen) if said.amount_fen is not None else "—"
        errors.append((said.cell, _("The amount is %(a)s, sent were %(b)s", a=words, b=money(item.amount_fen))))
    if said.name and said.name != item.payee_name:
        errors.append((said.cell, _("The account name differs from the line as it was sent")))
    if said.last4 and said.last4 != item.account_last4:
        errors.append((said.cell, _("The account differs from the line as it was sent")))
    return tuple(errors)
