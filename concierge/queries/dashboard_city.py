"""The districts of a site side by side, for a prefecture: counts alone, and of no district a single row."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.engine.tables import Case
from concierge.models.campaign import Campaign
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import District
from concierge.queries.dashboard import Period, open_cases, overdue, pending_benefits

_CITY = {"whole_city": True}


@dataclass(frozen=True)
class DistrictRow:
    """A district: matters being handled, overdue, benefits pending; batches and person-times of the stretch."""

    id: int
    name: Bilingual
    open: int = 0
    overdue: int = 0
    pending: int = 0
    batches: int = 0
    people: int = 0


def by_district(session: Session, period: Period) -> list[DistrictRow]:
    """Every district of the site, each counted as its own dashboard counts it. Three statements."""
    clauses = open_cases(), overdue(period.now), pending_benefits()
    matters = select(Case.district_id, *map(_how_many, clauses)).where(Case.is_open).group_by(Case.district_id)
    o, m, c = DispatchOrder, DispatchMember, Campaign
    went = (
        select(o.district_id, func.count(o.id.distinct()), func.count(m.id))
        .join(c, (c.id == o.campaign_id) & (c.district_id == o.district_id))
        .outerjoin(m, (m.order_id == o.id) & (m.district_id == o.district_id))
        .where(c.year == period.year)
        .where(o.served_on >= period.first_day, o.served_on <= period.last_day)
        .group_by(o.district_id)
    )
    counts, sent = (
        {district: tuple(numbers) for district, *numbers in session.execute(counted, execution_options=_CITY)}
        for counted in (matters, went)
    )
    names = session.execute(select(District.id, District.name_zh, District.name_en).order_by(District.code))
    return [
        DistrictRow(district, Bilingual(zh, en), *counts.get(district, (0, 0, 0)), *sent.get(district, (0, 0)))
        for district, zh, en in names
    ]


def _how_many(clause: ColumnElement[bool]) -> Any:
    return func.sum(case((clause, 1), else_=0))
