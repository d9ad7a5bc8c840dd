"""The three sides of payments: how each line of a batch stands, the batch's identities, and the open differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, Text
from concierge.db import constant
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem, Posting
from concierge.models.scope import visible_cases
from concierge.models.settlement import Difference
from concierge.queries.batches import BatchRow
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.rosters import RosterRow
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.purses import Movement, Purse
from concierge.rules.settlement import Cause, Settled, standing
from concierge.workflows.settlement import DifferenceFlow

PAGE = 50
ANSWERED = ("success", "closed", "returned")
OPEN = ("open_", "explained")
_BATCH, _ITEM = aliased(Case), aliased(Case)  # their numbers alone are read


@dataclass(frozen=True)
class Identities:
    """The equations that hold in every batch (domain §3.2), in fen; `statement` once it was reconciled."""

    total: int
    lines: int
    arrived: int
    bounced: int
    outstanding: int
    ledger: int
    statement: int | None
    reversed_later: int
    differences: int

    @property
    def rows(self) -> tuple[tuple[str, int, int | None], ...]:
        """Each equation by name, with its two sides; a side not known yet is None."""
        known = None if self.statement is None else self.statement - self.reversed_later
        return (
            ("lines", self.total, self.lines),
            ("answers", self.total, self.arrived + self.bounced + self.outstanding),
            ("ledger", self.arrived, self.ledger),
            ("statement", self.arrived, known),
        )

    @property
    def remainder(self) -> int:
        """What keeps the batch from its closing: outstanding money, and every equation that does not hold (fen)."""
        return self.outstanding + sum(abs(a - b) for _name, a, b in self.rows if b is not None)


def identities(session: Session, batch: BatchRow) -> Identities:
    """The equations of one batch, counted anew from lines, postings and answers; two statements."""
    ours = PaymentItem.batch_id == batch.id
    paid = PaymentItem.state.in_(ANSWERED) & (PaymentItem.settled_fen > 0)
    lines = session.execute(
        select(
            func.coalesce(func.sum(PaymentItem.net_fen), 0).label("net"),
            func.coalesce(func.sum(PaymentItem.kept_fen).filter(paid), 0).label("kept_back"),
            func.coalesce(func.sum(PaymentItem.net_fen).filter(_reversed_later()), 0).label("reversed"),
        ).where(ours)
    ).one()
    spent = session.execute(
        select(func.coalesce(func.sum(Posting.amount_fen), 0))
        .join(PaymentItem, PaymentItem.id == Posting.case_id)
        .where(ours, Posting.account == Purse.SPENT.value, ~Posting.act.startswith(Movement.RETURN.value))
    ).scalar_one()
    return Identities(
        total=batch.total_fen,
        lines=int(lines.net),
        arrived=batch.success_fen,
        bounced=batch.bounced_fen,
        outstanding=batch.pending_fen,
        ledger=int(spent) - int(lines.kept_back),
        statement=batch.statement_fen,
        reversed_later=int(lines.reversed),
        differences=batch.differences_open,
    )


def _reversed_later() -> Any:
    return (PaymentItem.state == "closed") & (PaymentItem.settled_fen == 0)


def standings(
    session: Session, batch_id: int, lines: Sequence[RosterRow], *, now: datetime, calendar: WorkingCalendar
) -> dict[int, Settled]:
    """How each line that was answered or sent stands between the three sides; one statement."""
    disputed = set(
        session.execute(
            select(Difference.item_id).where(Difference.batch_id == batch_id, Difference.state.in_(OPEN))
        ).scalars()
    )
    today = calendar.nth_of(now)
    return {
        line.item_id: standing(
            net_fen=line.net_fen,
            settled_fen=line.settled_fen,
            confirmed_fen=line.confirmed_fen,
            answered=line.state in ANSWERED,
            in_dispute=line.item_id in disputed,
            waited_days=today - calendar.nth(line.paid_on) if line.paid_on is not None else 0,
        )
        for line in lines
        if line.state in (*ANSWERED, "sent")
    }


@dataclass(frozen=True)
class DifferenceRow:
    """One difference with its owner and age (working days since it was seen); amounts in fen."""

    id: int
    number: str
    title: Bilingual
    cause: Cause
    state: str
    state_label: Text
    batch_id: int
    batch_number: str
    item_id: int | None
    item_number: str
    approved_fen: int
    returned_fen: int
    confirmed_fen: int | None
    missing_fen: int
    owner: Bilingual
    age_days: int
    lamp: Lamp


@dataclass(frozen=True)
class DifferenceList:
    """One page of differences, the oldest open ones first, or the settled ones newest first."""

    rows: tuple[DifferenceRow, ...]
    closed: bool
    next: int | None


def difference_list(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    closed: bool = False,
    after: int | None = None,
    batch_id: int | None = None,
    most: int = PAGE,
) -> DifferenceList:
    """One page; of one batch where it is named."""
    d = Difference
    statement = _columns().where(visible_cases(actor), d.is_open.is_(not closed))
    if batch_id is not None:
        statement = statement.where(d.batch_id == batch_id)
    if after is not None:
        statement = statement.where(d.id < after if closed else d.id > after)
    found = session.execute(statement.order_by(d.id.desc() if closed else d.id).limit(constant(most + 1))).all()
    rows = tuple(_row(row, now, calendar) for row in found[:most])
    return DifferenceList(rows, closed, rows[-1].id if len(found) > most else None)


_SAME = ("id", "number", "state", "batch_id", "item_id", "approved_fen", "returned_fen", "confirmed_fen", "missing_fen")
_CLOCKS = ("due_nth", "since_nth", "paused_nth", "clock", "is_open", "due_on", "opened_at", "cause")


def _columns() -> Any:
    d = Difference
    return (
        select(
            *(getattr(d, name) for name in (*_SAME, *_CLOCKS)),
            d.title_zh,
            d.title_en,
            _BATCH.number.label("batch_number"),
            func.coalesce(_ITEM.number, "").label("item_number"),
            Unit.name_zh,
            Unit.name_en,
        )
        .join(_BATCH, _BATCH.id == d.batch_id)
        .join(Unit, Unit.id == d.paying_unit_id)
        .outerjoin(_ITEM, _ITEM.id == d.item_id)
    )


def _row(row: Any, now: datetime, calendar: WorkingCalendar) -> DifferenceRow:
    return DifferenceRow(
        title=Bilingual(row.title_zh, row.title_en),
        cause=Cause(row.cause),
        state_label=DifferenceFlow.states[row.state].label,
        batch_number=row.batch_number,
        item_number=row.item_number,
        owner=Bilingual(row.name_zh, row.name_en),
        age_days=max(0, calendar.nth_of(now) - calendar.nth_of(row.opened_at)),
        lamp=lamp(row, now=now, calendar=calendar),
        **{name: getattr(row, name) for name in _SAME},
    )
