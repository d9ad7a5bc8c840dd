"""The rows behind a figure of the campaign: what exactly was counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.engine.declare import FLOWS
from concierge.models.campaign import (
    CampaignUnit,
    Meeting,
    Placement,
    ReportingGroup,
    ServiceExpert,
    ServiceField,
    ServiceTeam,
)
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder, Mentorship
from concierge.models.district import Unit
from concierge.models.press import PressItem
from concierge.models.report import ActionItem
from concierge.queries.campaign_figures import GRANTED, Span, of_returns, standing
from concierge.rules.dispatch import CampaignPart, MeetingKind
from concierge.rules.press import PressChannel
from concierge.rules.roles import UnitKind
from concierge.rules.summaries import MEASURES, OF_ACTIVITY

PAGE = 100
KINDS = {measure: kind for kind, measure in OF_ACTIVITY.items()}
_HOST = aliased(Unit)


@dataclass(frozen=True)
class Row:
    """One thing that was counted: what it is, a word beside it, its day, how much it counts, its order if any."""

    id: int
    main: Bilingual | str
    note: Bilingual | Text | str
    day: date | None
    amount: int
    order_id: int | None = None


@dataclass(frozen=True)
class Rows:
    """One page of rows; `next` is the place of the following page."""

    rows: tuple[Row, ...]
    next: int | None


def rows_behind(
    session: Session,
    *,
    span: Span,
    group: str,
    measure: str,
    after: int = 0,
    only: ColumnElement[bool] | None = None,
) -> Rows:
    """A page of what a figure counts, in the order of recording. Raises NotFound for a figure that does not exist.

    `only` narrows the orders, for figures that count orders or their members.
    """
    if measure not in MEASURES:
        raise NotFound()
    teller = _TELLERS.get(measure, _activities)
    kept = _of_group(group) if only is None else _of_group(group) & only
    found = teller(session, span, kept, measure, after)
    return Rows(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def _of_group(group: str) -> Any:
    """The clause that keeps to a reporting group; the field must be joined."""
    wanted = select(ReportingGroup.id).where(ReportingGroup.code == group)
    return ServiceField.group_id.in_(wanted) if group else ServiceField.id.is_not(None)


def _page(statement: Select[Any], key: Any, after: int) -> Select[Any]:
    return statement.where(key > after).order_by(key).limit(PAGE + 1)


def _batches(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    o, f = DispatchOrder, ServiceField
    wanted = select(o.id, o.number, o.title_zh, o.title_en, o.served_on, o.named, _HOST.name_zh, _HOST.name_en)
    wanted = wanted.join(f, f.id == o.field_id).join(_HOST, _HOST.id == o.host_unit_id)
    rows = session.execute(_page(wanted.where(group, *span.of(o.campaign_id, o.served_on)), o.id, after))
    return [
        Row(
            row.id,
            Bilingual(row.title_zh, row.title_en),
            f"{row.number} · {Bilingual(row.name_zh, row.name_en)}",
            row.served_on,
            1,
            row.id,
        )
        for row in rows
    ]


def _people(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    o, m, e, f = DispatchOrder, DispatchMember, ServiceExpert, ServiceField
    wanted = select(m.id, m.order_id, e.full_name, o.number, o.title_zh, o.title_en, o.served_on).select_from(m)
    wanted = wanted.join(o, o.id == m.order_id).join(f, f.id == o.field_id).join(e, e.id == m.expert_id)
    rows = session.execute(_page(wanted.where(group, *span.of(o.campaign_id, o.served_on)), m.id, after))
    return [
        Row(row.id, row.full_name, Bilingual(row.title_zh, row.title_en), row.served_on, 1, row.order_id)
        for row in rows
    ]


def _experts(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    o, m, e, f = DispatchOrder, DispatchMember, ServiceExpert, ServiceField
    wanted = select(e.id, e.full_name, _HOST.name_zh, _HOST.name_en, func.count().label("times")).select_from(m)
    wanted = wanted.join(o, o.id == m.order_id).join(f, f.id == o.field_id).join(e, e.id == m.expert_id)
    wanted = wanted.join(_HOST, _HOST.id == e.home_unit_id).where(group, *span.of(o.campaign_id, o.served_on))
    rows = session.execute(_page(wanted.group_by(e.id, e.full_name, _HOST.name_zh, _HOST.name_en), e.id, after))
    return [Row(row.id, row.full_name, Bilingual(row.name_zh, row.name_en), None, row.times) for row in rows]


def _hosts(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    o, f = DispatchOrder, ServiceField
    wanted = select(_HOST.id, _HOST.name_zh, _HOST.name_en, _HOST.kind, func.count().label("times")).select_from(o)
    wanted = wanted.join(f, f.id == o.field_id).join(_HOST, _HOST.id == o.host_unit_id)
    wanted = wanted.where(group, *span.of(o.campaign_id, o.served_on))
    rows = session.execute(_page(wanted.group_by(_HOST.id, _HOST.name_zh, _HOST.name_en, _HOST.kind), _HOST.id, after))
    return [Row(row.id, Bilingual(row.name_zh, row.name_en), UnitKind(row.kind).label, None, row.times) for row in rows]


def _activities(session: Session, span: Span, group: Any, measure: str, after: int) -> list[Row]:
    a, f = Activity, ServiceField
    wanted = select(a.id, a.title, a.happened_on, a.amount, a.order_id, _HOST.name_zh, _HOST.name_en)
    wanted = wanted.join(f, f.id == a.field_id).outerjoin(_HOST, _HOST.id == a.unit_id)
    wanted = wanted.where(group, a.kind == KINDS[measure], *span.of(a.campaign_id, a.happened_on))
    label = MEASURES[measure].label
    return [
        Row(
            row.id,
            row.title or str(label),
            Bilingual(row.name_zh or "", row.name_en or ""),
            row.happened_on,
            row.amount,
            row.order_id,
        )
        for row in session.execute(_page(wanted, a.id, after))
    ]


def _mentees(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    m, f, first = Mentorship, ServiceField, func.min(Mentorship.id)
    wanted = select(first.label("id"), m.mentee_name, _HOST.name_zh, _HOST.name_en, func.count().label("mentors"))
    wanted = wanted.select_from(m).join(f, f.id == m.field_id).join(_HOST, _HOST.id == m.unit_id)
    wanted = wanted.where(group, *span.of(m.campaign_id, m.starts_on))
    wanted = wanted.group_by(m.unit_id, m.mentee_name, _HOST.name_zh, _HOST.name_en)
    rows = session.execute(wanted.having(first > after).order_by(first).limit(PAGE + 1))
    return [Row(row.id, row.mentee_name, Bilingual(row.name_zh, row.name_en), None, row.mentors) for row in rows]


def _teams(session: Session, span: Span, group: Any, _measure: str, after: int) -> list[Row]:
    t, f = ServiceTeam, ServiceField
    wanted = select(t.id, t.name_zh, t.name_en, t.formed_on, _HOST.name_zh.label("zh"), _HOST.name_en.label("en"))
    wanted = wanted.join(f, f.id == t.field_id).join(_HOST, _HOST.id == t.base_unit_id)
    wanted = wanted.where(group, *standing(span))
    return [
        Row(row.id, Bilingual(row.name_zh, row.name_en), Bilingual(row.zh, row.en), row.formed_on, 1)
        for row in session.execute(_page(wanted, t.id, after))
    ]


def _placements(session: Session, span: Span, group: Any, measure: str, after: int) -> list[Row]:
    p, f = Placement, ServiceField
    told = p.state.in_(GRANTED) if measure == "visits" else p.state != "ended"
    wanted = select(p.id, p.person_name, p.programme, p.state, p.declared_on).join(f, f.id == p.field_id)
    form = "visit" if measure == "visits" else "shadowing"
    wanted = wanted.where(group, told, p.form == form, *span.of(p.campaign_id, p.declared_on))
    states = FLOWS["placement"].states
    return [
        Row(row.id, row.person_name, f"{row.programme} · {states[row.state].label}", row.declared_on, 1)
        for row in session.execute(_page(wanted, p.id, after))
    ]


def _meetings(session: Session, span: Span, _group: Any, _measure: str, after: int) -> list[Row]:
    m = Meeting
    wanted = select(m.id, m.title, m.kind, m.held_on).where(*span.of(m.campaign_id, m.held_on))
    return [
        Row(row.id, row.title, MeetingKind(row.kind).label, row.held_on, 1)
        for row in session.execute(_page(wanted, m.id, after))
    ]


def _press(session: Session, span: Span, _group: Any, _measure: str, after: int) -> list[Row]:
    i = PressItem
    wanted = select(i.id, i.title_zh, i.channel, i.published_on).where(
        i.campaign_id.in_(span.campaigns), i.published_on >= span.first, i.published_on <= span.last
    )
    if span.bureau_id is not None:
        wanted = wanted.where(i.unit_id == span.bureau_id)
    return [
        Row(row.id, row.title_zh, PressChannel(row.channel).label, row.published_on, 1)
        for row in session.execute(_page(wanted, i.id, after))
    ]


def _problems(session: Session, span: Span, _group: Any, measure: str, after: int) -> list[Row]:
    a = ActionItem
    wanted = select(a.id, a.words, a.due_on, a.done_on, _HOST.name_zh, _HOST.name_en).join(_HOST, _HOST.id == a.unit_id)
    wanted = wanted.where(*of_returns(span), *([a.done_on.is_(None)] if measure == "unsolved" else []))
    return [
        Row(row.id, row.words, Bilingual(row.name_zh, row.name_en), row.done_on or row.due_on, 1)
        for row in session.execute(_page(wanted, a.id, after))
    ]


def _units(session: Session, span: Span, _group: Any, _measure: str, after: int) -> list[Row]:
    u = CampaignUnit
    wanted = select(u.id, u.part, _HOST.name_zh, _HOST.name_en).join(_HOST, _HOST.id == u.unit_id)
    wanted = wanted.where(u.campaign_id.in_(span.campaigns))
    return [
        Row(row.id, Bilingual(row.name_zh, row.name_en), CampaignPart(row.part).label, None, 1)
        for row in session.execute(_page(wanted, u.id, after))
    ]


_TELLERS: dict[str, Callable[[Session, Span, Any, str, int], list[Row]]] = {
    "batches": _batches,
    "people": _people,
    "experts": _experts,
    "mentees": _mentees,
    "hosts": _hosts,
    "teams": _teams,
    "visits": _placements,
    "shadowing": _placements,
    "meetings": _meetings,
    "press": _press,
    "units": _units,
    "problems": _problems,
    "unsolved": _problems,
}
