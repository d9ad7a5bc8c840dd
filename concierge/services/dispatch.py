"""Dispatch orders: raised once by whoever hears the need, sorted by the bureau of the field, served and confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.campaign import Campaign, ServiceExpert, ServiceField
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.models.district import Unit
from concierge.models.scope import visible_orders
from concierge.rules.dispatch import OrderChannel
from concierge.rules.roles import Role, UnitKind
from concierge.services.calendars import calendar_of
from concierge.services.confirmed_days import grant_for_orders
from concierge.services.people import only
from concierge.services.repeats import recall, remember
from concierge.services.service_record import CONFIRMED
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

RAISERS = (Role.SECTOR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
NAMERS = (Role.SECTOR, Role.TALENT_OFFICE)
LONGEST_NEED = 2000
MOST_HALF_DAYS = 120
TITLE = 24
BEFORE_SERVICE = ("raised", "triaged", "declined", "dispatched", "accepted")


@dataclass(frozen=True, kw_only=True)
class Need:
    """What is needed, where, from when on; `half_days` is the length expected."""

    campaign_id: int
    field_id: int
    host_unit_id: int
    need: str
    starts_on: date
    channel: OrderChannel
    half_days: int = 2
    place: str = ""
    caller: str = ""
    mode: str = ""
    members: tuple[int, ...] = field(default=())
    reference: str | None = None


def raise_order(session: Session, *, actor: Actor, now: datetime, need: Need, key: str | None = None) -> int:
    """Raise an order for a unit's need; its number and first limit begin now. Returns its id.

    A liaison raises for his own unit and its villages, a bureau for any unit. Raises Invalid naming every field that
    is missing or wrong, NotFound for a unit out of the liaison's reach.
    """
    only(actor, *RAISERS)
    _check(need)
    body = {"need": [need.campaign_id, need.field_id, need.host_unit_id, need.need, need.starts_on.isoformat()]}
    with transaction(session):
        known = recall(session, actor, "raise-order", key, body)
        if known is not None:
            return int(known["id"])
        act = Act(actor, now, calendar_of(session, actor.district_id), data={"channel": need.channel.value})
        bureau = known_field(session, need.campaign_id, need.field_id)
        _check_host(session, actor, need.host_unit_id)
        [order_id] = open_orders(session, [need], {need.field_id: bureau}, act)
        remember(session, actor, "raise-order", key, body, {"id": order_id}, now)
    return order_id


def _check(need: Need) -> None:
    wrong = []
    if not need.need.strip():
        wrong.append(Reason("need_missing", _("Please write what is needed."), "need"))
    elif len(need.need) > LONGEST_NEED:
        wrong.append(Reason("need_long", _("At most %(n)s characters, please.", n=LONGEST_NEED), "need"))
    if not 1 <= need.half_days <= MOST_HALF_DAYS:
        wrong.append(Reason("half_days", _("From half a day to sixty days."), "half_days"))
    if wrong:
        raise Invalid(*wrong)


def known_field(session: Session, campaign_id: int, field_id: int) -> ServiceField:
    """The field of an order; Invalid when it or the campaign is not of this district."""
    found = session.get(ServiceField, field_id)
    if found is None:
        raise Invalid.because("unknown_field", _("Please choose a field of the campaign."), "field")
    if session.get(Campaign, campaign_id) is None:
        raise Invalid.because("unknown_campaign", _("Please choose a campaign."), "campaign")
    return found


def _check_host(session: Session, actor: Actor, unit_id: int) -> None:
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise Invalid.because("unknown_unit", _("Please choose a unit of this district."), "host")
    own = actor.units(Role.UNIT_LIAISON)
    if not actor.has(*NAMERS) and unit.id not in own and unit.parent_id not in own:
        raise Invalid.because("foreign_unit", _("You raise orders for your own unit and its villages."), "host")


def open_orders(session: Session, needs: Sequence[Need], fields: dict[int, ServiceField], act: Act) -> list[int]:
    """Open orders for checked needs inside the running transaction, with the members named; their ids in order."""
    office = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    office_id = session.execute(office).scalar_one_or_none()
    answering = answering_units(session, {need.host_unit_id for need in needs})
    rows = [
        _row(need, fields[need.field_id], office_id) | {"answering_unit_id": answering[need.host_unit_id]}
        for need in needs
    ]
    ids = open_cases(session, Flow, rows, act)
    pairs = [(order_id, list(need.members)) for order_id, need in zip(ids, needs, strict=True)]
    add_members(session, act.actor, [(order_id, members) for order_id, members in pairs if members])
    count_named(session, ids)
    return ids


def answering_units(session: Session, hosts: set[int]) -> dict[int, int]:
    """The unit whose liaison answers for each host: a village's township, otherwise the host itself."""
    rows = session.execute(select(Unit.id, Unit.kind, Unit.parent_id).where(among(Unit.id, hosts)))
    return {row.id: row.parent_id or row.id if row.kind == UnitKind.VILLAGE.value else row.id for row in rows}


