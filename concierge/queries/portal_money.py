"""The expert's money: what arrived, what is on its way, what falls due next, and where it is paid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text, _
from concierge.engine.declare import FLOWS
from concierge.models.claim import Claim
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.models.policy import Policy
from concierge.rules.periods import joined, said

PAGE = 20
ARRIVED = ("success", "closed")


@dataclass(frozen=True)
class Payment:
    """One bank line; `amount_fen` is what arrived, or what will.

    `is_answered`: the expert has said whether it arrived; `confirmed_fen` is what he said.
    """

    id: int
    claim_id: int
    title: Bilingual
    period: Text
    amount_fen: int
    state: str
    label: Text
    colour: str
    paid_on: date | None
    account_last4: str
    bank_name: str
    bounce_reason: str
    confirmed_fen: int | None
    confirmed_at: datetime | None

    @property
    def has_arrived(self) -> bool:
        """Whether the bank reports it as paid."""
        return self.state in ARRIVED


@dataclass(frozen=True)
class Coming:
    """What falls due next under a right, in fen."""

    title: Bilingual
    period: Text
    due_on: date
    amount_fen: int


@dataclass(frozen=True)
class AccountLine:
    """Where one is paid: `settled` may be paid to, `unchecked` waits for a checker, `refused` was refused."""

    id: int
    holder_name: str
    bank_name: str
    last4: str
    state: str
    made_at: datetime


@dataclass(frozen=True)
class Payments:
    """The payments page: this year's sum in fen, the lines, what comes, the account."""

    year: int
    paid_fen: int
    items: tuple[Payment, ...]
    coming: tuple[Coming, ...]
    account: AccountLine | None
    proposed: AccountLine | None
    next_id: int | None


def payments(session: Session, *, person_id: int, today: date, before: int | None = None) -> Payments:
    """The expert's payments, newest first, a page at a time (keyset on the id)."""
    wanted = _items(person_id)
    if before is not None:
        wanted = wanted.where(PaymentItem.id < before)
    rows = list(session.execute(wanted.limit(PAGE + 1)))
    settled, proposed = accounts(session, person_id)
    return Payments(
        year=today.year,
        paid_fen=paid_in_year(session, person_id, today.year),
        items=tuple(_payments(rows[:PAGE])),
        coming=tuple(coming(session, person_id)),
        account=settled,
        proposed=proposed,
        next_id=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )


def latest_payments(session: Session, person_id: int, most: int = 3) -> list[Payment]:
    """The last few payments that arrived, or are on their way."""
    return list(_payments(session.execute(_items(person_id).limit(most))))


def payment_of(session: Session, person_id: int, item_id: int) -> Payment | None:
    """One payment of this person."""
    return next(_payments(session.execute(_items(person_id).where(PaymentItem.id == item_id))), None)


def payments_of_claim(session: Session, person_id: int, claim_id: int) -> list[Payment]:
    """The payments under one claim of this person."""
    return list(_payments(session.execute(_items(person_id).where(PaymentItem.claim_id == claim_id))))


def paid_in_year(session: Session, person_id: int, year: int) -> int:
    """What the bank paid to this person in a calendar year, in fen."""
    p = PaymentItem
    own = (p.expert_id == person_id) & p.payee_id.is_(None) & p.state.in_(ARRIVED)
    first, last = date(year, 1, 1), date(year, 12, 31)
    wanted = select(func.coalesce(func.sum(p.settled_fen), 0)).where(own, p.paid_on >= first, p.paid_on <= last)
    return int(session.execute(wanted).scalar_one())


def coming(session: Session, person_id: int, most: int = 5) -> list[Coming]:
    """What falls due next under the rights of this person: of each right what falls due on one day, as one sum."""
    a = Accrual
    wanted = (
        select(Policy.name_zh, Policy.name_en, a.due_on, func.sum(a.amount_fen).label("fen"))
        .add_columns(func.min(a.period).label("first"), func.max(a.period).label("last"), func.count().label("n"))
        .join(Entitlement, Entitlement.id == a.entitlement_id)
        .join(Policy, Policy.id == Entitlement.policy_id)
        .where(a.person_id == person_id, a.state == "due", Entitlement.state == "active", a.amount_fen > 0)
        .group_by(a.entitlement_id, Policy.name_zh, Policy.name_en, a.due_on)
        .order_by(a.due_on, func.min(a.id))
        .limit(most)
    )
    return [
        Coming(Bilingual(r.name_zh, r.name_en), said(joined([r.first, r.last][: r.n])), r.due_on, int(r.fen))
        for r in session.execute(wanted)
    ]


def accounts(session: Session, person_id: int) -> tuple[AccountLine | None, AccountLine | None]:
    """The account in use, and the one proposed last if it is not yet (or was not) accepted."""
    b = BankAccount
    columns = (b.id, b.holder_name, b.bank_name, b.account_last4, b.state, b.made_at)
    rows = session.execute(select(*columns).where(b.person_id == person_id).order_by(b.made_at.desc(), b.id.desc()))
    lines = [AccountLine(r.id, r.holder_name, r.bank_name, r.account_last4, r.state, r.made_at) for r in rows]
    settled = next((line for line in lines if line.state == "settled"), None)
    newest = lines[0] if lines and lines[0].state in ("unchecked", "refused") else None
    return settled, newest


def _items(person_id: int) -> Any:
    p = PaymentItem
    arrived = case((p.state.in_(ARRIVED), p.settled_fen), else_=p.net_fen).label("amount_fen")
    columns = (p.id, p.claim_id, p.title_zh, p.title_en, arrived, p.state, p.paid_on, p.account_last4)
    more = (p.bank_name, p.bounce_reason, p.confirmed_fen, p.confirmed_at)
    period = select(Claim.__table__.c.period).where(Claim.__table__.c.id == p.claim_id).scalar_subquery()
    shown = p.state.not_in(("reissued", "cancelled"))
    return (
        select(*columns, *more, period.label("period"))
        .where(p.expert_id == person_id, p.payee_id.is_(None), shown)
        .order_by(p.id.desc())
    )


_COLOURS = {"success": "green", "closed": "green", "bounced": "red", "held": "amber", "returned": "amber"}
_LABELS = {"pending": _("Waiting for finance"), "success": _("Arrived"), "closed": _("Arrived")}


def _payments(rows: Iterable[Any]) -> Iterator[Payment]:
    states = FLOWS["payment_item"].states
    for row in rows:
        yield Payment(
            id=row.id,
            claim_id=row.claim_id,
            title=Bilingual(row.title_zh, row.title_en),
            period=said(row.period or "once"),
            amount_fen=row.amount_fen,
            state=row.state,
            label=_LABELS.get(row.state, states[row.state].label),
            colour=_COLOURS.get(row.state, "blue"),
            paid_on=row.paid_on,
            account_last4=row.account_last4,
            bank_name=row.bank_name,
            bounce_reason=row.bounce_reason,
            confirmed_fen=row.confirmed_fen,
            confirmed_at=row.confirmed_at,
        )
