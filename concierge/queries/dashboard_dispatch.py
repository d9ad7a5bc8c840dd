"""The campaign on the dashboard: what was dispatched by field, by month and by township.

A batch is one order, a person-time is one of its members; they stand side by side and are never added (domain §1).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual, _
from concierge.models.campaign import Campaign, ReportingGroup, ServiceField
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.queries.campaign_figures import Span, dispatched
from concierge.queries.dashboard import Figure, Period
from concierge.rules.roles import UnitKind

_TOWN, _HOST = aliased(Unit), aliased(Unit)


@dataclass(frozen=True)
class FieldRow:
    """A reporting group, by the name its fields are told under: batches, and person-times."""

    code: str
    name: Bilingual
    batches: int
    people: int


@dataclass(frozen=True)
class TownRow:
    """A township: different experts who served there, their person-times, and the half days of the batches."""

    id: int
    name: Bilingual
    experts: int = 0
    people: int = 0
    half_days: int = 0


def span_between(session: Session, first: date, last: date, area: int | None = None) -> Span:
    """All campaigns of the year of `first`, each once, between two days of it (both included).

    An area keeps to the fields which that unit leads.
    """
    ids = session.execute(select(Campaign.id).where(Campaign.year == first.year).order_by(Campaign.id)).scalars()
    return Span(tuple(ids), first, last, area)


def span_of(session: Session, period: Period) -> Span:
    """The stretch looked at, as the campaigns of its year count it; it names no campaign when there is none."""
    return span_between(session, period.first_day, period.last_day, period.area)


def served_in(town: int | None) -> ColumnElement[bool]:
    """Orders for which a township, or a unit under it, answers; every order when none is named."""
    if town is None:
        return true()
    here = select(Unit.id).where(or_(Unit.id == town, Unit.parent_id == town))
    return DispatchOrder.answering_unit_id.in_(here)


def by_field(session: Session, span: Span) -> list[FieldRow]:
    """Batches and person-times of each reporting group that has any, most batches first. Three statements."""
    figures = dispatched(session, span)
    g = ReportingGroup
    names = session.execute(select(g.code, g.name_zh, g.name_en).order_by(g.position, g.id)).all()
    rows = [FieldRow(code, Bilingual(zh, en), *figures[code]) for code, zh, en in names if code in figures]
    return sorted(rows, key=lambda row: -row.batches)


def dispatch_figures(session: Session, period: Period) -> list[Figure]:
    """Batches and person-times of the stretch beside the same stretch of last year; none without a campaign."""
    span = span_of(session, period)
    if not span.campaigns:
        return []
    before = span_between(session, *period.days_before, period.area)
    batches, people = _in_all(session, span)
    last_batches, last_people = _in_all(session, before)
    months = people_by_month(session, period.year, period.area)[: period.month - 1]
    return [
        Figure("batches", _("Batches"), batches, "", last_batches or None, None, ()),
        Figure("people", _("Person-times"), people, "", last_people or None, None, tuple(months)),
    ]


def _in_all(session: Session, span: Span) -> tuple[int, int]:
    counts = dispatched(session, span).values()
    return sum(batches for batches, _people in counts), sum(people for _batches, people in counts)


def people_by_month(session: Session, year: int, area: int | None = None) -> list[int]:
    """Person-times of each of the twelve months of a year. Two statements."""
    o, m = DispatchOrder, DispatchMember
    span = span_between(session, date(year, 1, 1), date(year, 12, 31), area)
    days = select(o.served_on, func.count(m.id)).select_from(o).join(m, m.order_id == o.id)
    days = days.join(ServiceField, ServiceField.id == o.field_id).where(*span.of(o.campaign_id, o.served_on))
    months = [0] * 12
    for day, people in session.execute(days.group_by(o.served_on)):
        months[day.month - 1] += people
    return months


def by_township(session: Session, span: Span) -> list[TownRow]:
    """Every township of the district, also one that nobody went to; most experts first. Three statements."""
    o, m = DispatchOrder, DispatchMember
    people = select(_TOWN.id, func.count(m.expert_id.distinct()), func.count(m.id)).select_from(o)
    went = {town: (n, times) for town, n, times in session.execute(_of_towns(people.join(m, m.order_id == o.id), span))}
    lengths = session.execute(_of_towns(select(_TOWN.id, func.sum(o.half_days)).select_from(o), span))
    halves = {town: int(half_days) for town, half_days in lengths}
    towns = select(Unit.id, Unit.name_zh, Unit.name_en).where(Unit.kind == UnitKind.TOWNSHIP.value).order_by(Unit.id)
    rows = [
        TownRow(town, Bilingual(zh, en), *went.get(town, (0, 0)), halves.get(town, 0))
        for town, zh, en in session.execute(towns)
    ]
    return sorted(rows, key=lambda row: -row.experts)


def _of_towns(counts: Select[Any], span: Span) -> Select[Any]:
    """Counts of orders for each township that answers for them, or whose unit does."""
    o, f = DispatchOrder, ServiceField
    joined = counts.join(f, f.id == o.field_id).join(_HOST, _HOST.id == o.answering_unit_id)
    joined = joined.join(_TOWN, or_(_TOWN.id == _HOST.id, _TOWN.id == _HOST.parent_id))
    where = _TOWN.kind == UnitKind.TOWNSHIP.value
    return joined.where(where, *span.of(o.campaign_id, o.served_on)).group_by(_TOWN.id)
