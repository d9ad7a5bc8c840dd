"""How a row of a dispatch list differs from the order that bears its number, and how the difference is written.

A row is laid beside two things: what the order says now, and what lists made it say last. Where these two agree the row
changes the order. Where somebody has worked on the order since, the row contradicts him and is a conflict.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import Text as SqlText

from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.audit import record
from concierge.engine.run import Act, Wanted
from concierge.engine.tables import Case
from concierge.models.campaign import ServiceExpert, ServiceField
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder
from concierge.rules.dispatch import ActivityKind, ServiceMode
from concierge.services.calendars import calendar_of
from concierge.services.confirmed_days import grant_for_orders
from concierge.services.dispatch import answering_units, count_named, titles_of
from concierge.services.import_campaign import Around
from concierge.services.import_journal import Journal
from concierge.services.import_notes import last_notes
from concierge.services.import_plans import Plan, RowClass, Setting
from concierge.services.service_record import CONFIRMED
from concierge.services.steps import take
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

KIND = "dispatch"
COUNTED = {
    "trained": ActivityKind.TRAINING,
    "served": ActivityKind.CLINIC,
    "lessons": ActivityKind.LESSON,
    "copies": ActivityKind.MATERIAL,
}
"""The columns that count what was done, and as what."""
OF_THE_HOST = ("happened_on", "unit", "need", "mode", "days")
"""The columns that a host answers for: once it has confirmed, no list says otherwise."""
SAID = "said"
"""The line of a row's journal that keeps what the order said from then on."""
Said = dict[str, Any]


@dataclass(frozen=True)
class KnownOrder:
    """An order that bears a number of a list, and what it says, column by column."""

    id: int
    number: str
    state: str
    reference: str
    said: Said

    @property
    def is_confirmed(self) -> bool:
        """Whether its host has confirmed it."""
        return self.state in CONFIRMED


def orders_by_number(setting: Setting, references: Sequence[str]) -> dict[str, list[KnownOrder]]:
    """The orders that bear these numbers, each field's own. Three statements."""
    found: dict[str, list[KnownOrder]] = {}
    for order in _read(setting, among(DispatchOrder.reference, references, of=SqlText)).values():
        found.setdefault(order.reference, []).append(order)
    return found


def orders_by_id(setting: Setting, ids: Iterable[int]) -> dict[int, KnownOrder]:
    """These orders. Three statements."""
    return _read(setting, among(DispatchOrder.id, ids))


def _read(setting: Setting, which: ColumnElement[bool]) -> dict[int, KnownOrder]:
    o, m, a, session = DispatchOrder, DispatchMember, Activity, setting.session
    columns = (o.id, o.number, o.state, o.reference, o.field_id, o.host_unit_id, o.need, o.served_on, o.half_days)
    rows = session.execute(select(*columns, o.mode).where(which)).all()
    experts: dict[int, list[int]] = {row.id: [] for row in rows}
    went = select(m.order_id, m.expert_id).where(among(m.order_id, list(experts))).order_by(m.expert_id)
    for order_id, expert_id in session.execute(went):
        experts[order_id].append(expert_id)
    names = {kind.value: name for name, kind in COUNTED.items()}
    amounts: dict[int, dict[str, int]] = {row.id: dict.fromkeys(COUNTED, 0) for row in rows}
    done = select(a.order_id, a.kind, func.sum(a.amount)).where(among(a.order_id, list(amounts)), a.kind.in_(names))
    for order_id, kind, amount in session.execute(done.group_by(a.order_id, a.kind)):
        amounts[order_id][names[kind]] = int(amount)
    return {
        row.id: KnownOrder(
            row.id,
            row.number,
            row.state,
            row.reference or "",
            {
                "field": row.field_id, "unit": row.host_unit_id, "need": row.need, "mode": row.mode,
                "happened_on": row.served_on.isoformat() if row.served_on is not None else "",
                "days": row.half_days, "experts": experts[row.id],
            } | amounts[row.id],
        )
        for row in rows
    }  # fmt: skip


