"""The money at a past moment, replayed from what is only ever added: movements of lines, postings, history.

Without a moment everything is replayed; `concierge verify` proves that this gives what the tables keep now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import History
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.clawback import Clawback
from concierge.models.payment import PaymentItem, Posting
from concierge.models.scope import WHOLE_DISTRICT
from concierge.rules.purses import Purse
from concierge.rules.roles import Role
from concierge.workflows.payment import PaymentItemFlow

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
SHOWN = 200


@dataclass(frozen=True)
class StateSum:
    """The payments that were in one state: how many, and what they come to (fen)."""

    state: str
    label: Text
    count: int
    fen: int


@dataclass(frozen=True)
class PaymentThen:
    """One payment as it was: since when it had been in its state."""

    id: int
    number: str
    payee_name: str
    amount_fen: int
    since: datetime


@dataclass(frozen=True)
class Then:
    """What the payments and debts of an actor's units were at a moment; `rows` are those of the state asked for."""

    moment: datetime
    states: tuple[StateSum, ...]
    owed_fen: int
    state: str
    rows: tuple[PaymentThen, ...]


def given(until: datetime | None = None) -> Any:
    """What a budget line was given, by its confirmed movements (fen)."""
    m = BudgetMovement
    wanted = select(func.coalesce(func.sum(m.amount_fen), 0)).where(
        m.budget_line_id == BudgetLine.id, m.confirmed_by.is_not(None), *so_far(m.at, until)
    )
    return wanted.correlate(BudgetLine).scalar_subquery()


def posted(purse: Purse, until: datetime | None = None) -> Any:
    """What the postings of a budget line leave in a purse (fen)."""
    wanted = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        Posting.budget_line_id == BudgetLine.id, Posting.account == purse.value, *so_far(Posting.at, until)
    )
    return wanted.correlate(BudgetLine).scalar_subquery()


def so_far(at: Any, until: datetime | None) -> list[ColumnElement[bool]]:
    """The clause for rows written up to a moment; none asks for all of them."""
    return [] if until is None else [at <= until]


def then(session: Session, actor: Actor, moment: datetime, *, state: str = "") -> Then:
    """Payments by state and what was owed at a moment, for the units an actor reads the books of; three statements."""
    states = _by_state(session, actor, moment)
    known = state if state in states else ""
    return Then(
        moment=moment,
        states=tuple(states.values()),
        owed_fen=_owed(session, actor, moment),
        state=known,
        rows=tuple(_in_state(session, actor, moment, known)) if known else (),
    )


def _reached(actor: Actor, unit: Any) -> ColumnElement[bool]:
    return literal(True) if actor.has(*WHOLE_DISTRICT) else among(unit, actor.units(*FINANCE))


def _last_lines(actor: Actor, moment: datetime, columns: Sequence[Any]) -> Any:
    """Each payment beside the last line of its history before the moment."""
    line, later = aliased(History), aliased(History)
    superseded = exists(later.id).where(
        later.case_id == line.case_id, later.version == line.version + 1, later.at <= moment
    )
    wanted = select(line.to_state, line.at, *columns).join(PaymentItem, PaymentItem.id == line.case_id)
    wanted = wanted.where(line.at <= moment, ~superseded, _reached(actor, PaymentItem.paying_unit_id))
    return wanted.order_by(PaymentItem.id).subquery()


def _by_state(session: Session, actor: Actor, moment: datetime) -> Mapping[str, StateSum]:
    last = _last_lines(actor, moment, [PaymentItem.id, PaymentItem.amount_fen])
    rows = session.execute(
        select(last.c.to_state, func.count().label("n"), func.sum(last.c.amount_fen).label("fen")).group_by(
            last.c.to_state
        )
    )
    found = {row.to_state: row for row in rows}
    return {
        name: StateSum(name, state.label, found[name].n, int(found[name].fen))
        for name, state in PaymentItemFlow.states.items()
        if name in found
    }


def _in_state(session: Session, actor: Actor, moment: datetime, state: str) -> list[PaymentThen]:
    names = ("id", "number", "payee_name", "amount_fen")
    last = _last_lines(actor, moment, [getattr(PaymentItem, name) for name in names])
    rows = session.execute(select(last).where(last.c.to_state == state).order_by(last.c.number).limit(SHOWN))
    return [PaymentThen(since=row.at, **{name: getattr(row, name) for name in names}) for row in rows]


def _owed(session: Session, actor: Actor, moment: datetime) -> int:
    """What people had to pay back and had not yet."""
    wanted = select(func.coalesce(func.sum(Posting.amount_fen), 0)).join(Clawback, Clawback.id == Posting.case_id)
    on = and_(Posting.account == Purse.RECEIVABLE.value, Posting.at <= moment)
    return int(session.execute(wanted.where(on, _reached(actor, Clawback.paying_unit_id))).scalar_one())
