"""One payment with everything finance asks about it: check, account, budget line, history, ways on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Text, _
from concierge.engine.actor import Actor
from concierge.engine.explain import Way, explain
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.claim import Claim
from concierge.models.payment import BankResult, PaymentItem
from concierge.models.person import BankAccount
from concierge.queries.finance import payment_rows
from concierge.queries.money_rules import rules_in_force
from concierge.queries.payment_rows import PaymentRow, with_other_accounts
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role
from concierge.workflows.payment import PaymentItemFlow

OPENED = _("Opened for the approved claim")


@dataclass(frozen=True)
class Entry:
    """One line of the payment's history."""

    label: Text
    who: str
    at: datetime
    reason: str
    to_state: str


@dataclass(frozen=True)
class Kin:
    """A linked payment: the bounced one, or the one that was issued instead."""

    id: int
    number: str


@dataclass(frozen=True)
class PaymentPage:
    """A payment's page."""

    row: PaymentRow
    entries: tuple[Entry, ...]
    ways: tuple[Way, ...]
    account_id: int | None
    account_checked_at: datetime | None
    payable_at: datetime | None
    may_release: bool
    tier_why: Text
    minutes_number: str
    branch_code: str
    results: tuple[BankResult, ...]
    before: Kin | None
    after: Kin | None
    withheld_fen: int
    offset_fen: int
    net_fen: int


def payment_page(
    session: Session, actor: Actor, item_id: int, *, now: datetime, calendar: WorkingCalendar
) -> PaymentPage:
    """The page of a payment. Raises NotFound for one out of sight."""
    rows = payment_rows(session, actor, [item_id], now=now, calendar=calendar)
    if not rows:
        raise NotFound()
    if rows[0].state == PaymentItemFlow.bounced.name:
        rows = with_other_accounts(session, rows)
    case = session.execute(select(PaymentItem).where(PaymentItem.id == item_id)).scalar_one()
    account = session.execute(
        select(BankAccount.checked_at, BankAccount.branch_code).where(BankAccount.id == case.bank_account_id)
    ).first()
    minutes = session.execute(select(Claim.minutes_number).where(Claim.id == case.claim_id)).scalar_one_or_none()
    results = session.execute(select(BankResult).where(BankResult.item_id == item_id).order_by(BankResult.id))
    return PaymentPage(
        row=rows[0],
        entries=_entries(session, item_id),
        ways=tuple(way for way in explain(session, case, actor, now=now) if _is_for_here(way)),
        account_id=case.bank_account_id,
        payable_at=case.payable_at if case.payable_at is not None and case.payable_at > now else None,
        may_release=actor.has(Role.FINANCE_CHECKER),
        tier_why=rules_in_force(session).why(case.amount_fen),
        minutes_number=minutes or "",
        account_checked_at=account.checked_at if account is not None else None,
        branch_code=account.branch_code if account is not None else "",
        results=tuple(results.scalars()),
        before=_kin(session, PaymentItem.id == case.reissue_of_id) if case.reissue_of_id is not None else None,
        after=_kin(session, PaymentItem.reissue_of_id == item_id),
        withheld_fen=case.withheld_fen,
        offset_fen=case.offset_fen,
        net_fen=case.net_fen,
    )


def _is_for_here(way: Way) -> bool:
    return set(way.step.by) != {Role.SYSTEM}


def _kin(session: Session, which: object) -> Kin | None:
    found = session.execute(select(PaymentItem.id, PaymentItem.number).where(which)).first()  # type: ignore[arg-type]  # a clause of either kind
    return Kin(found.id, found.number) if found is not None else None


def _entries(session: Session, item_id: int) -> tuple[Entry, ...]:
    rows = session.execute(
        select(History.step, History.at, History.reason, History.to_state, Account.name)
        .outerjoin(Account, Account.id == History.actor_id)
        .where(History.case_id == item_id)
        .order_by(History.version.desc())
    )
    steps = PaymentItemFlow.steps
    return tuple(
        Entry(
            steps[row.step].label if row.step in steps else OPENED,
            row.name or "",
            row.at,
            row.reason or "",
            row.to_state,
        )
        for row in rows
    )
