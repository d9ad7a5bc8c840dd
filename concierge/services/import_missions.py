"""Import of dispatch lists: a row is one batch with its experts, served on its day, known by its own number.

A row that says otherwise than the list before corrects its order (import_orders.py). A new row taken back is cancelled
with its list: its history stays, its figures go. A correction taken back gives the old values back.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.engine.run import Act
from concierge.engine.tables import AuditEntry, Case, History
from concierge.models.account import Account
from concierge.rules.dispatch import Done, OrderChannel, ServiceMode
from concierge.rules.sheets import Column, FileRow
from concierge.rules.talent import Word, code_of
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS
from concierge.services.dispatch import LONGEST_NEED, Need
from concierge.services.import_campaign import FIELD, REFERENCE, Around, around, reference, tell_all, whole
from concierge.services.import_journal import take_back
from concierge.services.import_orders import (
    COUNTED,
    KIND,
    SAID,
    KnownOrder,
    Said,
    compare,
    orders_by_id,
    orders_by_number,
    said_by,
    said_last,
    settle,
    write_changes,
)
from concierge.services.import_plans import Applied, AppliedRow, Plan, RowClass, Setting, Touched
from concierge.services.intake import Sieve
from concierge.services.missions import Mission, enter_missions
from concierge.services.steps import follow
from concierge.workflows.dispatch import DispatchOrderFlow as Flow

BETWEEN = re.compile(r"[、，,;；\s]+")
MOST_DAYS = 60
MODES = tuple(
    Word(mode.value, mode.label, also)
    for mode, also in (
        (ServiceMode.TEAM, ("服务团", "下派团队", "团队")),
        (ServiceMode.FIELD_CLINIC, ("田间挂号问诊", "挂号问诊", "现场问诊")),
        (ServiceMode.REMOTE_CONSULT, ("云端把脉会诊", "远程会诊")),
        (ServiceMode.ON_SITE_PRESCRIPTION, ("现场写方开药", "写方开药")),
    )
)
COLUMNS = (
    REFERENCE,
    Column("happened_on", "服务日期", _("Served on"), ("日期", "下派时间"), True, example="2026-05-12"),
    Column("unit", "受援单位", _("Host unit"), ("服务地点", "乡镇/村", "地点"), True, example="前进村"),
    Column("need", "服务内容", _("What was needed"), ("需求", "事项", "工作内容"), True, example="玉米大斑病防治"),
    Column("experts", "专家", _("Experts"), ("下派专家", "专家姓名", "人员"), True, example="沈知远、包永强"),
    Column("mode", "服务形式", _("How it was answered"), ("方式",), example="田间挂号问诊"),
    Column("days", "天数", _("Days"), ("服务天数",), example="0.5"),
    Column("trained", "培训人次", _("Trained"), ("培训",), example="120"),
    Column("served", "服务群众人次", _("People served"), ("服务群众", "义诊人次"), example=""),
    Column("lessons", "授课节次", _("Lesson periods"), ("送课节数",), example=""),
    Column("copies", "资料份数", _("Copies issued"), ("印发资料",), example=""),
    FIELD,
)


class Missions:
    """The importer of dispatch lists."""

    kind = KIND
    title: Text = _("Dispatch list")
    columns = COLUMNS
    roles = BUREAUS

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row by its own number within its field; a known order is laid beside what lists said of it."""
        here = around(setting, with_experts=True)
        plans = [_checked(row, here) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        known = orders_by_number(setting, [plan.clean.need.reference for plan in clean])
        compare(setting, here, list(_meet(clean, known, here)))
        return plans

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Enter the new orders, each through its whole flow up to the host's confirmation; write the changed ones."""
        fresh = [plan for plan in plans if plan.status is RowClass.NEW]
        missions = [plan.clean for plan in fresh]
        ids = enter_missions(setting.session, setting.actor, setting.now, missions) if missions else []
        entered = orders_by_id(setting, ids)
        journals = {order_id: [[SAID, "", order_id, entered[order_id].said]] for order_id in ids}
        moved = [plan for plan in plans if plan.status is RowClass.CHANGED]
        journals |= write_changes(setting, moved) if moved else {}
        found = setting.session.execute(select(Case.id, Case.version).where(among(Case.id, list(journals))))
        versions = dict(found.tuples().all())
        done = [(plan, order_id, True) for plan, order_id in zip(fresh, ids, strict=True)]
        done += [(plan, plan.subject_id or 0, False) for plan in moved]
        return [Applied(p.row.number, i, versions[i], 1, journals[i], is_new) for p, i, is_new in done]

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """Orders that took a further step, or that say something else than the list made them say."""
        session, expected = setting.session, {row.subject_id: row.version for row in rows}
        h, a = History, AuditEntry
        who: dict[int, list[str]] = {}
        steps = select(h.case_id, h.version, h.step, Account.name).outerjoin(Account, Account.id == h.actor_id)
        steps = steps.where(among(h.case_id, list(expected))).order_by(h.version)
        moved = [step for step in session.execute(steps) if step.version > expected[step.case_id]]
        for step in moved:
            who.setdefault(step.case_id, []).append(step.name)
        acts = select(a.subject_id, Account.name).join(Account, Account.id == a.actor_id)
        acts = acts.where(a.subject_kind == Flow.kind, among(a.subject_id, list(expected)), a.at > since)
        for act in session.execute(acts.order_by(a.id)):
            who.setdefault(act.subject_id, []).append(act.name)
        worked_on = {step.case_id for step in moved if step.step != Flow.revise.name}
        orders = orders_by_id(setting, expected)
        worked_on |= {row.subject_id for row in rows if said_last(row.note) not in (None, orders[row.subject_id].said)}
        named = {case_id: tuple(dict.fromkeys(filter(None, who.get(case_id, ())))) for case_id in worked_on}
        return {case_id: Touched(orders[case_id].number, names) for case_id, names in named.items()}

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Cancel the new orders with what was done on them; give the changed ones back what they said."""
        why = str(_("Taken back with its list"))
        act = Act(setting.actor, setting.now, calendar_of(setting.session, setting.actor.district_id), why)
        fresh = [row.subject_id for row in rows if row.note["is_new"]]
        if fresh:
            follow(setting.session, Flow.take_back, fresh, act)
        changed = [row for row in rows if not row.note["is_new"]]
        before = orders_by_id(setting, [row.subject_id for row in changed])
        for row in reversed(changed):
            take_back(setting.session, [line for line in row.note["journal"] if line[0] != SAID])
        if changed:
            settle(setting, before)


def _meet(
    plans: Sequence[Plan], known: Mapping[str, Sequence[KnownOrder]], here: Around
) -> Iterator[tuple[Plan, KnownOrder]]:
    """The rows whose order is known; what stands in the file twice is a conflict, what is new shows itself.

    A number is its field's own. Only where day, place and need are the same too is another field a correction.
    """
    seen: set[tuple[int, str] | int] = set()
    for plan in plans:
        need: Need = plan.clean.need
        key = (need.field_id, need.reference or "")
        orders = [order for order in known.get(key[1], ()) if order.said["field"] in here.fields.values()]
        order = next((one for one in orders if one.said["field"] == need.field_id), None)
        order = order or next((one for one in orders if _is_the_same(one, said_by(plan))), None)
        if key in seen or (order is not None and order.id in seen):
            plan.clash("twice_in_file", _("This number stands in the file twice"), "reference")
            continue
        seen |= {key} if order is None else {key, order.id}
        if order is not None:
            yield plan, order
        else:
            plan.changes = {"need": ["", need.need], "experts": ["", str(len(need.members))]}


def _is_the_same(order: KnownOrder, said: Said) -> bool:
    return all(order.said[name] == said[name] for name in ("happened_on", "unit", "need"))


def _checked(row: FileRow, here: Around) -> Plan:
    sieve = Sieve(row.given)
    number = sieve.need("reference", reference, "")
    day = sieve.need("happened_on", here.day, None)
    host = sieve.need("unit", here.unit, None)
    words = sieve.need("need", _words, "")
    field = sieve.read_empty("field", here.field, None)
    nobody: tuple[int, ...] = ()
    experts = sieve.need("experts", lambda typed: _experts(typed, field, here), nobody)
    mode = sieve.read("mode", lambda typed: code_of(MODES, typed, field="mode"), ServiceMode.TEAM.value)
    halves = sieve.read("days", _half_days, 2)
    amounts = {name: sieve.read(name, whole(0), 0) for name in COUNTED}
    campaign = here.campaign(day) if day is not None else None
    if day is not None and campaign is None:
        sieve.refuse("no_campaign", _("No campaign ran on this day."), "happened_on")
    tell_all(row, sieve)
    if row.wrong or day is None or host is None or field is None or campaign is None:
        return Plan(row, RowClass.INVALID)
    need = Need(
        campaign_id=campaign, field_id=field, host_unit_id=host, need=words, starts_on=day, half_days=halves,
        channel=OrderChannel.PLAN, mode=mode, members=experts, reference=number,
    )  # fmt: skip
    done = tuple(Done(COUNTED[name], amount) for name, amount in amounts.items() if amount)
    return Plan(row, RowClass.NEW, clean=Mission(need, done))


def _words(typed: str) -> str:
    if len(typed) > LONGEST_NEED:
        raise Invalid.because("too_long", _("At most %(n)s characters, please.", n=LONGEST_NEED), "need")
    return typed


def _half_days(typed: str) -> int:
    """Half days from days such as "1" or "0.5"."""
    try:
        halves = float(typed) * 2
    except ValueError:
        halves = 0.0
    if not halves.is_integer() or not 0 < halves <= 2 * MOST_DAYS:
        text = _("Write days in halves, from 0.5 to %(n)s", n=MOST_DAYS)
        raise Invalid.because("days", text, "days")
    return int(halves)


def _experts(typed: str, field: int | None, here: Around) -> tuple[int, ...]:
    """The experts named, each once; "name（home unit）" tells two of one name apart. Raises Invalid."""
    found: list[int] = []
    for name in filter(None, BETWEEN.split(typed)):
        bare, _mark, home = name.replace("(", "（").rstrip("）)").partition("（")
        known = [each for each in here.experts.get((field or 0, bare), ()) if home in ("", each[1])]
        if not known:
            text = _("%(name)s is not on the list of experts of this field", name=bare)
            raise Invalid.because("unknown_expert", text, "experts")
        if len(known) > 1:
            text = _("Several experts are called %(name)s; write the home unit in brackets behind", name=bare)
            raise Invalid.because("several_experts", text, "experts")
        found.append(known[0][0])
    return tuple(dict.fromkeys(found))
