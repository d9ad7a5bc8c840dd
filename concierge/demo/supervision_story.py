"""Supervision in the fictional district: those in charge are named, sheets are issued, answered, checked, climb.

Its chance is its own, so that the other stories are the same with it and without it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from concierge.basics.clock import SHANGHAI
from concierge.db import transaction
from concierge.demo.claim_reviews import LOGIN_OF_UNIT
from concierge.demo.scene import Scene, Story
from concierge.engine.run import Wanted
from concierge.engine.tables import Case
from concierge.models.supervision import SupervisionSheet
from concierge.rules.supervision import BY_HAND
from concierge.services.steps import take_steps
from concierge.services.supervision_sheets import climb, in_reach, issue_sheet, name_leaders, open_sheets
from concierge.workflows.supervision_sheet import SupervisionSheetFlow as Flow

TO_THE_END = ("sign", "give_feedback", "check", "close")
WAYS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (40, "yellow", TO_THE_END),
    (30, "blue", ("sign", "give_feedback", "send_back", "give_feedback", "check", "close")),
    (24, "red", ("climb", "climb", "give_feedback", "check", "close")),
    (12, "blue", ("cancel",)),
    (11, "blue", ("graver",)),
    (9, "red", ("climb", "climb")),
    (4, "yellow", ("climb",)),
    (3, "yellow", ("sign", "give_feedback", "check")),
    (3, "blue", ("sign", "give_feedback", "send_back")),
    (2, "yellow", ("sign", "give_feedback")),
    (2, "blue", ("sign",)),
    (1, "blue", ()),
)
"""Working days ago, colour, and what happened then; "climb" waits for the clock, "graver" is a red sheet instead."""
GIVEN = {
    "give_feedback": {"reply": "已责成专人办理，现已答复专家。"},
    "check": {"reason": "电话核实，情况属实。"},
    "send_back": {"reason": "只有计划，没有结果，请继续落实。"},
    "cancel": {"reason": "事项已由其他单位办结。"},
}
ASKED = "请在时限内办结并反馈结果。"


MORNINGS = (44, 37, 30, 23, 16, 9, 6, 3, 1)
"""Working days ago on which the rule issued its sheets; what the last morning brought is still open."""
ANSWERS = LOGIN_OF_UNIT | {"office": "specialist_lead", "finance": "finance_maker"}


def begin_supervision(scene: Scene) -> None:
    """Put the sheets on the agenda."""
    scene.begin(_morning(scene, scene.ago_day(MORNINGS[0])), _by_the_rule(scene))
    for number, (days, _colour, _way) in enumerate(WAYS):
        moment = _morning(scene, scene.ago_day(days))
        if moment > scene.start:
            scene.begin(moment, _sheet(scene, number))


def _morning(scene: Scene, nth: int) -> datetime:
    """A quarter past ten of a working day."""
    day, _provisional = scene.calendar.provisional_day(nth)
    return datetime(day.year, day.month, day.day, 10, 15, tzinfo=SHANGHAI)


def _later(scene: Scene, days: int = 0) -> datetime:
    """So many working days after now, or within the hour."""
    return _morning(scene, scene.calendar.nth(scene.day) + days) if days else scene.moment + timedelta(minutes=40)


def _by_the_rule(scene: Scene) -> Story:
    """What lags gets its sheet by itself; two days later each unit has answered and the office has looked at it."""
    for back in MORNINGS:
        yield _morning(scene, scene.ago_day(back))
        open_sheets(scene.db, actor=scene.machine, now=scene.moment)
        if back != MORNINGS[-1]:
            yield _later(scene, 2)
            _answered(scene)


def _answered(scene: Scene) -> None:
    s, office = SupervisionSheet, scene.cast["talent_office"]
    with transaction(scene.db):
        wanted = select(s.id, s.unit_id).where(s.state == "issued", s.cause != BY_HAND).order_by(s.id)
        issued = scene.db.execute(wanted).all()
    closed: list[Wanted] = []
    for code, login in ANSWERS.items():
        mine = [Wanted(sheet.id) for sheet in issued if sheet.unit_id == scene.units[code]]
        for step in (Flow.sign, Flow.give_feedback) if mine else ():
            given = GIVEN.get(step.name, {})
            take_steps(scene.db, actor=scene.cast[login], now=scene.moment, step=step, wanted=mine, given=given)
        closed += mine
    for step in (Flow.check, Flow.close) if closed else ():
        given = GIVEN.get(step.name, {})
        take_steps(scene.db, actor=office, now=scene.moment, step=step, wanted=closed, given=given)


def _sheet(scene: Scene, number: int) -> Story:
    _days, colour, way = WAYS[number]
    if number == 0:
        _name_leaders(scene)
    found = _lagging(scene)
    if found is None:
        return
    case_id, login = found
    sheet = _issue(scene, case_id, colour)
    for name in way:
        if name == "climb":
            yield _later(scene, 3)
            climb(scene.db, actor=scene.machine, now=scene.moment)
            continue
        yield _later(scene)
        if name == "graver":
            _issue(scene, case_id, "red")
            return
        by = scene.cast[login] if name in ("sign", "give_feedback") else scene.cast["talent_office"]
        scene.take(by, Flow.steps[name], sheet, **GIVEN.get(name, {}))


def _issue(scene: Scene, case_id: int, colour: str) -> int:
    lead = scene.cast["specialist_lead"]
    return issue_sheet(scene.db, actor=lead, now=scene.moment, case_id=case_id, colour=colour, asked=ASKED)


def _name_leaders(scene: Scene) -> None:
    """The commission's and the bureau's own people stand above them; elsewhere the district's leader is told."""
    leaders = {"deputy": scene.cast["lead"].account_id, "first": scene.cast["talent_office2"].account_id}
    office = scene.cast["talent_office"]
    for code in ("health", "education"):
        name_leaders(scene.db, actor=office, now=scene.moment, unit_id=scene.units[code], leaders=leaders)


def _lagging(scene: Scene) -> tuple[int, str] | None:
    """The case that waits longest in a bureau's hands and has no sheet yet, and the log-in of that bureau."""
    units = {scene.units[code]: login for code, login in LOGIN_OF_UNIT.items()}
    supervised = select(SupervisionSheet.parent_id)
    waiting = select(Case.id, Case.holder_id).where(
        in_reach(), Case.holder_id.in_(units), Case.kind != "payment_batch", Case.id.not_in(supervised)
    )
    with transaction(scene.db):
        row = scene.db.execute(waiting.order_by(Case.due_nth, Case.id).limit(1)).first()
    return None if row is None or row.holder_id is None else (row.id, units[row.holder_id])
