"""Dispatch orders as the campaign room sees them: the list, and one order with everything that hangs on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS
from concierge.engine.explain import Way, explain
from concierge.engine.tables import Case, of_kind
from concierge.models.campaign import Campaign, ServiceExpert, ServiceField
from concierge.models.care import Rating
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.models.scope import visible_cases, visible_orders
from concierge.queries.holders import holder_names
from concierge.queries.order_details import Advice, DoneLine, Member, advice_of, done_on, members_of
from concierge.rules.dispatch import OrderChannel, ServiceMode

PAGE = 40
VIEWS: dict[str, tuple[str, ...]] = {
    "todo": ("raised", "triaged", "declined", "host_confirmed", "rated"),
    "out": ("dispatched", "accepted", "served"),
    "over": ("closed", "cancelled"),
    "all": (),
}
"""The views of the list: what the bureau must do, what is with others, what is over."""
_HOST = aliased(Unit)


@dataclass(frozen=True)
class OrderFilter:
    """What a list of orders is asked for: a view, a field, a month of service (YYYY-MM), a place in the list."""

    view: str = "todo"
    field_id: int | None = None
    month: str = ""
    before: int | None = None


@dataclass(frozen=True)
class OrderRow:
    """One order of the list."""

    id: int
    number: str
    title: Bilingual
    state: Text
    state_name: str
    field: Bilingual
    host: Bilingual
    who: Text | Bilingual
    starts_on: date
    served_on: date | None
    people: int
    lead: str
    due_on: date | None


@dataclass(frozen=True)
class OrderList:
    """One page of orders; `next` is the place of the following page."""

    rows: tuple[OrderRow, ...]
    next: int | None


def _columns() -> list[Any]:
    o = DispatchOrder
    names = "id number title_zh title_en state starts_on served_on due_on named holder holder_id assignee_id"
    return [getattr(o, name) for name in names.split()]


def order_list(session: Session, *, actor: Actor, wanted: OrderFilter) -> OrderList:
    """One page of the orders the actor may see, newest first. Four statements."""
    o, f = DispatchOrder, ServiceField
    where = [visible_orders(actor), *_narrowed(wanted)]
    names = (f.name_zh.label("field_zh"), f.name_en.label("field_en"), _HOST.name_zh, _HOST.name_en)
    rows = session.execute(
        select(*_columns(), *names)
        .join(f, f.id == o.field_id)
        .join(_HOST, _HOST.id == o.host_unit_id)
        .where(*where)
        .order_by(o.id.desc())
        .limit(PAGE + 1)
    ).all()
    kept = rows[:PAGE]
    who, leads = holder_names(session, kept), _leads(session, [row.id for row in kept])
    flow = FLOWS["dispatch_order"]
    found = tuple(
        OrderRow(
            row.id,
            row.number,
            Bilingual(row.title_zh, row.title_en),
            flow.states[row.state].label,
            row.state,
            Bilingual(row.field_zh, row.field_en),
            Bilingual(row.name_zh, row.name_en),
            who.who(row),
            row.starts_on,
            row.served_on,
            row.named,
            leads.get(row.id, ""),
            row.due_on,
        )
        for row in kept
    )
    return OrderList(found, kept[-1].id if len(rows) > PAGE else None)


def _narrowed(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    o = DispatchOrder
    found: list[ColumnElement[bool]] = []
    if states := VIEWS.get(wanted.view, ()):
        found.append(o.state.in_(states))
    if wanted.field_id is not None:
        found.append(o.field_id == wanted.field_id)
    if wanted.month:
        first = date.fromisoformat(f"{wanted.month}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        found.append(and_(o.served_on >= first, o.served_on < following))
    if wanted.before is not None:
        found.append(o.id < wanted.before)
    return found


def _leads(session: Session, order_ids: list[int]) -> dict[int, str]:
    m, e = DispatchMember, ServiceExpert
    rows = session.execute(
        select(m.order_id, e.full_name).join(e, e.id == m.expert_id).where(among(m.order_id, order_ids), m.is_lead)
    )
    return dict(rows.tuples().all())


@dataclass(frozen=True)
class OrderPage:
    """One order with everything that hangs on it."""

    id: int
    number: str
    version: int
    title: Bilingual
    state: Text
    state_name: str
    is_open: bool
    campaign: Bilingual
    field: Bilingual
    field_id: int
    bureau_id: int
    host: Bilingual
    host_unit_id: int
    host_phone: str
    who: Text | Bilingual
    due_on: date | None
    need: str
    place: str
    caller: str
    channel: Text
    mode: Text | str
    starts_on: date
    served_on: date | None
    half_days: int
    words: str
    solved: int
    serves: int
    members: tuple[Member, ...]
    done: tuple[DoneLine, ...]
    advice: Advice | None
    rating: int | None
    rating_words: str
    ways: tuple[Way, ...]
    has_course: bool


def orders_in_sight(session: Session, *, actor: Actor, ids: Iterable[int | None]) -> frozenset[int]:
    """Those of some orders that the actor may open."""
    wanted = [order_id for order_id in ids if order_id is not None]
    found = select(DispatchOrder.id).where(DispatchOrder.id.in_(wanted), visible_orders(actor))
    return frozenset(session.execute(found).scalars())


def order_page(session: Session, *, actor: Actor, now: datetime, order_id: int) -> OrderPage:
    """One order the actor may see. Raises NotFound. At most twelve statements."""
    order = session.execute(
        select(DispatchOrder).where(DispatchOrder.id == order_id, visible_orders(actor))
    ).scalar_one_or_none()
    if order is None:
        raise NotFound()
    c, f = Campaign, ServiceField
    around = session.execute(
        select(c.name_zh, c.name_en, f.name_zh, f.name_en, _HOST.name_zh, _HOST.name_en, _HOST.phone)
        .select_from(f)
        .join(c, c.id == order.campaign_id)
        .join(_HOST, _HOST.id == order.host_unit_id)
        .where(f.id == order.field_id)
    ).one()
    rating = session.execute(select(Rating.level, Rating.words).where(Rating.case_id == order_id)).first()
    return OrderPage(
        campaign=Bilingual(around[0], around[1]),
        field=Bilingual(around[2], around[3]),
        host=Bilingual(around[4], around[5]),
        host_phone=around[6],
        bureau_id=order.sector_id,
        title=Bilingual(order.title_zh, order.title_en),
        state=FLOWS[order.kind].states[order.state].label,
        state_name=order.state,
        who=holder_names(session, [order]).who(order),
        channel=OrderChannel(order.channel).label,
        mode=ServiceMode(order.mode).label if order.mode else "",
        members=members_of(session, order_id),
        done=done_on(session, order_id),
        advice=advice_of(session, order_id),
        rating=rating.level if rating is not None else None,
        rating_words=rating.words if rating is not None else "",
        ways=tuple(explain(session, order, actor, now=now)),
        has_course=session.execute(select(Case.id).where(Case.id == order_id, visible_cases(actor))).first()
        is not None,
        **{name: getattr(order, name) for name in _PLAIN.split()},
    )


_PLAIN = """id number version is_open field_id host_unit_id due_on need place caller starts_on served_on half_days words
solved serves"""


def view_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many open orders are in each view; one statement."""
    o = DispatchOrder
    rows = session.execute(
        select(o.state, func.count()).where(of_kind(o), visible_orders(actor), o.is_open).group_by(o.state)
    )
    by_state = dict(rows.tuples().all())
    return {
        view: sum(by_state.get(state, 0) for state in states)
        for view, states in VIEWS.items()
        if states and view != "over"
    }
