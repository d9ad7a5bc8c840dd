"""What the charts of the dashboard draw: waiting by age, units against the target, care by field, money by month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual
from concierge.engine.tables import Case, History, of_kind
from concierge.models.care import CareRequest
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.queries.dashboard import Period, in_area, pending_benefits
from concierge.rules.roles import Role

AGES = (5, 10, 20)  # working days: up to 5, 6-10, 11-20, more


@dataclass(frozen=True)
class AgeRow:
    """Pending benefits of one policy by how long they have waited: the cases themselves, band by band."""

    policy_id: int
    policy: Bilingual
    cases: tuple[list[int], list[int], list[int], list[int]]

    @property
    def counts(self) -> tuple[int, ...]:
        """How many there are in each band."""
        return tuple(map(len, self.cases))


def pending_by_age(session: Session, period: Period, nth_of: Callable[[datetime], int]) -> list[AgeRow]:
    """Pending benefits by policy and age in working days since they were handed in."""
    statement = (
        select(Policy.id, Policy.name_zh, Policy.name_en, Claim.id, Case.opened_at)
        .select_from(Claim)
        .join(Policy, Policy.id == Claim.policy_id)
        .where(pending_benefits(), in_area(period.area))
    )
    now_nth = nth_of(period.now)
    found: dict[int, AgeRow] = {}
    for policy_id, zh, en, claim_id, opened_at in session.execute(statement):
        row = found.setdefault(policy_id, AgeRow(policy_id, Bilingual(zh, en), ([], [], [], [])))
        age = now_nth - nth_of(opened_at)
        row.cases[sum(age > limit for limit in AGES)].append(claim_id)
    return sorted(found.values(), key=lambda row: -sum(row.counts))


@dataclass(frozen=True)
class UnitRate:
    """A unit's steps done within their limits this year, in percent, and how many steps that is."""

    unit_id: int
    unit: Bilingual
    rate: float
    steps: int


def on_time_by_unit(session: Session, period: Period) -> list[UnitRate]:
    """Steps taken within their own limit, by the unit that held the case (domain §0: both clocks are supervised).

    The eight units with the most steps, the best first.
    """
    holder, late = BEFORE.holder_id, func.sum(case((LATE, 1), else_=0))
    counted = steps_of_units(period, holder, func.count().label("n"), late.label("late")).group_by(holder).subquery()
    statement = (
        select(Unit.id, Unit.name_zh, Unit.name_en, counted.c.n, counted.c.late)
        .join(counted, counted.c.holder_id == Unit.id)
        .order_by(counted.c.n.desc(), Unit.id)
        .limit(8)
    )
    rates = (
        UnitRate(unit_id, Bilingual(zh, en), 100.0 * (n - (bad or 0)) / n, n)
        for unit_id, zh, en, n, bad in session.execute(statement)
    )
    return sorted(rates, key=lambda row: -row.rate)


LATE = History.nth > History.step_due_nth
"""A step taken after its own limit."""
BEFORE = aliased(History)
"""The step before one of `steps_of_units`: with whom the case was until then."""


def steps_of_units(period: Period, *columns: Any) -> Select[Any]:
    """Columns of the steps of a stretch that had a limit of their own, each beside the one BEFORE by which a unit got
    the case.

    What the machine did in time is nobody's merit: it tells thousands of found rights at the moment it finds them.
    What it had to end because nobody came counts as late.
    """
    h, area = History, period.area
    inside = (h.at >= period.start, h.at < period.end, h.step_due_nth.is_not(None))
    here = true() if area is None else exists(Case.id).where(Case.id == h.case_id, in_area(area))
    steps = (
        select(*columns).select_from(h).join(BEFORE, (BEFORE.case_id == h.case_id) & (BEFORE.version == h.version - 1))
    )
    return steps.where(*inside, or_(h.role != Role.SYSTEM, LATE), BEFORE.holder_id.is_not(None), here)


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
        .where(of_kind(CareRequest), in_area(period.area))
        .where(CareRequest.opened_at >= period.start, CareRequest.opened_at < period.end)
        .group_by(CareRequest.category)
        .order_by(func.count().desc())
        .limit(8)
    )
    return [CareField(category, n, people) for category, n, people in session.execute(statement)]


def paid_by_month(session: Session, period: Period) -> list[int]:
    """Cumulative payments (fen) by month of this year up to the present month."""
    statement = select(PaymentItem.paid_on, func.sum(PaymentItem.amount_fen)).where(paid_in(period))
    sums = [0] * 12
    for paid_on, fen in session.execute(statement.group_by(PaymentItem.paid_on)):
        sums[paid_on.month - 1] += int(fen)
    total, found = 0, []
    for fen in sums[: period.month]:
        total += fen
        found.append(total)
    return found


def paid_in(period: Period) -> ColumnElement[bool]:
    """The payments of the year that arrived."""
    arrived = PaymentItem.state.in_(("success", "closed"))
    return and_(PaymentItem.paid_on >= date(period.year, 1, 1), arrived, in_area(period.area))
