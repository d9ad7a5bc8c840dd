"""The leadership's figures, each from live rows, each with the clause that opens its rows.

A figure and its list share one clause, so that they cannot disagree (product: every number opens its rows).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, or_, select, true
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.text import Text, _
from concierge.engine.tables import Case
from concierge.models.budget import BudgetLine
from concierge.models.care import Rating
from concierge.models.district import Unit
from concierge.models.payment import Posting
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.policy import add_months
from concierge.rules.purses import Purse

BUSINESS = (
    "claim",
    "care_request",
    "care_share",
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
SPANS = ("week", "month", "quarter", "year")
CHOSEN = "custom"
"""A stretch of which the first and the last day are chosen."""


@dataclass(frozen=True)
class Period:
    """The stretch looked at: this year, quarter, month or week up to now, or days of this year that were chosen.

    `end` is its last moment, and never after `now`, at which what is open and overdue is counted. The same stretch of
    the year before has as many days.
    """

    year: int
    first_day: date
    last_day: date
    start: datetime
    end: datetime
    now: datetime
    last_start: datetime
    last_end: datetime
    month: int
    span: str = "year"
    area: int | None = None
    """The unit whose employers alone are looked at, such as a sector bureau; None is the whole district."""

    @classmethod
    def of(
        cls,
        now: datetime,
        calendar: WorkingCalendar,
        span: str = "year",
        area: int | None = None,
        chosen: tuple[date, date] | None = None,
    ) -> "Period":
        """The present stretch in the district's zone; an unknown span is the year.

        Raises Invalid for chosen days that are not in order, or not of this year up to today.
        """
        today = local_date(now, calendar.zone)
        first, last = (_begin_of(span, today), today) if span != CHOSEN or chosen is None else chosen
        if not date(today.year, 1, 1) <= first <= last <= today:
            raise Invalid.because("stretch", _("The first day comes before the last, both in this year up to today."))
        before = add_months(first, -12)
        start, last_start = _midnight(first, calendar.zone), _midnight(before, calendar.zone)
        end = min(now, _midnight(last + timedelta(days=1), calendar.zone))
        span = span if span in SPANS or (span == CHOSEN and chosen is not None) else "year"
        moments = start, end, now, last_start, last_start + (end - start)
        return cls(today.year, first, last, *moments, today.month, span, area)

    @property
    def days_before(self) -> tuple[date, date]:
        """The first and the last day of the same stretch of the year before."""
        before = add_months(self.first_day, -12)
        return before, before + (self.last_day - self.first_day)


def _begin_of(span: str, today: date) -> date:
    """The first day of a present stretch; a week that began in December begins with the year."""
    match span:
        case "week":
            return max(today - timedelta(days=today.weekday()), date(today.year, 1, 1))
        case "month":
            return today.replace(day=1)
        case "quarter":
            return date(today.year, today.month - (today.month - 1) % 3, 1)
    return date(today.year, 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def in_area(area: int | None) -> ColumnElement[bool]:
    """Cases of experts whose employer belongs to a unit, or is that unit; every case when no unit is named."""
    if area is None:
        return true()
    return Case.employer_id.in_(select(Unit.id).where(or_(Unit.id == area, Unit.parent_id == area)))


@dataclass(frozen=True)
class Figure:
    """One of the six figures: its value, what it is against, and the name under which its rows open.

    A share or a mean of nothing is no figure: None, not a zero that reads like a bad one.
    """

    name: str
    label: Text
    value: int | float | None
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
    kinds = Case.kind.in_(("claim", "care_request"))  # what both say, said once more: by it SQLite enters an index
    return kinds & (claims | care) & (Case.since >= start) & (Case.since < end)


def closed_in(month: str) -> ColumnElement[bool]:
    """What was closed in a month such as "2026-05". Raises NotFound for what is no month."""
    try:
        first = date.fromisoformat(f"{month}-01")
        begins, ends = month_begins(first.year, first.month), month_begins(first.year, first.month + 1)
    except (ValueError, OverflowError):  # also the first and the last month that a calendar has
        raise NotFound() from None
    return closed_between(begins, ends)


def rows_clause(name: str, period: Period) -> ColumnElement[bool] | None:
    """The clause behind a figure in the stretch and the area looked at; None for a name that is none."""
    found = CLAUSES.get(name)
    return found(period) & in_area(period.area) if found is not None else None


CLAUSES: dict[str, Callable[[Period], ColumnElement[bool]]] = {
    "open": lambda period: open_cases(),
    "overdue": lambda period: overdue(period.now),
    "pending": lambda period: pending_benefits(),
    "on-time": lambda period: closed_between(period.start, period.end),
    "late": lambda period: closed_between(period.start, period.end) & was_late(),
    "paid": lambda period: (
        (Case.kind == "payment_item")
        & Case.state.in_(("success", "closed"))
        & (Case.since >= month_begins(period.year, 1))
    ),
    "rated": lambda period: (
        (Case.kind == "care_request")
        & Case.trail.contains(",rated,")
        & (Case.since >= period.start)
        & (Case.since < period.end)
    ),
    "care": lambda period: (
        (Case.kind == "care_request") & (Case.opened_at >= period.start) & (Case.opened_at < period.end)
    ),
    "closed": lambda period: closed_between(period.start, period.end),
}
"""The clause behind each figure, by the figure's name in the address."""


