"""Differences between the three sides of a payment: opened by what shows them, counted, settled by two persons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Reason, Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.settlement import Difference
from concierge.rules.settlement import BY_THE_BANK, Cause
from concierge.services.batch_lines import hold_batch
from concierge.services.calendars import calendar_of
from concierge.services.payments import PARTIES, issue_rest
from concierge.services.steps import Taking, after, follow
from concierge.workflows.settlement import DifferenceFlow

OPEN = ("open_", "explained")
_ITEM = aliased(PaymentItem, flat=True)


@dataclass(frozen=True)
class Seen:
    """What was seen: the cause, the item or the words of a line that nobody sent, amounts in fen."""

    cause: Cause
    item_id: int | None = None
    returned_fen: int = 0
    confirmed_fen: int | None = None
    missing_fen: int = 0
    told: str = ""


def open_differences(session: Session, batch_id: int, seen: Iterable[Seen], act: Act) -> list[int]:
    """Open an item for each difference that is not open already, and bring the figures of those that are up to date.

    Returns the new ids. Runs in the caller's transaction.
    """
    unit = session.execute(select(PaymentBatch.paying_unit_id).where(PaymentBatch.id == batch_id)).scalar_one()
    wanted = {_key(one.item_id, one.cause, one.told): one for one in seen}
    for known in session.execute(
        select(Difference.id, Difference.item_id, Difference.cause, Difference.told).where(
            Difference.batch_id == batch_id, Difference.state.in_(OPEN)
        )
    ).all():
        again = wanted.pop(_key(known.item_id, Cause(known.cause), known.told), None)
        if again is not None:
            _write(session, known.id, returned_fen=again.returned_fen, missing_fen=again.missing_fen)
    items = _items(session, [one.item_id for one in wanted.values() if one.item_id is not None])
    rows = [_row(one, batch_id, unit, items) for one in wanted.values()]
    made = open_cases(session, DifferenceFlow, rows, act)
    count_differences(session, [batch_id])
    return made


def _write(session: Session, difference_id: int, **values: Any) -> None:
    session.execute(
        update(Difference)
        .where(Difference.id == difference_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _key(item_id: int | None, cause: Cause, told: str) -> tuple[int | None, Cause, str]:
    return item_id, cause, told if item_id is None else ""


def _items(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    names = ("id", "number", "payee_name", "title_zh", "title_en", *PARTIES)
    columns = [getattr(PaymentItem, name) for name in names]
    rows = session.execute(select(*columns, PaymentItem.net_fen.label("net")).where(among(PaymentItem.id, ids)))
    return {row.id: row for row in rows}


def _row(seen: Seen, batch_id: int, unit: int, items: Mapping[int, Any]) -> dict[str, Any]:
    item = items.get(seen.item_id or 0)
    own: dict[str, Any] = {"batch_id": batch_id, "paying_unit_id": unit, "cause": seen.cause.value, "told": seen.told}
    own |= {"item_id": seen.item_id, "returned_fen": seen.returned_fen, "confirmed_fen": seen.confirmed_fen}
    own |= {"missing_fen": seen.missing_fen, "approved_fen": item.net if item is not None else 0}
    if item is None:
        return own | dict.fromkeys(PARTIES) | {"title_zh": seen.told, "title_en": seen.told}
    titles = {name: f"{getattr(item, name)} · {item.payee_name}" for name in ("title_zh", "title_en")}
    return own | titles | {name: getattr(item, name) for name in PARTIES}


def count_differences(session: Session, batch_ids: Iterable[int]) -> None:
    """Count what is open against each batch; its closing reads the figure."""
    for batch_id in sorted(set(batch_ids)):
        hold_batch(session, batch_id)
        still = select(func.count()).where(Difference.batch_id == batch_id, Difference.state.in_(OPEN))
        open_now = session.execute(still.select_from(Difference)).scalar_one()
        session.execute(
            update(PaymentBatch)
            .where(PaymentBatch.id == batch_id)
            .values(differences_open=open_now)
            .execution_options(synchronize_session=False)
        )


def end_answered(session: Session, item_ids: Sequence[int], act: Act) -> None:
    """The bank has answered for these lines in full: what was open for want of it ends."""
    rows = session.execute(
        select(Difference.id).where(
            among(Difference.item_id, item_ids),
            Difference.cause.in_([cause.value for cause in BY_THE_BANK]),
            Difference.state.in_(OPEN),
        )
    )
    follow(session, DifferenceFlow.end, sorted(rows.scalars()), act)


def open_unanswered(session: Session, *, actor: Actor, now: datetime) -> int:
    """Lines that the bank has had for longer than it may: one item each, once; returns how many are new.

    Of a line that it answered in part or wrongly somebody is asked already: it gets no second item beside that one.
    """
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        asked = select(Difference.id).where(
            Difference.item_id == PaymentItem.id,
            Difference.cause.in_([cause.value for cause in BY_THE_BANK]),
            Difference.state.in_(OPEN),
        )
        late = select(PaymentItem.id, PaymentItem.batch_id, PaymentItem.settled_fen).where(
            PaymentItem.state == "sent", PaymentItem.due_nth < act.calendar.nth_of(now), ~asked.exists()
        )
        by_batch: dict[int, list[Seen]] = {}
        for row in session.execute(late.order_by(PaymentItem.id)):
            by_batch.setdefault(row.batch_id, []).append(Seen(Cause.UNANSWERED, row.id, row.settled_fen))
        return sum(len(open_differences(session, batch, seen, act)) for batch, seen in sorted(by_batch.items()))


@after(DifferenceFlow.accept, DifferenceFlow.let_go, DifferenceFlow.issue_again, DifferenceFlow.end)
def _count_what_is_left(taking: Taking, ids: list[int]) -> None:
    rows = taking.session.execute(select(Difference.batch_id).where(among(Difference.id, ids)))
    count_differences(taking.session, rows.scalars())


@after(DifferenceFlow.issue_again)
def _issue_what_is_missing(taking: Taking, ids: list[int]) -> None:
    """A new linked line for the missing sum, once the bank has said the last word on the old one."""
    rows = taking.session.execute(
        select(Difference.item_id, Difference.missing_fen, _ITEM.state)
        .join(_ITEM, _ITEM.id == Difference.item_id)
        .where(among(Difference.id, ids))
    ).all()
    if any(row.state == "sent" for row in rows):
        raise Refusal(Reason("rest_unanswered", _("the bank has not answered for the rest of this line yet")))
    issue_rest(taking.session, {row.item_id: row.missing_fen for row in rows}, taking.act)
