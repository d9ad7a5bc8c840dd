"""Budget lines: what is spent, approved, selected and left, and how the year stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.models.scope import WHOLE_DISTRICT
from concierge.queries.money_at import given, posted
from concierge.queries.payment_states import before_the_batch
from concierge.rules.money import percent_of
from concierge.rules.purses import Purse
from concierge.rules.roles import Role

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
PENDING = before_the_batch("pending")
"""What waits for approval."""
LOW = 10  # per cent left: below, a line is shown as nearly used up


@dataclass(frozen=True)
class Line:
    """One budget line; amounts in fen. `selected` is what is chosen now, `waiting` all that is prepared for it."""

    id: int
    year: int
    number: str
    name: Bilingual
    document: str
    function_class: str
    economic_class: str
    unit: Bilingual
    unit_id: int
    policy_groups: tuple[str, ...]
    amount: int
    reserved: int
    spent: int
    closed_at: datetime | None
    selected: int = 0
    waiting: int = 0

    @property
    def left(self) -> int:
        """What is available now."""
        return self.amount - self.reserved - self.spent

    @property
    def left_after(self) -> int:
        """What is available once the selected payments are approved."""
        return self.left - self.selected

    @property
    def used_after(self) -> int:
        """The share used, in thousandths, once the selected payments are approved."""
        return percent_of(self.reserved + self.spent + self.selected, 1000, self.amount) if self.amount else 0

    @property
    def executed(self) -> int:
        """The share spent, in thousandths (执行率)."""
        return percent_of(self.spent, 1000, self.amount) if self.amount else 0

    @property
    def gap(self) -> int:
        """What is missing when everything that waits for this line is approved."""
        return max(0, self.waiting - self.left)

    @property
    def is_low(self) -> bool:
        """Whether hardly anything is left, or not enough for what waits."""
        return self.amount > 0 and (self.left_after * 100 < self.amount * LOW or self.gap > 0)


@dataclass(frozen=True)
class Card:
    """The lines of one year in sum, and the share of the year that has passed (序时进度), in thousandths."""

    year: int
    lines: tuple[Line, ...]
    passed: int

    def total(self, name: str) -> int:
        """The sum of a figure over all lines."""
        return sum(getattr(line, name) for line in self.lines)

    @property
    def used_after(self) -> int:
        """The share of all money used, in thousandths, once the selected payments are approved."""
        amount = self.total("amount")
        used = self.total("reserved") + self.total("spent") + self.total("selected")
        return percent_of(used, 1000, amount) if amount else 0


def in_reach(actor: Actor) -> Any:
    """The lines an actor may see: of the units he works in finance for; the whole district for those who lead it."""
    if actor.has(*WHOLE_DISTRICT):
        return literal(True)
    return among(BudgetLine.unit_id, actor.units(*FINANCE))


def budget_card(session: Session, actor: Actor, *, now: datetime, selected: Iterable[int] = ()) -> Card:
    """This year's lines, with what is selected and what waits; three statements."""
    today = local_date(now, SHANGHAI)
    lines = budget_lines(session, actor, today.year, selected=list(selected))
    return Card(today.year, tuple(lines), passed_of(today.year, today))