def was_late() -> ColumnElement[bool]:
    """Closed after its limit: a case closed late keeps that for ever."""
    return Case.case_due_nth.is_not(None) & (func.coalesce(Case.paused_nth, Case.since_nth) > Case.case_due_nth)


def figures(session: Session, period: Period) -> list[Figure]:
    """The six figures."""
    here = in_area(period.area)
    stretches = (period.start, period.end), (period.last_start, period.last_end)
    rate, last_rate = (_on_time(session, closed_between(a, b) & here) for a, b in stretches)
    stars, last_stars = (_stars(session, a, b, here) for a, b in stretches)
    paid = _paid(session, period.year, period.area)
    amount, spent = _budget(session, period.year)
    months = months_closed(session, period.year, period.month, period.area)
    return [
        Figure("open", _("Being handled"), _count(session, open_cases() & here), "", None, None, ()),
        Figure("pending", _("Benefits pending"), _count(session, pending_benefits() & here), "", None, None, ()),
        Figure("on-time", _("Handled on time"), rate, "%", last_rate, ON_TIME_TARGET, tuple(months)),
        Figure("rated", _("Satisfaction of experts"), stars, "/ 5", last_stars, None, ()),
        Figure("paid", _("Paid this year"), paid, "fen", None, None, ()),
        Figure("budget", _("Budget execution"), 100 * spent / amount if amount else None, "%", None, None, ()),
    ]


def _count(session: Session, clause: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).select_from(Case).where(clause)).scalar_one()


def count_overdue(session: Session, period: Period) -> int:
    """How many matters are past their nearer limit."""
    return _count(session, overdue(period.now) & in_area(period.area))


def budget_total(session: Session, year: int) -> int:
    """All budget lines of a year (fen)."""
    return _budget(session, year)[0]


def _on_time(session: Session, closed: ColumnElement[bool]) -> float | None:
    statement = select(func.count(), func.sum(case((was_late(), 1), else_=0))).where(closed)
    total, late = session.execute(statement.select_from(Case)).one()
    return 100.0 * (total - (late or 0)) / total if total else None


def _stars(session: Session, start: datetime, end: datetime, here: ColumnElement[bool]) -> float | None:
    rated = select(func.sum(Rating.level), func.count()).join(Case, Case.id == Rating.case_id)
    total, count = session.execute(rated.where(Rating.at >= start, Rating.at < end, here)).one()
    return float(total) / count if count else None


def _paid(session: Session, year: int, area: int | None) -> int:
    """What banks paid out (fen): every part and every round of a payment."""
    spent = select(func.coalesce(func.sum(Posting.amount_fen), 0)).where(
        Posting.year == year, Posting.account == Purse.SPENT.value, Posting.amount_fen > 0
    )
    if area is not None:
        spent = spent.where(Posting.case_id.in_(select(Case.id).where(in_area(area))))
    return int(session.execute(spent).scalar_one())


def _budget(session: Session, year: int) -> tuple[int, int]:
    statement = select(
        func.coalesce(func.sum(BudgetLine.amount_fen), 0), func.coalesce(func.sum(BudgetLine.spent_fen), 0)
    ).where(BudgetLine.year == year)
    amount, spent = session.execute(statement).one()
    return int(amount), int(spent)


def months_closed(session: Session, year: int, last_month: int, area: int | None = None) -> list[int]:
    """How many matters were closed in each month of a year, up to a month."""
    edges = [month_begins(year, month) for month in range(1, last_month + 2)]
    inside = [(Case.since >= edges[m]) & (Case.since < edges[m + 1]) for m in range(last_month)]
    sums = [func.sum(case((clause, 1), else_=0)) for clause in inside]
    row = session.execute(
        select(*sums).select_from(Case).where(closed_between(edges[0], edges[-1]), in_area(area))
    ).one()
    return [int(n or 0) for n in row]


def month_begins(year: int, month: int) -> datetime:
    """The instant at which a month begins in the district; month 13 is the January after."""
    first = date(year, month, 1) if month <= 12 else date(year + 1, 1, 1)
    return datetime.combine(first, time(), SHANGHAI).astimezone(UTC)
