"""The campaign's figures, counted from records: batches are orders, person-times their members, people are distinct.

A span is a campaign (with those under it), days from and to, and perhaps one bureau. Every count reads the rows of the
span alone: tables are entered by district, campaign and day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

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
from concierge.models.press import PressItem
from concierge.models.report import ActionItem
from concierge.rules.summaries import OF_ACTIVITY

GRANTED = ("approved", "on_post", "completed")
Code = InstrumentedAttribute[str]
"""The code that figures are told by: a reporting group's, or a field's."""


@dataclass(frozen=True)
class Span:
    """What is counted: campaigns, days (both included), and the bureau or field if only one is asked for."""

    campaigns: tuple[int, ...]
    first: date
    last: date
    bureau_id: int | None = None
    field_id: int | None = None

    @classmethod
    def of_year(cls, campaigns: Iterable[int], year: int) -> "Span":
        """A whole year."""
        return cls(tuple(campaigns), date(year, 1, 1), date(year, 12, 31))

    def of(self, campaign: Any, day: Any, field: Any = ServiceField) -> list[ColumnElement[bool]]:
        """The clauses that keep a table to this span."""
        return [among(campaign, self.campaigns), day >= self.first, day <= self.last, *self.led(field)]

    def led(self, field: Any = ServiceField) -> list[ColumnElement[bool]]:
        """The clauses that keep to the bureau and the field asked for; the field must be joined."""
        found = [] if self.bureau_id is None else [field.unit_id == self.bureau_id]
        return found if self.field_id is None else [*found, field.id == self.field_id]


def count_all(session: Session, span: Span, by: Code = ReportingGroup.code) -> dict[str, int]:
    """Every figure of a span by name, for each group (or field) and in all. Twelve statements, whatever the rows.

    Figures of distinct people and hosts in all are counted anew, never added up from the groups.
    """
    figures: dict[str, int] = defaultdict(int)
    counts = ((_orders(span, by), "batches"), (_members(span, by), "people"), (_teams(span, by), "teams"))
    for statement, measure in counts:
        for group, number in session.execute(statement):
            figures[f"{group}.{measure}"] += number
            figures[measure] += number
    _distinct(session, span, by, figures)
    for group, kind, amount in session.execute(_activities(span, by)):
        figures[f"{group}.{OF_ACTIVITY[kind]}"] += amount
        figures[OF_ACTIVITY[kind]] += amount
    for group, form, number in session.execute(_placements(span, by)):
        measure = "visits" if form == "visit" else "shadowing"
        figures[f"{group}.{measure}"] += number
        figures[measure] += number
    if span.bureau_id is None and span.field_id is None:
        figures["press"] = published(session, span)
        figures["meetings"] = session.execute(_meetings(span)).scalar_one()
        figures["units"] = session.execute(_units(span)).scalar_one()
        figures["problems"], figures["unsolved"] = session.execute(_problems(span)).one()
    return dict(figures)


def dispatched(session: Session, span: Span) -> dict[str, tuple[int, int]]:
    """Batches and person-times of each reporting group that has any. Two statements."""
    made = (_orders(span, ReportingGroup.code), _members(span, ReportingGroup.code))
    batches, people = (dict(session.execute(statement).tuples().all()) for statement in made)
    return {group: (number, people.get(group, 0)) for group, number in batches.items()}


def published(session: Session, span: Span) -> int:
    """Items of publicity that were published in a span, those of one unit if it asks for one."""
    i = PressItem
    where = [among(i.campaign_id, span.campaigns), i.published_on >= span.first, i.published_on <= span.last]
    if span.bureau_id is not None:
        where.append(i.unit_id == span.bureau_id)
    return session.execute(select(func.count(i.id)).where(*where)).scalar_one()


def _of_each(by: Code, source: Any, on: Any, *columns: Any) -> Select[Any]:
    """Columns of the rows of a table with a field, beside the code of the group or field they are told under."""
    f, g = ServiceField, ReportingGroup
    return select(by, *columns).select_from(source).join(f, f.id == on).join(g, g.id == f.group_id)


def _orders(span: Span, by: Code) -> Select[Any]:
    o = DispatchOrder
    return _of_each(by, o, o.field_id, func.count()).group_by(by).where(*span.of(o.campaign_id, o.served_on))


def standing(span: Span) -> list[ColumnElement[bool]]:
    """The clauses that keep to the teams that stood on a day of a span; the field must be joined."""
    t = ServiceTeam
    lasts = or_(t.ended_on.is_(None), t.ended_on >= span.first)
    return [among(t.campaign_id, span.campaigns), t.formed_on <= span.last, lasts, *span.led()]


def _members(span: Span, by: Code) -> Select[Any]:
    o, m = DispatchOrder, DispatchMember
    joined = _of_each(by, o, o.field_id, func.count(m.id)).join(m, m.order_id == o.id)
    return joined.group_by(by).where(*span.of(o.campaign_id, o.served_on))


def _teams(span: Span, by: Code) -> Select[Any]:
    t = ServiceTeam
    return _of_each(by, t, t.field_id, func.count()).group_by(by).where(*standing(span))


def _distinct(session: Session, span: Span, by: Code, figures: dict[str, int]) -> None:
    """Counted once: experts who went, mentees who are followed, units and villages that were served."""
    o, m, e = DispatchOrder, DispatchMember, Mentorship
    served = span.of(o.campaign_id, o.served_on)
    went = _of_each(by, o, o.field_id, m.expert_id).join(m, m.order_id == o.id).where(*served)
    followed = _of_each(by, e, e.field_id, e.unit_id, e.mentee_name).where(*span.of(e.campaign_id, e.starts_on))
    hosts = _of_each(by, o, o.field_id, o.host_unit_id).where(*served)
    for measure, statement in (("experts", went), ("mentees", followed), ("hosts", hosts)):
        rows = [tuple(row) for row in session.execute(statement.distinct())]
        for group, number in Counter(row[0] for row in rows).items():
            figures[f"{group}.{measure}"] = number
        figures[measure] = len({row[1:] for row in rows})


def _activities(span: Span, by: Code) -> Select[Any]:
    a = Activity
    joined = _of_each(by, a, a.field_id, a.kind, func.sum(a.amount))
    return joined.where(*span.of(a.campaign_id, a.happened_on)).group_by(by, a.kind)


def _placements(span: Span, by: Code) -> Select[Any]:
    """Whoever was granted a visit; whoever was declared for a post, which is not to have held one."""
    p = Placement
    told = or_(and_(p.form == "visit", p.state.in_(GRANTED)), and_(p.form == "shadowing", p.state != "ended"))
    joined = _of_each(by, p, p.field_id, p.form, func.count())
    return joined.where(told, *span.of(p.campaign_id, p.declared_on)).group_by(by, p.form)


def _meetings(span: Span) -> Select[Any]:
    return select(func.count(Meeting.id)).where(*span.of(Meeting.campaign_id, Meeting.held_on))


def _units(span: Span) -> Select[Any]:
    u = CampaignUnit
    return select(func.count(u.unit_id.distinct())).where(among(u.campaign_id, span.campaigns))


def of_returns(span: Span) -> list[ColumnElement[bool]]:
    """The clauses that keep things to do to the problems that monthly returns of a span named."""
    a = ActionItem
    month = a.year * 100 + a.month
    inside = month.between(span.first.year * 100 + span.first.month, span.last.year * 100 + span.last.month)
    return [among(a.campaign_id, span.campaigns), a.report_id.is_not(None), inside]


def _problems(span: Span) -> Select[Any]:
    """The problems named in returns, and those of them that are still open."""
    a = ActionItem
    return select(func.count(a.id), func.count(a.id).filter(a.done_on.is_(None))).where(*of_returns(span))
