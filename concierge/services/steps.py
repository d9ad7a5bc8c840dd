"""The one door to every step: page, bulk act, API, import and job all come through here.

A step's effects on details and other cases are registered beside their use cases with `@before` and `@after`;
they work on the whole set that moves, in the same transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.text import Text
from concierge.db import transaction
from concierge.engine.actor import Actor, machine
from concierge.engine.audit import record
from concierge.engine.declare import FLOWS, Step
from concierge.engine.judge import OWN_CASE, SAME_PERSON
from concierge.engine.run import Act, CalendarMoved, Report, Wanted, fire_many
from concierge.services.calendars import calendar_at_hand, calendar_of
from concierge.services.repeats import recall, release, remember

__all__ = [
    "Effect",
    "Report",
    "Taking",
    "Wanted",
    "after",
    "before",
    "follow",
    "screen",
    "step_named",
    "take",
    "take_step",
    "take_steps",
]


@dataclass(frozen=True)
class Taking:
    """One act of taking a step, as its effects see it."""

    session: Session
    step: Step
    act: Act

    @property
    def data(self) -> dict[str, Any]:
        """What was given with the step, typed as its `ask` says."""
        return self.act.data or {}


Effect = Callable[[Taking, list[int]], None]
Screen = Callable[[Taking, list[int]], Mapping[int, Reason]]
_before: dict[Step, list[Effect]] = {}
_after: dict[Step, list[Effect]] = {}
_screens: dict[Step, list[Screen]] = {}


def before(*steps: Step) -> Callable[[Effect], Effect]:
    """Register an effect on the details of the cases that will move, run just before they do."""

    def register(effect: Effect) -> Effect:
        for step in steps:
            _before.setdefault(step, []).append(effect)
        return effect

    return register


def after(*steps: Step) -> Callable[[Effect], Effect]:
    """Register an effect of a step, run on the moved cases in the same transaction."""

    def register(effect: Effect) -> Effect:
        for step in steps:
            _after.setdefault(step, []).append(effect)
        return effect

    return register


def screen(*steps: Step) -> Callable[[Screen], Screen]:
    """Register what holds single cases of a set for a reason that lies outside the case and never changes back.

    It names only cases that the actor may see.
    """

    def register(holds: Screen) -> Screen:
        for step in steps:
            _screens.setdefault(step, []).append(holds)
        return holds

    return register


def take(session: Session, step: Step, wanted: Iterable[Wanted], act: Act) -> Report:
    """Take a step inside the running transaction, with its effects. For use cases that are made of several steps."""
    taking = Taking(session, step, act)
    effects = _before.get(step, ())

    def prepare(ids: list[int]) -> None:
        for effect in effects:
            effect(taking, ids)

    asked, held = list(wanted), dict[int, tuple[Reason, ...]]()
    for holds in _screens.get(step, ()):
        held |= {case_id: (reason,) for case_id, reason in holds(taking, [w.id for w in asked]).items()}
    free = [w for w in asked if w.id not in held]
    report = fire_many(session, step, free, act, prepare=prepare if effects else None)
    report.held |= held
    if report.moved:
        for effect in _after.get(step, ()):
            effect(taking, report.moved)
    return report


def follow(session: Session, step: Step, ids: Iterable[int], act: Act, *, data: dict[str, Any] | None = None) -> Report:
    """Take a system step that follows from another act (same instant, by the machine). Raises Refusal if any is held.

    What follows must follow wholly: a held row would leave two records of one fact that disagree.
    """
    own = Act(machine(act.actor.district_id), act.now, act.calendar, act.reason, data)
    report = take(session, step, [Wanted(i) for i in ids], own)
    for reasons in report.held.values():
        raise Refusal(*reasons)
    if report.absent:
        raise NotFound()
    return report


def take_steps(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    step: Step,
    wanted: Iterable[Wanted],
    given: Mapping[str, Any],
    key: str | None = None,
) -> Report:
    """Take one step with a set of cases, in one transaction. Returns what moved and what is held, with all reasons.

    `given` is what was typed; `key` makes a repeated request give the first answer, unless that moved nothing: whoever
    is told to try again does so with the same key. Raises Invalid for wrong input.
    """
    asked = list(wanted)
    data = step.ask.clean(given) if step.ask is not None else {}
    reason = data.pop("reason", None)
    seen = [[w.id, w.version] for w in asked] if key is not None else []
    name, body = f"{step.flow.kind}.{step.name}", {"step": step.name, "wanted": seen, "data": data, "reason": reason}
    with transaction(session):
        known = recall(session, actor, name, key, body)
        if known is not None:
            return Report(step.name, known["moved"], _refusals(known["held"]), known["absent"])
        at_hand = calendar_at_hand(session, actor.district_id)
        act = Act(actor, now, at_hand.calendar, reason, data or None, at_hand.stamp)
        try:
            report = take(session, step, asked, act)
        except CalendarMoved:
            act = replace(act, calendar=calendar_of(session, actor.district_id), stamp=None)
            report = take(session, step, asked, act)
        _note_barred(session, report, step, act)
        if report.moved:
            remember(session, actor, name, key, body, _answer(report), now)
        else:
            release(session, actor, name, key)
    return report


def _note_barred(session: Session, report: Report, step: Step, act: Act) -> None:
    """Write down a try at two incompatible duties or at one's own case: it is held, never silently (domain §7.4)."""
    barred = [i for i, reasons in report.held.items() if {OWN_CASE, SAME_PERSON} & set(reasons)]
    if barred:
        record(
            session,
            act="denied",
            actor=act.actor,
            now=act.now,
            subject_kind=step.flow.kind,
            subject_id=barred[0] if len(barred) == 1 else None,
            result="refused",
            data={"step": step.name, "cases": barred},
        )


def take_step(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    step: Step,
    case_id: int,
    version: int | None,
    given: Mapping[str, Any],
    key: str | None = None,
) -> None:
    """Take one step with one case. Raises Refusal with all reasons, NotFound, or Invalid for wrong input."""
    wanted = [Wanted(case_id, version)]
    report = take_steps(session, actor=actor, now=now, step=step, wanted=wanted, given=given, key=key)
    if report.absent:
        raise NotFound()
    for reasons in report.held.values():
        raise Refusal(*reasons)


def step_named(kind: str, name: str) -> Step:
    """The step of a kind by its name. Raises NotFound."""
    flow = FLOWS.get(kind)
    step = flow.steps.get(name) if flow is not None else None
    if step is None or step.retired:
        raise NotFound()
    return step


def _answer(report: Report) -> dict[str, Any]:
    held = {
        str(i): [[r.code, r.text.msgid, dict(r.text.params), r.field] for r in reasons]
        for i, reasons in report.held.items()
    }
    return {"moved": report.moved, "held": held, "absent": report.absent}


def _refusals(held: Mapping[str, Any]) -> dict[int, Any]:

    return {
        int(i): tuple(Reason(code, Text(msgid, params), field) for code, msgid, params, field in reasons)
        for i, reasons in held.items()
    }
