"""Import of dispatch lists: a row is one batch with its experts, served on its day, known by its own number.

A row taken back is cancelled with its list: its history stays, its figures go.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Text as SqlText
from sqlalchemy import select

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _
from concierge.db import among
from concierge.engine.run import Act
from concierge.engine.tables import Case, History
from concierge.models.account import Account
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.rules.dispatch import ActivityKind, Done, OrderChannel, ServiceMode
from concierge.rules.sheets import Column, FileRow
from concierge.rules.talent import Word, code_of
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS
from concierge.services.dispatch import LONGEST_NEED, Need
from concierge.services.import_campaign import FIELD, REFERENCE, Around, around, reference, tell_all, whole
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
COUNTED = {
    "trained": ActivityKind.TRAINING,
    "served": ActivityKind.CLINIC,
    "lessons": ActivityKind.LESSON,
    "copies": ActivityKind.MATERIAL,
}
"""The columns that count what was done, and as what."""
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

    kind = "dispatch"
    title: Text = _("Dispatch list")
    columns = COLUMNS
    roles = BUREAUS

    def plan(self, setting: Setting, rows: Sequence[FileRow]) -> list[Plan]:
        """Class every row by its own number within its field; an order known with other words is a conflict."""
        here = around(setting, with_experts=True)
        plans = [_checked(row, here) for row in rows]
        clean = [plan for plan in plans if plan.clean is not None]
        known = _known(setting, [plan.clean.need.reference for plan in clean])
        seen: set[tuple[int, str | None]] = set()
        for plan in clean:
            _class(plan, known, seen)
        return plans

    def apply(self, setting: Setting, plans: Sequence[Plan]) -> list[Applied]:
        """Enter the new orders; each walks its whole flow up to the host's confirmation."""
        missions = [plan.clean for plan in plans]
        ids = enter_missions(setting.session, setting.actor, setting.now, missions) if missions else []
        found = setting.session.execute(select(Case.id, Case.version).where(among(Case.id, ids)))
        versions = dict(found.tuples().all())
        return [Applied(p.row.number, i, versions[i], 1, [], True) for p, i in zip(plans, ids, strict=True)]

    def touched(self, setting: Setting, rows: Sequence[AppliedRow], since: datetime) -> dict[int, Touched]:
        """Orders that took a further step, or whose experts were named anew."""
        session, expected = setting.session, {row.subject_id: row.version for row in rows}
        c, h = Case, History
        moved = {
            row.id: row.number
            for row in session.execute(select(c.id, c.number, c.version).where(among(c.id, list(expected))))
            if row.version != expected[row.id]
        }
        steps = select(h.case_id, h.version, Account.name).join(Account, Account.id == h.actor_id)
        who: dict[int, list[str]] = {}
        for step in session.execute(steps.where(among(h.case_id, list(moved))).order_by(h.version)):
            if step.version > expected[step.case_id]:
                who.setdefault(step.case_id, []).append(step.name)
        named = {case_id: tuple(dict.fromkeys(names)) for case_id, names in who.items()}
        return {case_id: Touched(number, named.get(case_id, ())) for case_id, number in moved.items()}

    def restore(self, setting: Setting, rows: Sequence[AppliedRow]) -> None:
        """Cancel the orders; what was said to be done on them goes with them."""
        why = str(_("Taken back with its list"))
        act = Act(setting.actor, setting.now, calendar_of(setting.session, setting.actor.district_id), why)
        if rows:
            follow(setting.session, Flow.take_back, [row.subject_id for row in rows], act)


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


def _known(setting: Setting, references: Sequence[str]) -> dict[tuple[int, str], Any]:
    """The orders that bear these numbers, each with the experts who went."""
    o, m = DispatchOrder, DispatchMember
    columns = (o.id, o.number, o.field_id, o.reference, o.host_unit_id, o.need, o.served_on, o.half_days, o.mode)
    rows = setting.session.execute(select(*columns).where(among(o.reference, references, of=SqlText))).all()
    went: dict[int, set[int]] = {row.id: set() for row in rows}
    for order_id, expert_id in setting.session.execute(
        select(m.order_id, m.expert_id).where(among(m.order_id, list(went)))
    ):
        went[order_id].add(expert_id)
    return {(row.field_id, row.reference): (row, went[row.id]) for row in rows}


def _class(plan: Plan, known: dict[tuple[int, str], Any], seen: set[tuple[int, str | None]]) -> None:
    need: Need = plan.clean.need
    key = (need.field_id, need.reference or "")
    if key in seen:
        plan.clash("twice_in_file", _("This number stands in the file twice"), "reference")
        return
    seen.add(key)
    if key not in known:
        plan.changes = {"need": ["", need.need], "experts": ["", str(len(need.members))]}
        return
    order, went = known[key]
    plan.subject_id = order.id
    before = (order.host_unit_id, order.need, order.served_on, order.half_days, order.mode, went)
    if before == (need.host_unit_id, need.need, need.starts_on, need.half_days, need.mode, set(need.members)):
        plan.status = RowClass.SAME
    else:
        text = _("Order %(number)s bears this number and says otherwise; correct it on its page", number=order.number)
        plan.clash("says_otherwise", text, "reference")