def titles_of(bureau: ServiceField, text: str) -> dict[str, Any]:
    """What an order is called in both languages: its field and the beginning of what is needed."""
    short = text if len(text) <= TITLE else f"{text[:TITLE]}…"
    return {"title_zh": f"{bureau.name_zh}：{short}", "title_en": f"{bureau.name_en}: {short}"}


def _row(need: Need, bureau: ServiceField, office_id: int | None) -> dict[str, Any]:
    text = need.need.strip()
    return titles_of(bureau, text) | {
        "expert_id": None,
        "subject_key": None,
        "kin_key": None,
        "specialist_id": None,
        "office_id": office_id,
        "employer_id": None,
        "parent_id": None,
        "waits": 0,
        "campaign_id": need.campaign_id,
        "field_id": need.field_id,
        "sector_id": bureau.unit_id,
        "host_unit_id": need.host_unit_id,
        "channel": need.channel.value,
        "mode": need.mode,
        "need": text,
        "place": need.place.strip(),
        "caller": need.caller.strip(),
        "starts_on": need.starts_on,
        "reference": need.reference,
        "half_days": need.half_days,
        "named": 0,
        "lead_person_id": None,
        "served_on": None,
        "serves": 0,
        "words": "",
        "solved": 0,
        "is_rated": False,
    }


def name_members(session: Session, *, actor: Actor, now: datetime, order_id: int, expert_ids: Sequence[int]) -> None:
    """Add experts to those who go with an order; the first one ever named leads. One order, one batch, each a
    person-time.

    Before the service they are named for it; afterwards this is a correction, and the audit trail says so. Once the
    host has confirmed, it confirms them too before their days are due (later_members.py). Raises NotFound, or Refusal
    for an order that was cancelled or an expert who is off the list.
    """
    only(actor, *NAMERS)
    with transaction(session):
        order = order_in_sight(session, actor, order_id)
        if order.state == "cancelled":
            raise Refusal.because("cancelled", _("the order was cancelled"))
        here = select(DispatchMember.expert_id).where(DispatchMember.order_id == order_id)
        known = set(session.execute(here).scalars())
        fresh = [expert for expert in dict.fromkeys(expert_ids) if expert not in known]
        if not fresh:
            raise Invalid.because("nobody_named", _("Name at least one expert."), "experts")
        e = ServiceExpert
        if session.execute(select(e.id).where(among(e.id, fresh), ~e.is_active)).first():
            raise Refusal.because("off_the_list", _("an expert who is off the list is not sent any more"))
        later = order.state in CONFIRMED
        add_members(session, actor, [(order_id, fresh)], has_lead=bool(known), later=later)
        count_named(session, [order_id])
        _note(session, actor, now, order, "name-members", {"experts": fresh, "served": order.served_on is not None})


