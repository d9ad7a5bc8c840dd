"""The leadership's figures, each from live rows, each with the clause that opens its rows.

A figure and its list share one clause, so that they cannot disagree (product: every number opens its rows).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.tables import Case, History
from concierge.models.budget import BudgetLine
from concierge.models.care import CareRequest, Rating
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem, Posting
from concierge.models.policy import Policy
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.purses import Purse

BUSINESS = (
    "claim",
    "care_request",
    "consultation",
    "payment_item",
    "payment_batch",
    "difference",
    "clawback",
    "joint_opinion",
)
PENDING_CLAIMS = ("claim",)
SETTLED = ("paid", "fulfilled")
ON_TIME_TARGET = 95.0
AGES = (5, 10, 20)  # working days: up to 5, 6-10, 11-20, more


SPANS = {"year": 12, "quarter": 3, "month": 1}
"""How many months a stretch begins with, by its name in the address."""


@dataclass(frozen=True)
class Period:
    """The stretch looked at, up to now: this year, this quarter or this month."""

    year: int
    start: datetime
    now: datetime
    last_start: datetime
    last_now: datetime
    month: int
    span: str = "year"

    @classmethod
    def of(cls, now: datetime, calendar: WorkingCalendar, span: str = "year") -> "Period":
        """The present stretch in the district's zone, and the same stretch of the year before.

        An unknown span is the year.
        """
        local, span = now.astimezone(calendar.zone), span if span in SPANS else "year"
        first = local.month - (local.month - 1) % SPANS[span]
        start = datetime.combine(date(local.year, first, 1), time(), calendar.zone).astimezone(UTC)
        last_start = datetime.combine(date(local.year - 1, first, 1), time(), calendar.zone).astimezone(UTC)
        return cls(local.year, start, now, last_start, last_start + (now - start), local.month, span)

    @property
    def first_day(self) -> date:
        """The day the stretch begins with, in the district."""
        return local_date(self.start, SHANGHAI)


@dataclass(frozen=True)
class Figure:
    """One of the six figures: its value, what it is against, and the name under which its rows open."""

    name: str
    label: Text
    value: int | float
    unit: str
    before: int | float | None
    target: float | None
    spark: tuple[int, ...]


def open_cases() -> ColumnElement[bool]:
    """Matters being handled."""
    return Case.is_open & Case.kind.in_(BUSINESS) & Case.state.not_in(("draft", *SETTLED))


def overdue(now: datetime) -> ColumnElement[bool]:
    """Matters past their nearer limit."""
    return open_cases() & (Case.clock != "paused") & (Case.due_at < now)


def pending_benefits() -> ColumnElement[bool]:
    """Claims that were handed in and not yet paid or fulfilled."""
    return Case.is_open & Case.kind.in_(PENDING_CLAIMS) & Case.state.not_in(("draft", *SETTLED))


def closed_between(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Claims paid or fulfilled and care requests closed in a stretch of time."""
    claims = (Case.kind == "claim") & Case.state.in_((*SETTLED, "archived"))
    care = (Case.kind == "care_request") & (Case.state == "closed")
    return (claims | care) & (Case.since >= start) & (Case.since < end)


CLAUSES: dict[str, Callable[[Period], ColumnElement[bool]]] = {
    "open": lambda period: open_cases(),
    "overdue": lambda period: overdue(period.now),
    "pending": lambda period: pending_benefits(),
    "on-time": lambda period: closed_between(period.start, period.now),
    "late": lambda period: closed_between(period.start, period.now) & was_late(),
    "paid": lambda period: (
        (Case.kind == "payment_item")
        & Case.state.in_(("success", "closed"))
        & (Case.since >= _month_begins(period.year, 1))
    ),
    "rated": lambda period: (
        (Case.kind == "care_request") & Case.trail.contains(",rated,") & (Case.since >= period.start)
    ),
}
"""The clause behind each figure, by the figure's name in the address."""


def was_late() -> ColumnElement[bool]:
    """Closed after its limit: a case closed late keeps that for ever."""
    return Case.case_due_nth.is_not(None) & (func.coalesce(Case.paused_nth, Case.since_nth) > Case.case_due_nth)


def figures(session: Session, period: Period) -> list[Figure]:
    """The six figures."""
    opened = _count(session, open_cases())
    rate, last_rate = (
        _on_time(session, a, b) for a, b in ((period.start, period.now), (period.last_start, period.last_now))
    )
    stars, last_stars = (
        _stars(session, a, b) for a, b in ((period.start, period.now), (period.last_start, period.last_now))
    )
    paid = _paid(session, period.year)
    amount, spent = _budget(session, period.year)
    months = months_closed(session, period.year, period.month)
    return [
        Figure("open", _("Being handled"), opened, "", None, None, ()),
        Figure("pending", _("Benefits pending"), _count(session, pending_benefits()), "", None, None, ()),
        Figure("on-time", _("Handled on time"), rate, "%", last_rate, ON_TIME_TARGET, tuple(months)),
        Figure("rated", _("Satisfaction of experts"), stars, "/ 5", last_stars, None, ()),
        Figure("paid", _("Paid this year"), paid, "fen", None, None, ()),
        Figure("budget", _("Budget execution"), 100 * spent / amount if amount else 0.0, "%", None, None, ()),
    ]


def _count(session: Session, clause: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).select_from(Case).where(clause)).scalar_one()


def count_overdue(session: Session, now: datetime) -> int:
    """How many matters are past their nearer limit."""
    return _count(session, overdue(now))