def passed_of(year: int, today: date) -> int:
    """The share of a year that has passed (序时进度), in thousandths."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return percent_of((min(max(today, first), last) - first).days + 1, 1000, (last - first).days + 1)


def budget_lines(
    session: Session, actor: Actor, year: int, *, selected: Sequence[int] = (), until: datetime | None = None
) -> list[Line]:
    """The lines of a year in the order of their numbers, as they are or as they were at a moment."""
    rows = session.execute(
        line_columns(until).where(BudgetLine.year == year, in_reach(actor)).order_by(BudgetLine.number, BudgetLine.id)
    ).all()
    waiting = {} if until else sums_of(session, PENDING)
    chosen = sums_of(session, among(PaymentItem.id, selected)) if selected else {}
    return [make_line(row, chosen.get(row.id, 0), waiting.get(row.id, 0)) for row in rows]


def line_columns(until: datetime | None = None) -> Any:
    """The statement of budget lines, without conditions; with a moment, the figures replayed up to it."""
    kept = (BudgetLine.amount_fen, BudgetLine.reserved_fen, BudgetLine.spent_fen)
    figures = kept if until is None else (given(until), posted(Purse.RESERVED, until), posted(Purse.SPENT, until))
    names: tuple[str, ...] = ("id", "year", "number", "document", "function_class", "economic_class", "unit_id")
    names += ("policy_groups", "closed_at")
    return select(
        *(getattr(BudgetLine, name) for name in names),
        BudgetLine.name_zh,
        BudgetLine.name_en,
        *(figure.label(name) for figure, name in zip(figures, ("amount", "reserved", "spent"), strict=True)),
        Unit.name_zh.label("unit_zh"),
        Unit.name_en.label("unit_en"),
    ).join(Unit, Unit.id == BudgetLine.unit_id)


def make_line(row: Any, selected: int = 0, waiting: int = 0) -> Line:
    """A line from a row of `line_columns`."""
    same = ("id", "year", "number", "document", "function_class", "economic_class", "unit_id", "closed_at")
    return Line(
        name=Bilingual(row.name_zh, row.name_en),
        unit=Bilingual(row.unit_zh, row.unit_en),
        policy_groups=tuple(row.policy_groups),
        amount=int(row.amount),
        reserved=int(row.reserved),
        spent=int(row.spent),
        selected=selected,
        waiting=waiting,
        **{name: getattr(row, name) for name in same},
    )


def sums_of(session: Session, which: Any) -> dict[int, int]:
    """By line: the sum (fen) of the payments that name it and that `which` picks.

    The lines are no condition: along their index a database would read all that was ever paid from them.
    """
    rows = session.execute(
        select(PaymentItem.budget_line_id, func.sum(PaymentItem.amount_fen).label("fen"))
        .where(PaymentItem.budget_line_id.is_not(None), which)
        .group_by(PaymentItem.budget_line_id)
    )
    return {row.budget_line_id: int(row.fen) for row in rows}


def unit_of(session: Session, line_id: int) -> int:
    """The paying unit of a line; 0 for a line that does not exist."""
    return session.execute(select(BudgetLine.unit_id).where(BudgetLine.id == line_id)).scalar_one_or_none() or 0


def years(session: Session, actor: Actor) -> list[int]:
    """The years that have lines, the newest first."""
    rows = session.execute(select(BudgetLine.year).where(in_reach(actor)).distinct().order_by(BudgetLine.year.desc()))
    return list(rows.scalars())


def policy_groups(session: Session) -> dict[str, Bilingual]:
    """The groups that policies belong to, each told by the policies in it."""
    found: dict[str, list[tuple[str, str]]] = {}
    wanted = select(Policy.group, Policy.name_zh, Policy.name_en).order_by(Policy.group, Policy.id)
    for group, zh, en in session.execute(wanted):
        found.setdefault(group, []).append((zh, en))
    return {
        group: Bilingual("、".join(zh for zh, _en in names), ", ".join(en for _zh, en in names))
        for group, names in found.items()
    }


def lines_with_proposals(session: Session, ids: Iterable[int]) -> set[int]:
    """Those of these lines about whose money somebody has proposed something that waits for a second person."""
    m, answer = BudgetMovement, aliased(BudgetMovement)
    wanted = select(m.budget_line_id).outerjoin(answer, answer.proposal_id == m.id)
    open_ = m.confirmed_by.is_(None), m.proposal_id.is_(None), answer.id.is_(None)
    return set(session.execute(wanted.where(among(m.budget_line_id, list(ids)), *open_)).scalars())


def units_prepared_for(session: Session, actor: Actor) -> list[tuple[int, Bilingual]]:
    """The units for which the actor prepares payments."""
    rows = session.execute(
        select(Unit.id, Unit.name_zh, Unit.name_en)
        .where(among(Unit.id, actor.units(Role.FINANCE_MAKER)))
        .order_by(Unit.id)
    )
    return [(row.id, Bilingual(row.name_zh, row.name_en)) for row in rows]
