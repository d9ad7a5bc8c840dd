"""The campaign's figures, counted from records: batches are orders, person-times their members, people are distinct.

A span is a campaign (with those under it), days from and to, and perhaps one bureau. Every count reads the rows of the
span alone: tables are entered by district, campaign and day.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.models.campaign import (
    CampaignUnit,
    Meeting,
    Placement,
    ReportingGroup,
    ServiceField,
    ServiceTeam,
)
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder, Mentorship
from concierge.rules.summaries import OF_ACTIVITY

GRANTED = ("approved", "on_post", "completed")


@dataclass(frozen=True)
class Span:
    """What is counted: campaigns, days (both included), and the bureau if only one is asked for."""

    campaigns: tuple[int, ...]
    first: date
    last: date
    bureau_id: int | None = None

    @classmethod
    def of_year(cls, campaigns: Iterable[int], year: int) -> "Span":
        """A whole year."""
        return cls(tuple(campaigns), date(year, 1, 1), date(year, 12, 31))

    def of(self, campaign: Any, day: Any, field: Any = ServiceField) -> list[ColumnElement[bool]]:
        """The clauses that keep a table to this span."""
        found = [among(campaign, self.campaigns), day >= self.first, day <= self.last]
        return [*found, field.unit_id == self.bureau_id] if self.bureau_id is not None else found


def count_all(session: Session, span: Span) -> dict[str, int]:
    """Every figure of a span by name, for each group and in all. Eight statements, whatever the number of rows.

    Figures of distinct people in all are counted anew, never added up from the groups.
    """
    figures: dict[str, int] = defaultdict(int)
    for statement, measure in ((_orders(span), "batches"), (_members(span), "people"), (_teams(span), "teams")):
        for group, number in session.execute(statement):
            figures[f"{group}.{measure}"] += number
            figures[measure] += number
    _distinct(session, span, figures)
    for group, kind, amount in session.execute(_activities(span)):
        figures[f"{group}.{OF_ACTIVITY[kind]}"] += amount
        figures[OF_ACTIVITY[kind]] += amount
    for group, form, number in session.execute(_placements(span)):
        measure = "visits" if form == "visit" else "shadowing"
        figures[f"{group}.{measure}"] += number
        figures[measure] += number
    if span.bureau_id is None:
        figures["meetings"] = session.execute(_meetings(span)).scalar_one()
        figures["units"] = session.execute(_units(span)).scalar_one()
    return dict(figures)


def dispatched(session: Session, span: Span) -> dict[str, tuple[int, int]]:
    """Batches and person-times of each reporting group that has any. Two statements."""
    batches, people = (dict(session.execute(made(span)).tuples().all()) for made in (_orders, _members))
    return {group: (number, people.get(group, 0)) for group, number in batches.items()}


def _grouped(counted: Any, source: Any, on: Any) -> Select[Any]:
    """A count for each reporting group of the rows of a table with a field."""
    f, g = ServiceField, ReportingGroup
    joined = select(g.code, counted).select_from(source).join(f, f.id == on).join(g, g.id == f.group_id)
    return joined.group_by(g.code)


def _orders(span: Span) -> Select[Any]:
    o = DispatchOrder
    return _grouped(func.count(), o, o.field_id).where(*span.of(o.campaign_id, o.served_on))


def _members(span: Span) -> Select[Any]:
    o, m = DispatchOrder, DispatchMember
    joined = _grouped(func.count(m.id), o, o.field_id).join(m, m.order_id == o.id)
    return joined.where(*span.of(o.campaign_id, o.served_on))


def _teams(span: Span) -> Select[Any]:
    t = ServiceTeam
    where = [among(t.campaign_id, span.campaigns), t.formed_on <= span.last]
    if span.bureau_id is not None:
        where.append(ServiceField.unit_id == span.bureau_id)
    return _grouped(func.count(), t, t.field_id).where(*where)


def _distinct(session: Session, span: Span, figures: dict[str, int]) -> None:
    """People counted once: experts who went, mentees who are followed."""
    o, m = DispatchOrder, DispatchMember
    went = select(ReportingGroup.code, m.expert_id).select_from(o).join(ServiceField, ServiceField.id == o.field_id)
    went = went.join(ReportingGroup, ReportingGroup.id == ServiceField.group_id).join(m, m.order_id == o.id)
    experts = session.execute(went.where(*span.of(o.campaign_id, o.served_on)).distinct()).all()
    followed = select(ReportingGroup.code, Mentorship.unit_id, Mentorship.mentee_name).select_from(Mentorship)
    followed = followed.join(ServiceField, ServiceField.id == Mentorship.field_id)
    followed = followed.join(ReportingGroup, ReportingGroup.id == ServiceField.group_id)
    mentees = session.execute(followed.where(*span.of(Mentorship.campaign_id, Mentorship.starts_on)).distinct()).all()
    for measure, rows in (("experts", experts), ("mentees", mentees)):
        for group in {row[0] for row in rows}:
            figures[f"{group}.{measure}"] = sum(row[0] == group for row in rows)
        figures[measure] = len({tuple(row[1:]) for row in rows})


def _activities(span: Span) -> Select[Any]:
    a, f, g = Activity, ServiceField, ReportingGroup
    joined = select(g.code, a.kind, func.sum(a.amount)).select_from(a).join(f, f.id == a.field_id)
    joined = joined.join(g, g.id == f.group_id)
    return joined.where(*span.of(a.campaign_id, a.happened_on)).group_by(g.code, a.kind)


def _placements(span: Span) -> Select[Any]:
    """Whoever was granted a visit; whoever was declared for a post, which is not to have held one."""
    p, g = Placement, ReportingGroup
    told = or_(and_(p.form == "visit", p.state.in_(GRANTED)), and_(p.form == "shadowing", p.state != "ended"))
    joined = select(g.code, p.form, func.count()).select_from(p).join(ServiceField, ServiceField.id == p.field_id)
    joined = joined.join(g, g.id == ServiceField.group_id)
    return joined.where(told, *span.of(p.campaign_id, p.declared_on)).group_by(g.code, p.form)


def _meetings(span: Span) -> Select[Any]:
    return select(func.count(Meeting.id)).where(*span.of(Meeting.campaign_id, Meeting.held_on))


def _units(span: Span) -> Select[Any]:
    u = CampaignUnit
    return select(func.count(u.unit_id.distinct())).where(among(u.campaign_id, span.campaigns))