def budget_total(session: Session, year: int) -> int:
    """All budget lines of a year (fen)."""
    return _budget(session, year)[0]


def _on_time(session: Session, start: datetime, end: datetime) -> float:
    statement = select(func.count(), func.sum(case((was_late(), 1), else_=0))).where(closed_between(start, end))
    total, late = session.execute(statement.select_from(Case)).one()
    return 100.0 * (total - (late or 0)) / total if total else 0.0


def _stars(session: Session, start: datetime, end: datetime) -> float:
    statement = select(func.sum(Rating.level), func.count()).where(Rating.at >= start, Rating.at < end)
    total, count = session.execute(statement).one()
    return float(total) / count if count else 0.0


def _paid(session: Session, year: int) -> int:
    """What banks paid out (fen): every part and every round of a payment."""
    statement = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        Posting.year == year, Posting.account == Purse.SPENT.value, Posting.amount_fen > 0
    )
    return int(session.execute(statement).scalar_one())


def _budget(session: Session, year: int) -> tuple[int, int]:
    statement = select(
        func.coalesce(func.sum(BudgetLine.amount_fen), 0), func.coalesce(func.sum(BudgetLine.spent_fen), 0)
    ).where(BudgetLine.year == year)
    amount, spent = session.execute(statement).one()
    return int(amount), int(spent)


def months_closed(session: Session, year: int, last_month: int) -> list[int]:
    """How many matters were closed in each month of a year, up to a month."""
    edges = [_month_begins(year, month) for month in range(1, last_month + 2)]
    inside = [(Case.since >= edges[m]) & (Case.since < edges[m + 1]) for m in range(last_month)]
    sums = [func.sum(case((clause, 1), else_=0)) for clause in inside]
    row = session.execute(select(*sums).select_from(Case).where(closed_between(edges[0], edges[-1]))).one()
    return [int(n or 0) for n in row]


def _month_begins(year: int, month: int) -> datetime:
    first = date(year, month, 1) if month <= 12 else date(year + 1, 1, 1)
    return datetime.combine(first, time(), SHANGHAI).astimezone(UTC)


@dataclass(frozen=True)
class AgeRow:
    """Pending benefits of one policy by how long they have waited."""

    policy: Bilingual
    counts: tuple[int, int, int, int]


def pending_by_age(session: Session, now_nth: int, opened_nths: Callable[[datetime], int]) -> list[AgeRow]:
    """Pending benefits by policy and age in working days since they were handed in."""
    statement = (
        select(Policy.id, Policy.name_zh, Policy.name_en, Case.opened_at)
        .select_from(Claim)
        .join(Policy, Policy.id == Claim.policy_id)
        .where(pending_benefits())
    )
    found: dict[int, list[int]] = {}
    names: dict[int, Bilingual] = {}
    for policy_id, zh, en, opened_at in session.execute(statement):
        names[policy_id] = Bilingual(zh, en)
        age = now_nth - opened_nths(opened_at)
        band = sum(age > limit for limit in AGES)
        found.setdefault(policy_id, [0, 0, 0, 0])[band] += 1
    rows = [AgeRow(names[i], (c[0], c[1], c[2], c[3])) for i, c in found.items()]
    return sorted(rows, key=lambda row: -sum(row.counts))


@dataclass(frozen=True)
class UnitRate:
    """A unit's steps done within their limits this year, in percent, and how many steps that is."""

    unit: Bilingual
    rate: float
    steps: int


def on_time_by_unit(session: Session, period: Period) -> list[UnitRate]:
    """Steps taken within their own limit, by the unit that held the case (domain §0: both clocks are supervised)."""
    previous = aliased(History)
    late = case((History.nth > History.step_due_nth, 1), else_=0)
    statement = (
        select(Unit.name_zh, Unit.name_en, func.count(), func.sum(late))
        .select_from(History)
        .join(previous, (previous.case_id == History.case_id) & (previous.version == History.version - 1))
        .join(Unit, Unit.id == previous.holder_id)
        .where(History.at >= period.start, History.step_due_nth.is_not(None))
        .group_by(Unit.id, Unit.name_zh, Unit.name_en)
        .order_by(func.count().desc())
        .limit(8)
    )
    return [
        UnitRate(Bilingual(zh, en), 100.0 * (n - (bad or 0)) / n, n) for zh, en, n, bad in session.execute(statement)
    ]


@dataclass(frozen=True)
class CareField:
    """Care requests of one field this year: requests, and distinct experts who asked."""

    category: str
    requests: int
    experts: int


def care_by_field(session: Session, period: Period) -> list[CareField]:
    """Care requests by category."""
    statement = (
        select(CareRequest.category, func.count(), func.count(func.distinct(CareRequest.expert_id)))
        .where(CareRequest.opened_at >= period.start)
        .group_by(CareRequest.category)
        .order_by(func.count().desc())
        .limit(8)
    )
    return [CareField(category, n, people) for category, n, people in session.execute(statement)]


def paid_by_month(session: Session, period: Period) -> list[int]:
    """Cumulative payments (fen) by month of this year up to the present month."""
    statement = select(PaymentItem.paid_on, func.sum(PaymentItem.amount_fen)).where(
        PaymentItem.paid_on >= date(period.year, 1, 1), PaymentItem.state.in_(("success", "closed"))
    )
    sums = [0] * 12
    for paid_on, fen in session.execute(statement.group_by(PaymentItem.paid_on)):
        sums[paid_on.month - 1] += int(fen)
    total, found = 0, []
    for fen in sums[: period.month]:
        total += fen
        found.append(total)
    return found
