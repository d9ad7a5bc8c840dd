"""The monthly returns of the fictional campaign: written, handed in, confirmed, locked; one month corrected later."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.campaign_setup import LOGINS, Year
from concierge.demo.scene import Scene, Story
from concierge.engine.actor import Actor
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.report import ActionItem, MonthlyReport
from concierge.services.dispatch import name_members, remove_member
from concierge.services.monthly_reports import open_returns, settle_item, write_return
from concierge.workflows.monthly_report import MonthlyReportFlow as Flow

WORDS = (
    (
        "按月度计划完成下派任务，受援单位反映良好。",
        "偏远村组交通不便，专家往返耗时较长。",
        "增加线上会诊频次，向偏远村组倾斜。",
    ),
    ("重点开展集中培训和现场指导。", "", "继续组织专家进村入户，完善评单。"),
    (
        "下派服务覆盖面扩大，点单响应加快。",
        "个别点单需求描述不清，分诊耗时。\n资料印发不足。",
        "规范点单登记，补印技术资料。",
    ),
)
"""Progress, problems, next plan."""
REST: dict[str, tuple[str, ...]] = {
    "education": ("submit", "confirm"),
    "health": ("submit",),
    "science": ("submit", "send_back"),
    "agriculture": (),
}
"""How far the returns of the last whole month have come."""
WHOLE_WAY = ("submit", "confirm", "lock")


@dataclass(frozen=True)
class Bureau:
    """A bureau that returns: its field's code, its unit and its officer."""

    code: str
    unit_id: int
    officer: Actor


def begin_returns(year: Year, month_ends: list[date]) -> None:
    """Put the returns of every month that is over on the agenda; before the last ones are locked, one is corrected."""
    for at, end in enumerate(month_ends):
        is_last = at == len(month_ends) - 1
        year.scene.begin(year.scene.on(end + timedelta(days=3)), _returns(year, end, is_last=is_last))
        if at == len(month_ends) - 2:
            year.scene.begin(year.scene.on(end + timedelta(days=2)), _correction(year))


def _bureaus(year: Year) -> list[Bureau]:
    units = year.scene.units
    return [Bureau(code, units[code], year.actor(code)) for code in (*LOGINS, "agriculture")]


def _returns(year: Year, end: date, *, is_last: bool) -> Story:
    scene = year.scene
    open_returns(scene.db, actor=scene.machine, now=scene.moment)
    yield scene.later()
    for at, bureau in enumerate(_bureaus(year)):
        report = _report(scene, bureau.unit_id, end)
        way = REST[bureau.code] if is_last else WHOLE_WAY
        if way:
            progress, problems, plan = WORDS[(at + end.month) % len(WORDS)]
            write_return(
                scene.db, actor=bureau.officer, now=scene.moment, report_id=report, progress=progress,
                problems=problems, plan=plan,
            )  # fmt: skip
        for name in way:
            by = bureau.officer if name == "submit" else scene.cast["talent_office"]
            given = {"reason": "请补充下一步计划的完成时限。"} if name == "send_back" else {}
            scene.take(by, Flow.steps[name], report, **given)
        scene.begin(scene.on(end + timedelta(days=28 + 6 * at)), _settled(scene, bureau, report))


def _settled(scene: Scene, bureau: Bureau, report: int) -> Story:
    """The bureau deals with the problems it named some weeks later; those of the last months are still open."""
    named = select(ActionItem.id).where(ActionItem.report_id == report).order_by(ActionItem.id)
    with transaction(scene.db):
        items = list(scene.db.execute(named).scalars())
    for item in items:
        settle_item(scene.db, actor=bureau.officer, now=scene.moment, item_id=item)
    yield from ()


def _report(scene: Scene, unit_id: int, end: date) -> int:
    r = MonthlyReport
    wanted = select(r.id).where(r.unit_id == unit_id, r.year == end.year, r.month == end.month)
    with transaction(scene.db):
        return scene.db.execute(wanted).scalar_one()


def _correction(year: Year) -> Story:
    """A member did not go with an order of an early month, but with another one: one person-time less, one more."""
    scene, officer = year.scene, year.actor("agriculture")
    m, o = DispatchMember, DispatchOrder
    told = o.campaign_id == year.campaign_id, o.field_id == year.fields["agriculture"]
    served = select(o.id).where(*told, o.served_on.is_not(None))
    with transaction(scene.db):
        first = scene.db.execute(served.where(o.named > 1).order_by(o.served_on, o.id).limit(1)).scalar_one_or_none()
        gone = select(m.expert_id).where(m.order_id == (first or 0)).order_by(m.id.desc()).limit(1)
        expert = scene.db.execute(gone).scalar_one_or_none()
        with_him = select(m.order_id).where(m.expert_id == (expert or 0))
        single = served.where(o.named == 1, o.id.not_in(with_him)).order_by(o.served_on.desc(), o.id)
        other = scene.db.execute(single.offset(90).limit(1)).scalar_one_or_none()
    if first is not None and other is not None and expert is not None:
        remove_member(
            scene.db, actor=officer, now=scene.moment, order_id=first, expert_id=expert, reason="核实当日未到场"
        )
        name_members(scene.db, actor=officer, now=scene.moment, order_id=other, expert_ids=[expert])
    yield from ()
