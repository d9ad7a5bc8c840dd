"""What the bank's answers do to lines, money and claims: whole, in parts, back, reversed (domain §3.2).

A part that arrives is spent at once and the rest stays reserved until the bank answers for it. What the bank reverses
goes back to its budget line. After each answer: approved = settled net of reversals + outstanding + come back.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine.run import Act
from concierge.models.payment import PaymentItem
from concierge.rules.bank_words import BOUNCED, PARTIAL, REVERSED, SUCCESS
from concierge.rules.tax import share_of
from concierge.services.bank_judging import Judged
from concierge.services.ledger import Movement, Purse, held_by, post
from concierge.services.payments import claims_of
from concierge.services.steps import Taking, after, follow
from concierge.services.year_closing import sweep_closed
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.payment import PaymentItemFlow


def apply_answers(session: Session, act: Act, judged: Sequence[Judged]) -> None:
    """Move money, lines and claims as the good rows say, in the caller's transaction."""
    _note_on_items(session, judged, act)
    for line in judged:
        if line.status == PARTIAL and line.item_id is not None:
            part = line.said.amount_fen or 0
            post(session, Movement.DISBURSE, [line.item_id], act, parts={line.item_id: part})
            _settle(session, {line.item_id: part})
    follow(session, PaymentItemFlow.succeed, ids_of(judged, SUCCESS), act)
    back = ids_of(judged, BOUNCED)
    begun = _begun(session, back)
    follow(session, PaymentItemFlow.bounce, [i for i in back if i not in begun], act)
    _rest_comes_back(session, begun, act)
    _reverse(session, ids_of(judged, REVERSED), act)


def ids_of(lines: Iterable[Judged], *statuses: str) -> list[int]:
    """The items of the rows with these statuses, in the order of their ids."""
    return sorted({line.item_id for line in lines if line.item_id is not None and line.status in statuses})


def _begun(session: Session, item_ids: Sequence[int]) -> list[int]:
    """Which of these were paid in part before."""
    rows = session.execute(select(PaymentItem.id).where(among(PaymentItem.id, item_ids), PaymentItem.settled_fen > 0))
    return sorted(rows.scalars())


def _rest_comes_back(session: Session, item_ids: Sequence[int], act: Act) -> None:
    """The rest of a line is released with the tax on it; what had arrived stands, its difference waits for a person."""
    p, rest = PaymentItem, {}
    sums = select(p.id, p.net_fen.label("net_fen"), p.settled_fen, p.withheld_fen)
    for row in session.execute(sums.where(among(p.id, item_ids))).all():
        tax = row.withheld_fen - share_of(row.withheld_fen, row.net_fen, row.settled_fen)
        rest[row.id] = row.net_fen - row.settled_fen + tax
        session.execute(_items([row.id]).values(tax_back_fen=tax))
    post(session, Movement.BOUNCE, item_ids, act, parts=rest)
    sweep_closed(session, item_ids, act)
    follow(session, PaymentItemFlow.succeed, item_ids, act, data={"rest_bounced": True})


def _reverse(session: Session, item_ids: Sequence[int], act: Act) -> None:
    """Lines of an open batch bounce after all; of a closed one only the money moves, and a person looks at it."""
    closed = select(PaymentItem.id).where(among(PaymentItem.id, item_ids), PaymentItem.state == "closed")
    shut = sorted(session.execute(closed).scalars())
    follow(session, PaymentItemFlow.reverse, [i for i in item_ids if i not in shut], act)
    _money_back(session, shut, act)


def _money_back(session: Session, item_ids: Sequence[int], act: Act) -> None:
    spent = held_by(session, item_ids, Purse.SPENT)
    post(session, Movement.REVERSE, sorted(spent), act, parts=spent)
    sweep_closed(session, item_ids, act)
    session.execute(_items(item_ids).values(settled_fen=0, tax_back_fen=PaymentItem.withheld_fen))


def _settle(session: Session, arrived: dict[int, int]) -> None:
    for item_id, fen in arrived.items():
        session.execute(_items([item_id]).values(settled_fen=PaymentItem.settled_fen + fen))


def _note_on_items(session: Session, judged: Sequence[Judged], act: Act) -> None:
    """One statement for each day and each reason in the file."""
    today = act.now.astimezone(act.calendar.zone).date()
    arrived = [line for line in judged if line.status in (SUCCESS, PARTIAL)]
    for day in {line.said.paid_on or today for line in arrived}:
        on_it = [line for line in arrived if (line.said.paid_on or today) == day]
        session.execute(_items(ids_of(on_it, SUCCESS, PARTIAL)).values(paid_on=day))
    back = [line for line in judged if line.status in (BOUNCED, REVERSED)]
    for reason in {line.said.reason for line in back}:
        because = [line for line in back if line.said.reason == reason]
        session.execute(_items(ids_of(because, BOUNCED, REVERSED)).values(bounce_reason=reason))


def _items(ids: Sequence[int]) -> Any:
    return update(PaymentItem).where(among(PaymentItem.id, ids)).execution_options(synchronize_session=False)


@after(PaymentItemFlow.succeed)
def _spend(taking: Taking, ids: list[int]) -> None:
    """What is still reserved is spent: the whole line at once, or what the parts had left, tax kept back with it."""
    session = taking.session
    reserved, begun = held_by(session, ids, Purse.RESERVED), set(_begun(session, ids))
    whole = [i for i in ids if i not in begun]
    post(session, Movement.DISBURSE, whole, taking.act)
    session.execute(_items(whole).values(settled_fen=PaymentItem.net_fen))
    rest = {i: reserved[i] for i in ids if i in begun and i in reserved}
    post(session, Movement.DISBURSE, sorted(rest), taking.act, parts=rest)
    if not taking.data.get("rest_bounced"):
        session.execute(_items(sorted(begun)).values(settled_fen=PaymentItem.net_fen))
    follow(session, ClaimFlow.pay, claims_of(session, ids), taking.act)


@after(PaymentItemFlow.keep_whole)
def _spend_without_the_bank(taking: Taking, ids: list[int]) -> None:
    post(taking.session, Movement.DISBURSE, ids, taking.act)
    today = taking.act.now.astimezone(taking.act.calendar.zone).date()
    taking.session.execute(_items(ids).values(paid_on=today))
    follow(taking.session, ClaimFlow.pay, claims_of(taking.session, ids), taking.act)


@after(PaymentItemFlow.bounce)
def _give_back(taking: Taking, ids: list[int]) -> None:
    post(taking.session, Movement.BOUNCE, ids, taking.act)
    sweep_closed(taking.session, ids, taking.act)
    follow(taking.session, ClaimFlow.bounce, claims_of(taking.session, ids), taking.act)


@after(PaymentItemFlow.reverse)
def _take_the_money_back(taking: Taking, ids: list[int]) -> None:
    _money_back(taking.session, ids, taking.act)
    follow(taking.session, ClaimFlow.bounce, claims_of(taking.session, ids), taking.act)