def said_by(plan: Plan) -> Said:
    """What the filled cells of a clean row say."""
    need, given = plan.clean.need, plan.row.given
    said: Said = {"field": need.field_id, "unit": need.host_unit_id, "need": need.need.strip()}
    said |= {"happened_on": need.starts_on.isoformat(), "experts": sorted(need.members)}
    amounts = dict.fromkeys(COUNTED, 0) | {
        name: each.amount for name, kind in COUNTED.items() for each in plan.clean.done if each.kind is kind
    }
    optional = {"mode": need.mode, "days": need.half_days} | amounts
    return said | {name: value for name, value in optional.items() if given.get(name)}


def compare(setting: Setting, here: Around, known: Sequence[tuple[Plan, KnownOrder]]) -> None:
    """Class rows whose order is known: the same, a change with every column's old and new value, or a conflict."""
    differing = []
    for plan, order in known:
        plan.subject_id, plan.status = order.id, RowClass.SAME
        if order.said | said_by(plan) != order.said:
            differing.append((plan, order))
    notes = last_notes(setting, KIND, [order.id for _plan, order in differing])
    names = _names(setting, differing)
    for plan, order in differing:
        wanted = said_by(plan)
        columns = [name for name, value in wanted.items() if value != order.said[name]]
        before, after = (_shown(said, here, names) for said in (order.said, order.said | wanted))
        plan.changes = {name: [before[name], after[name]] for name in columns}
        plan.status = RowClass.CHANGED
        if said_last(notes.get(order.id)) != order.said:
            text = _("Order %(number)s was not left as a list brought it; correct it on its page", number=order.number)
            plan.clash("says_otherwise", text, columns[0])
        elif order.is_confirmed and (fixed := [name for name in columns if name in OF_THE_HOST]):
            text = _("The host has confirmed order %(number)s as it was", number=order.number)
            plan.clash("confirmed_otherwise", text, fixed[0])


def said_last(note: Mapping[str, Any] | None) -> Said | None:
    """What an order said when a row had been applied to it."""
    lines = note.get("journal", ()) if note is not None else ()
    return next((said for act, _table, _id, said in lines if act == SAID), None)


def _names(setting: Setting, known: Sequence[tuple[Plan, KnownOrder]]) -> dict[int, str]:
    ids = {expert for plan, order in known for expert in (*order.said["experts"], *plan.clean.need.members)}
    e = ServiceExpert
    return dict(setting.session.execute(select(e.id, e.full_name).where(among(e.id, ids))).tuples().all())


def _shown(said: Said, here: Around, names: Mapping[int, str]) -> dict[str, str]:
    """What an order says, for people: units, fields and experts by their names, the length in days."""
    shown = {name: str(value) for name, value in said.items()}
    shown["unit"], shown["field"] = here.unit_name(said["unit"]), here.field_name(said["field"])
    shown["experts"] = "、".join(names[expert] for expert in said["experts"])
    shown["days"] = f"{said['days'] / 2:g}"
    shown["mode"] = ServiceMode(said["mode"]).label.in_language("zh_CN") if said["mode"] else ""
    return shown


def write_changes(setting: Setting, plans: Sequence[Plan]) -> dict[int, list[list[Any]]]:
    """Write changed rows; the journal of each order. Where the host has not answered it is asked anew."""
    before = orders_by_id(setting, [plan.subject_id for plan in plans if plan.subject_id is not None])
    journals = {}
    for plan in plans:
        order = before[plan.subject_id or 0]
        journal = Journal(setting.session, setting.actor.district_id)
        wanted = order.said | said_by(plan)
        _write_order(setting, journal, order, wanted, plan)
        _write_members(setting, journal, order, plan.clean.need.members)
        _write_done(setting, journal, order, wanted, plan)
        journals[order.id] = [*journal.lines, [SAID, "", order.id, wanted]]
        _note(setting, order, sorted(plan.changes))
    settle(setting, before)
    return journals


