"""The end of a budget year: what is approved and unpaid, what goes over, what is taken back, who closed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select, union_all
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, YearClosing
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.queries.budgets import Line, budget_lines
from concierge.queries.payment_states import before_the_batch, in_state
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role

WARN_DAYS = 60
"""Working days before the end of the year from which the pages warn (domain §3.2)."""
_BEFORE_BATCHES, _IN_BATCHES = before_the_batch("pending", "held", "approved"), in_state("batched")


@dataclass(frozen=True)
class Closing:
    """A proposed or done closing; `is_own`: proposed by the reader himself."""

    id: int
    basis: str
    made_by: str
    made_at: datetime
    closed_by: str
    closed_at: datetime | None
    carried: int
    carried_fen: int
    taken_back_fen: int
    is_own: bool


@dataclass(frozen=True)
class UnitYear:
    """One unit's year: its lines, what waits on them by state (count, fen), and the closing."""

    unit_id: int
    unit: Bilingual
    year: int
    lines: tuple[Line, ...]
    unpaid: dict[str, tuple[int, int]]
    closing: Closing | None
    may_propose: bool
    may_close: bool

    @property
    def goes_over(self) -> tuple[int, int]:
        """How many payments would be carried over, and their sum (fen)."""
        found = [self.unpaid.get(state, (0, 0)) for state in ("pending", "held", "approved")]
        return sum(n for n, _fen in found), sum(fen for _n, fen in found)

    @property
    def taken_back(self) -> int:
        """What would be taken back: all that is neither spent nor at the bank (fen)."""
        return sum(line.left for line in self.lines) + self.unpaid.get("approved", (0, 0))[1]


@dataclass(frozen=True)
class YearEnd:
    """The warning before the year ends: working days left, and what is approved and unpaid (count, fen)."""

    days: int
    count: int
    total_fen: int


def year_end(session: Session, actor: Actor, *, today: date, calendar: WorkingCalendar) -> YearEnd | None:
    """The warning of the last 60 working days of a year; None before, or when everything is paid."""
    days = calendar.working_days_between(today, date(today.year, 12, 31))
    if days > WARN_DAYS:
        return None
    units = actor.units(Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
    ours = among(PaymentItem.paying_unit_id, units)
    sums = select(func.count().label("n"), func.coalesce(func.sum(PaymentItem.amount_fen), 0).label("fen"))
    rows = session.execute(
        union_all(*(sums.where(ours, where) for where in (before_the_batch("approved"), _IN_BATCHES)))
    ).all()
    count, total = sum(row.n for row in rows), sum(int(row.fen) for row in rows)
    return YearEnd(days, count, total) if count else None


def unit_years(session: Session, actor: Actor, year: int) -> list[UnitYear]:
    """The year of each unit that the actor works for in finance."""
    units = actor.units(Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
    lines = [line for line in budget_lines(session, actor, year) if line.unit_id in units]
    unpaid = _unpaid(session, lines)
    closings = _closings(session, actor, year)
    names = session.execute(select(Unit.id, Unit.name_zh, Unit.name_en).where(among(Unit.id, units)).order_by(Unit.id))
    found = []
    for unit in names:
        own = tuple(line for line in lines if line.unit_id == unit.id)
        closing = closings.get(unit.id)
        may_close = closing is not None and closing.closed_at is None and not closing.is_own
        found.append(
            UnitYear(
                unit.id,
                Bilingual(unit.name_zh, unit.name_en),
                year,
                own,
                unpaid.get(unit.id, {}),
                closing,
                may_propose=closing is None and bool(own) and unit.id in actor.units(Role.FINANCE_MAKER),
                may_close=may_close and unit.id in actor.units(Role.FINANCE_CHECKER),
            )
        )
    return [each for each in found if each.lines]


def _unpaid(session: Session, lines: Sequence[Line]) -> dict[int, dict[str, tuple[int, int]]]:
    """By unit and state: what waits on the unit's lines (count, fen).

    The lines are no condition: along their index a database would read all that was ever paid from them.
    """
    units = {line.id: line.unit_id for line in lines}
    sums = select(
        PaymentItem.budget_line_id.label("line_id"),
        PaymentItem.state.label("state"),
        func.count().label("n"),
        func.sum(PaymentItem.amount_fen).label("fen"),
    ).group_by(PaymentItem.budget_line_id, PaymentItem.state)
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for row in session.execute(union_all(*(sums.where(where) for where in (_BEFORE_BATCHES, _IN_BATCHES)))):
        if row.line_id in units:
            by_state = found.setdefault(units[row.line_id], {})
            n, fen = by_state.get(row.state, (0, 0))
            by_state[row.state] = (n + row.n, fen + int(row.fen))
    return found


def _closings(session: Session, actor: Actor, year: int) -> dict[int, Closing]:
    y, maker, second = YearClosing, aliased(Account), aliased(Account)
    names: tuple[str, ...] = ("id", "basis", "made_at", "closed_at", "carried", "carried_fen", "taken_back_fen")
    rows = session.execute(
        select(y, maker.name.label("maker"), maker.person_key, second.name.label("second"))
        .outerjoin(maker, maker.id == y.made_by)
        .outerjoin(second, and_(second.id == y.closed_by))
        .where(y.year == year)
    )
    found: dict[int, Closing] = {}
    for row in rows:
        closing: Any = row[0]
        own = closing.made_by == actor.account_id or row.person_key in actor.person_keys
        said = {name: getattr(closing, name) for name in names}
        found[closing.unit_id] = Closing(made_by=row.maker or "", closed_by=row.second or "", is_own=own, **said)
    return found


def closed_lines(session: Session, actor: Actor, unit_id: int) -> list[tuple[int, str]]:
    """Closed lines of a unit, newest year first, for carrying over what was taken back: id and words."""
    if unit_id not in actor.units(Role.FINANCE_MAKER):
        return []
    rows = session.execute(
        select(BudgetLine.id, BudgetLine.year, BudgetLine.number, BudgetLine.name_zh, BudgetLine.name_en)
        .where(BudgetLine.unit_id == unit_id, BudgetLine.closed_at.is_not(None))
        .order_by(BudgetLine.year.desc(), BudgetLine.number)
    )
    return [(row.id, f"{row.year} {row.number} {Bilingual(row.name_zh, row.name_en)}") for row in rows]
