"""One budget line with what was given to it, and the postings behind each of its figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.db import constant
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.payment import PaymentItem, Posting
from concierge.queries.budgets import PENDING, Line, in_reach, line_columns, make_line, sums_of
from concierge.queries.money_at import so_far
from concierge.rules.purses import Purse
from concierge.rules.roles import Role

POSTINGS = 50
_PAID = PaymentItem.__table__.c  # the detail alone: for an outer join with its case SQLite goes through all cases


@dataclass(frozen=True)
class Movement:
    """An appropriation or adjustment; a proposal that nobody answered is open."""

    id: int
    kind: str
    amount_fen: int
    basis: str
    made_by: str
    confirmed_by: str
    at: datetime
    is_open: bool
    is_own: bool
    from_number: str


@dataclass(frozen=True)
class PostingRow:
    """What one act on a payment or clawback did to the line: reserved and spent grew or shrank by so much (fen)."""

    at: datetime
    act: str
    item_id: int
    kind: str
    number: str
    title: Bilingual
    payee_name: str
    reserved_fen: int
    spent_fen: int
    actor: str
    entry_id: int


@dataclass(frozen=True)
class LinePage:
    """One line with its movements and the newest postings."""

    line: Line
    movements: tuple[Movement, ...]
    postings: tuple[PostingRow, ...]
    next: int | None
    may_propose: bool
    may_confirm: bool


def line_page(
    session: Session, actor: Actor, line_id: int, *, before: int | None = None, until: datetime | None = None
) -> LinePage:
    """A line's page, as it is or as it was at a moment. Raises NotFound for a line out of reach."""
    row = session.execute(line_columns(until).where(BudgetLine.id == line_id, in_reach(actor))).first()
    if row is None:
        raise NotFound()
    waiting = {} if until else sums_of(session, PENDING)
    postings = _postings(session, line_id, before, until)
    more = len(postings) > POSTINGS
    postings = postings[:POSTINGS]
    return LinePage(
        line=make_line(row, 0, waiting.get(line_id, 0)),
        movements=tuple(_movements(session, line_id, actor, until)),
        postings=tuple(postings),
        next=postings[-1].entry_id if more else None,
        may_propose=until is None and row.closed_at is None and row.unit_id in actor.units(Role.FINANCE_MAKER),
        may_confirm=until is None and row.unit_id in actor.units(Role.FINANCE_CHECKER),
    )


def _movements(session: Session, line_id: int, actor: Actor, until: datetime | None) -> list[Movement]:
    maker, second = aliased(Account), aliased(Account)
    answer, old = aliased(BudgetMovement), aliased(BudgetLine)
    m = BudgetMovement
    rows = session.execute(
        select(
            m.id,
            m.kind,
            m.amount_fen,
            m.basis,
            m.at,
            m.confirmed_by,
            m.made_by,
            maker.name.label("maker"),
            second.name.label("second"),
            maker.person_key,
            answer.id.label("answered"),
            old.number.label("from_number"),
        )
        .outerjoin(maker, maker.id == m.made_by)
        .outerjoin(second, second.id == m.confirmed_by)
        .outerjoin(answer, and_(answer.proposal_id == m.id, *so_far(answer.at, until)))
        .outerjoin(old, old.id == m.from_line_id)
        .where(m.budget_line_id == line_id, *so_far(m.at, until))
        .order_by(m.at.desc(), m.id.desc())
        .limit(constant(100))
    )
    return [
        Movement(
            id=row.id,
            kind=row.kind,
            amount_fen=row.amount_fen,
            basis=row.basis,
            made_by=row.maker or "",
            confirmed_by=row.second or "",
            at=row.at,
            is_open=row.confirmed_by is None,
            from_number=row.from_number or "",
            is_own=row.made_by == actor.account_id or row.person_key in actor.person_keys,
        )
        for row in rows
        if row.confirmed_by is not None or row.answered is None
    ]


def _postings(session: Session, line_id: int, before: int | None, until: datetime | None) -> list[PostingRow]:
    """The newest entries of a line up to a moment, one row for each act on each item.

    The newest are found first, along the index, so that a line costs the same however much was paid from it.
    """

    def on(purse: Purse) -> Any:
        return func.coalesce(func.sum(Posting.amount_fen).filter(Posting.account == purse.value), 0)

    newest = select(Posting.entry_id).where(Posting.budget_line_id == line_id, *so_far(Posting.at, until)).distinct()
    if before is not None:
        newest = newest.where(Posting.entry_id < before)
    shown = newest.order_by(Posting.entry_id.desc()).limit(constant(POSTINGS + 1)).subquery()
    statement = (
        select(
            Posting.entry_id,
            func.min(Posting.at).label("at"),
            func.min(Posting.act).label("act"),
            Case.id.label("item_id"),
            Case.kind,
            Case.number,
            Case.title_zh,
            Case.title_en,
            func.coalesce(_PAID.payee_name, "").label("payee_name"),
            on(Purse.RESERVED).label("reserved_fen"),
            on(Purse.SPENT).label("spent_fen"),
            func.coalesce(Account.name, "").label("actor"),
        )
        .join(Case, Case.id == Posting.case_id)
        .outerjoin(PaymentItem.__table__, and_(_PAID.id == Posting.case_id, _PAID.district_id == Posting.district_id))
        .outerjoin(Account, Account.id == Posting.actor_id)
        .where(Posting.budget_line_id == line_id, Posting.entry_id.in_(select(shown.c.entry_id)))
        .group_by(
            Posting.entry_id,
            Case.id,
            Case.kind,
            Case.number,
            Case.title_zh,
            Case.title_en,
            _PAID.payee_name,
            Account.name,
        )
        .order_by(Posting.entry_id.desc())
        .limit(constant(POSTINGS + 1))
    )
    same = ("entry_id", "at", "act", "item_id", "kind", "number", "payee_name", "actor")
    return [
        PostingRow(
            title=Bilingual(row.title_zh, row.title_en),
            reserved_fen=int(row.reserved_fen),
            spent_fen=int(row.spent_fen),
            **{name: getattr(row, name) for name in same},
        )
        for row in session.execute(statement)
    ]
