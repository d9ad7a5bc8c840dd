"""What the charts of the dashboard draw: waiting by age, units against the target, care by field, money by month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual
from concierge.engine.tables import Case, History
from concierge.models.care import CareRequest
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.payment import PaymentItem
from concierge.models.policy import Policy
from concierge.queries.dashboard import Period, in_area, pending_benefits

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
    late = func.sum(case((LATE, 1), else_=0))
    statement = (
        steps_of_units(period, Unit.id, Unit.name_zh, Unit.name_en, func.count(), late)
        .group_by(Unit.id, Unit.name_zh, Unit.name_en)
        .order_by(func.count().desc())
        .limit(8)
    )
    rates = (
        UnitRate(unit_id, Bilingual(zh, en), 100.0 * (n - (bad or 0)) / n, n)
        for unit_id, zh, en, n, bad in session.execute(statement)
    )
    return sorted(rates, key=lambda row: -row.rate)


LATE = History.nth > History.step_due_nth
"""A step taken after its own limit."""


def steps_of_units(period: Period, *columns: Any) -> Select[Any]:
    """Columns of the steps of a stretch that had a limit of their own, each beside the unit that held the case."""
    previous = aliased(History)
    joined = select(*columns).select_from(History).join(Case, Case.id == History.case_id)
    joined = joined.join(
        previous, (previous.case_id == History.case_id) & (previous.version == History.version - 1)
    ).join(Unit, Unit.id == previous.holder_id)
    inside = History.at >= period.start, History.at < period.end
    return joined.where(*inside, History.step_due_nth.is_not(None), in_area(period.area))


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
        .where(CareRequest.opened_at >= period.start, CareRequest.opened_at < period.end, in_area(period.area))
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
