"""What the supervision team of the fictional campaign found, and how far each unit has come with it."""

from dataclasses import replace

from sqlalchemy import select

from concierge.db import transaction
from concierge.demo.campaign_setup import Year
from concierge.demo.scene import Story
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.rules.assessment import LATE_RETURN, STANDARD, Item
from concierge.services.findings import NewFinding, escalate_late, write_finding
from concierge.services.negative_items import answer_item, propose_item
from concierge.services.negative_list import NewDeduction, deduct
from concierge.services.recusals import NewRecusal, keep_away
from concierge.services.visits import NewVisit, note_visit
from concierge.workflows.finding import FindingFlow as Flow

SIX_MONTHS = replace(
    next(item for item in STANDARD if item.code == LATE_RETURN), months=6, basis="望人才办〔2026〕18号"
)
ABSENT = Item(
    code="", name_zh="无故缺席调度会", name_en="Absent from a progress meeting", points=1, months=6,
    basis="望人才办〔2026〕33号（送审）",
)  # fmt: skip
FOUND = (
    ("education", "部分送教下乡活动未留存教案和签到表。", "补齐三月以来台账。", "minor"),
    ("health", "义诊登记表缺受援方签字。", "逐份补签并复印留存。", "major"),
    ("science", "点单超过两个工作日未派出。", "完善值班制度，逾期即改派。", "major"),
    ("agriculture", "技术资料发放数量与登记不一致。", "重新盘点并更正台账。", "serious"),
)
TO_THE_END = ("issue", "sign", "start", "report", "verify", "close")
WAYS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("health", 60, TO_THE_END),
    ("education", 45, TO_THE_END),
    ("agriculture", 40, ("issue", "sign", "start", "report", "send_back", "report", "verify", "close")),
    ("science", 30, ("issue", "lift")),
    ("science", 9, ("issue", "late")),
    ("education", 4, ("issue", "sign", "start", "report", "verify")),
    ("health", 4, ("issue", "sign", "start", "report", "send_back")),
    ("agriculture", 4, ("issue", "sign", "start", "report")),
    ("health", 4, ("issue", "sign", "start")),
    ("education", 3, ("issue", "sign")),
    ("science", 1, ("issue",)),
    ("agriculture", 1, ()),
)
"""Field, working days ago, and the steps taken; "late" waits for the clock."""
BY_THE_UNIT = ("sign", "start", "report")
BY_ANOTHER = ("verify", "send_back", "close", "lift")
WORDS = {
    "send_back": "仍有缺项，请继续整改。",
    "lift": "核实为系统登记延迟，不属实。",
    "verify": "现场复核，已整改到位。",
}


def begin_findings(year: Year) -> None:
    """Put the visits of the team on the agenda; a member keeps away from the unit where his wife works.

    The negative list was changed once, and another change of it waits for its second person.
    """
    year.scene.begin(year.scene.ago(65), _keep_away(year))
    year.scene.begin(year.scene.ago(64), _negative_list(year))
    for code, days, way in WAYS:
        moment = year.scene.ago(days)
        if moment.date() > year.first:
            year.scene.begin(moment, _finding(year, code, way))


def _keep_away(year: Year) -> Story:
    scene = year.scene
    member, why = scene.cast["supervisor"], "配偶在该单位任职"
    away = NewRecusal(account_id=member.account_id, unit_id=scene.units["culture"], reason=why, starts_on=scene.day)
    keep_away(scene.db, actor=member, now=scene.moment, recusal=away)
    yield from ()


def _negative_list(year: Year) -> Story:
    scene = year.scene
    first, second = scene.cast["talent_office"], scene.cast["talent_office2"]
    proposal = propose_item(scene.db, actor=first, now=scene.moment, item=SIX_MONTHS)
    yield scene.later()
    answer_item(scene.db, actor=second, now=scene.moment, proposal_id=proposal, accept=True)
    yield scene.ago(2)
    propose_item(scene.db, actor=second, now=scene.moment, item=ABSENT)


def _finding(year: Year, code: str, way: tuple[str, ...]) -> Story:
    scene = year.scene
    _code, words, asked, grade = next(each for each in FOUND if each[0] == code)
    finding = NewFinding(
        campaign_id=year.campaign_id, unit_id=scene.units[code], visited_on=scene.day, grade=grade, words=words,
        asked=asked, limit_days=5,
    )  # fmt: skip
    visit = NewVisit(
        campaign_id=year.campaign_id, unit_id=scene.units[code], visited_on=scene.day, was_announced=False,
        words="现场查看台账，随机走访受援单位。",
    )  # fmt: skip
    note_visit(scene.db, actor=scene.cast["supervisor"], now=scene.moment, visit=visit)
    case_id = write_finding(scene.db, actor=scene.cast["supervisor"], now=scene.moment, finding=finding)
    for name in way:
        yield scene.later() if name != "late" else scene.later(3)
        if name == "late":
            escalate_late(scene.db, actor=scene.machine, now=scene.moment)
            continue
        given = {"reply": "已按要求整改，台账已补齐。"} if name == "report" else {"reason": WORDS.get(name, "")}
        scene.take(_hand(year, code, name), Flow.steps[name], case_id, **given)
    if code == "agriculture" and "close" in way:
        _complaint(year, case_id)


def _complaint(year: Year, case_id: int) -> None:
    """What villagers had written was true, and the talent office enters it with its evidence."""
    scene = year.scene
    with transaction(scene.db):
        number = scene.db.execute(select(Case.number).where(Case.id == case_id)).scalar_one()
    said = {"item": "verified_complaint", "evidence": "群众来信反映技术资料未发到户，经走访核实属实。"}
    deduction = NewDeduction(unit_id=scene.units["agriculture"], number=number, **said)
    deduct(scene.db, actor=scene.cast["talent_office"], now=scene.moment, deduction=deduction)


def _hand(year: Year, code: str, name: str) -> Actor:
    if name in BY_THE_UNIT:
        return year.actor(code)
    return year.scene.cast["talent_office" if name in BY_ANOTHER else "supervisor"]