def remove_member(session: Session, *, actor: Actor, now: datetime, order_id: int, expert_id: int, reason: str) -> None:
    """Take an expert off an order: one person-time less, the batch stays. Raises NotFound, Invalid without a reason,
    Refusal for the last one of an order that was served."""
    only(actor, *NAMERS)
    if not reason.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "reason")
    with transaction(session):
        order = order_in_sight(session, actor, order_id)
        m = DispatchMember
        found = {row.expert_id: row.is_lead for row in session.execute(
            select(m.expert_id, m.is_lead).where(m.order_id == order_id).order_by(m.id)
        )}  # fmt: skip
        if expert_id not in found:
            raise NotFound()
        if len(found) == 1 and order.state not in BEFORE_SERVICE:
            raise Refusal.because("last_member", _("an order that was served keeps at least one expert"))
        session.execute(delete(m).where(m.order_id == order_id, m.expert_id == expert_id))
        heir = next((other for other in found if other != expert_id), None)
        if found[expert_id] and heir is not None:
            session.execute(update(m).where(m.order_id == order_id, m.expert_id == heir).values(is_lead=True))
        count_named(session, [order_id])
        act = Act(actor, now, calendar_of(session, actor.district_id))
        grant_for_orders(session, act, [order_id], also=expert_id)
        data = {"expert": expert_id, "reason": reason.strip(), "served": order.served_on is not None}
        _note(session, actor, now, order, "remove-member", data)


def order_in_sight(session: Session, actor: Actor, order_id: int) -> DispatchOrder:
    """An order the actor may see, locked until the end of the transaction. Raises NotFound.

    Its case is locked with it: of one that is just being confirmed the state is read after that.
    """
    wanted = select(DispatchOrder).where(DispatchOrder.id == order_id, visible_orders(actor))
    locked = wanted.with_for_update(of=DispatchOrder).execution_options(populate_existing=True)
    order = session.execute(locked).scalar_one_or_none()
    if order is None:
        raise NotFound()
    return order


def add_members(
    session: Session,
    actor: Actor,
    named: Sequence[tuple[int, list[int]]],
    *,
    has_lead: bool = False,
    later: bool = False,
) -> None:
    """Write members with their home units; `later` ones still need the host's word. Raises NotFound for an expert who
    is not on the list."""
    wanted = {expert for _order, experts in named for expert in experts}
    homes = dict(
        session.execute(select(ServiceExpert.id, ServiceExpert.home_unit_id).where(among(ServiceExpert.id, wanted)))
        .tuples()
        .all()
    )
    if wanted - set(homes):
        raise NotFound()
    rows = [
        {"id": new_id(), "district_id": actor.district_id, "order_id": order_id, "expert_id": expert}
        | {"home_unit_id": homes[expert], "is_lead": at == 0 and not has_lead}
        | {"added_by_key": actor.person_key if later else None}
        for order_id, experts in named
        for at, expert in enumerate(experts)
    ]
    if rows:
        session.execute(insert(DispatchMember), rows)


def count_named(session: Session, order_ids: Sequence[int]) -> None:
    """How many are named or still asked, and who leads, as the orders' own rows keep them."""
    m, e, a, o = DispatchMember, ServiceExpert, DispatchOffer, DispatchOrder.__table__.c
    going = select(func.count(m.id)).where(m.order_id == o.id).correlate(DispatchOrder.__table__).scalar_subquery()
    asked = select(func.count(a.id)).where(a.order_id == o.id, a.answer.is_(None)).correlate(DispatchOrder.__table__)
    lead = select(e.person_id).join(m, m.expert_id == e.id).where(m.order_id == o.id, m.is_lead)
    session.execute(
        update(DispatchOrder)
        .where(among(DispatchOrder.id, order_ids))
        .values(
            named=going + asked.scalar_subquery(),
            lead_person_id=lead.correlate(DispatchOrder.__table__).scalar_subquery(),
        ),
        execution_options={"synchronize_session": False},
    )


def _note(session: Session, actor: Actor, now: datetime, order: DispatchOrder, act: str, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="dispatch_order", subject_id=order.id, data=data)