def _write_order(setting: Setting, journal: Journal, order: KnownOrder, wanted: Said, plan: Plan) -> None:
    bureau = setting.session.get_one(ServiceField, wanted["field"])
    host, day = wanted["unit"], plan.clean.need.starts_on
    journal.change(
        DispatchOrder, order.id, field_id=bureau.id, sector_id=bureau.unit_id, campaign_id=plan.clean.need.campaign_id,
        host_unit_id=host, answering_unit_id=answering_units(setting.session, {host})[host], need=wanted["need"],
        mode=wanted["mode"], half_days=wanted["days"], served_on=day,
    )  # fmt: skip
    journal.change(Case, order.id, **titles_of(bureau, wanted["need"]))


def _write_members(setting: Setting, journal: Journal, order: KnownOrder, experts: Sequence[int]) -> None:
    """Who goes. The first one named leads where the leader goes no more; whoever is named after the host has confirmed
    still needs its word (later_members.py)."""
    m, e, session = DispatchMember, ServiceExpert, setting.session
    there = session.execute(select(m.id, m.expert_id, m.is_lead).where(m.order_id == order.id)).all()
    members = {row.expert_id: row.id for row in there}
    for expert, member_id in members.items():
        if expert not in experts:
            journal.drop(m, member_id)
    fresh = [expert for expert in experts if expert not in members]
    homes = dict(session.execute(select(e.id, e.home_unit_id).where(among(e.id, fresh))).tuples().all())
    later = setting.actor.person_key if order.is_confirmed else None
    for expert in fresh:
        named = {"order_id": order.id, "expert_id": expert, "home_unit_id": homes[expert]}
        members[expert] = journal.add(m, **named, is_lead=False, added_by_key=later)
    if not any(row.is_lead and row.expert_id in experts for row in there):
        journal.change(m, members[experts[0]], is_lead=True)


def _write_done(setting: Setting, journal: Journal, order: KnownOrder, wanted: Said, plan: Plan) -> None:
    """What was done, in its new amounts and with the order's field, place and day."""
    a, need = Activity, plan.clean.need
    place = {"campaign_id": need.campaign_id, "field_id": wanted["field"], "unit_id": wanted["unit"]}
    place["happened_on"] = need.starts_on
    changed = {kind.value: wanted[name] for name, kind in COUNTED.items() if wanted[name] != order.said[name]}
    moved = any(wanted[name] != order.said[name] for name in ("field", "unit", "happened_on"))
    for row in setting.session.execute(select(a.id, a.kind).where(a.order_id == order.id).order_by(a.id)).all():
        if row.kind in changed:
            journal.drop(a, row.id)
        elif moved:
            journal.change(a, row.id, **place)
    own = {"order_id": order.id, "title": "", "reference": None, "recorded_at": setting.now}
    for kind, amount in changed.items():
        if amount:
            journal.add(a, kind=kind, amount=amount, **own, **place)


def settle(setting: Setting, before: Mapping[int, KnownOrder]) -> None:
    """What follows from orders that say something else now: who goes is counted, a host that has not answered yet is
    asked anew, and days that were confirmed are worked out anew where others went."""
    session = setting.session
    count_named(session, list(before))
    calendar = calendar_of(session, setting.actor.district_id)
    act = Act(setting.actor, setting.now, calendar, str(_("Corrected by the bureau's list")))
    open_ = [order.id for order in before.values() if not order.is_confirmed]
    report = take(session, Flow.revise, [Wanted(order_id) for order_id in open_], act)
    for reasons in report.held.values():
        raise Refusal(*reasons)
    after = orders_by_id(setting, [order.id for order in before.values() if order.is_confirmed])
    for order in after.values():
        gone = set(before[order.id].said["experts"]) - set(order.said["experts"])
        for expert in gone or ((None,) if order.said["experts"] != before[order.id].said["experts"] else ()):
            grant_for_orders(session, act, [order.id], also=expert)


def _note(setting: Setting, order: KnownOrder, columns: Sequence[str]) -> None:
    record(
        setting.session, act="import-order", actor=setting.actor, now=setting.now, subject_kind="dispatch_order",
        subject_id=order.id, data={"columns": list(columns)},
    )  # fmt: skip
