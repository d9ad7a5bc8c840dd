"""Why a step may or may not be taken with a case, for the buttons on its page.

The gate decides (judge.py); this says the same beforehand, from the Python halves of guards and reach, with two
questions to the database at most: who took earlier steps, and whether the budget line still carries the amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Reason
from concierge.db import BIG
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Earlier, Step
from concierge.engine.judge import LINE_SHORT, NOT_YOURS, OWN_CASE, SAME_PERSON, did, reason_of
from concierge.engine.tables import CASES, Case
from concierge.rules.roles import Role

_CASE_ID = bindparam("case_id", type_=BIG)


@dataclass(frozen=True, slots=True)
class Way:
    """A step that leaves the case's state, and every reason why it may not be taken now."""

    step: Step
    allowed: bool
    reasons: tuple[Reason, ...] = ()


def explain(session: Session, case: Case, actor: Actor, *, now: datetime) -> list[Way]:
    """The ways out of a case's state for which the actor holds a role, in the order of the flow's declaration.

    Steps of the system alone and steps on another road (`routes`) are left out; all others stay, with all reasons.
    `case` is one loaded object of the flow's subject.
    """
    steps = [step for step in ways_out(case) if actor.has(*step.by) and _on_the_road(step, case, now)]
    barred = _barred(session, case, steps, actor)
    ways = []
    for step in steps:
        reasons = [*_personal(step, case, actor), *_unmet(step, case, now)]
        if not barred.isdisjoint(step.not_by):
            reasons.append(SAME_PERSON)
        if not reasons and not _affordable(session, step, case):
            reasons.append(LINE_SHORT)
        ways.append(Way(step, not reasons, tuple(reasons)))
    return ways


def ways_out(case: Case) -> list[Step]:
    """The steps that leave a case's state and that a person may take, whoever he is."""
    steps = FLOWS[case.kind].steps.values()
    return [
        s for s in steps if not s.retired and set(s.by) != {Role.SYSTEM} and case.state in (x.name for x in s.sources)
    ]


def _on_the_road(step: Step, case: Case, now: datetime) -> bool:
    return all(guard.holds(case, now) for guard in step.when if guard.routes)


def _personal(step: Step, case: Case, actor: Actor) -> list[Reason]:
    found = []
    held = [role for role in step.by if actor.has(role)]
    if not any(role is Role.SYSTEM or step.flow.reach.may_act_here(role, case, actor) for role in held):
        found.append(NOT_YOURS)
    if not step.own_case and {case.subject_key, case.kin_key} & set(actor.person_keys):
        found.append(OWN_CASE)
    return found


def _unmet(step: Step, case: Case, now: datetime) -> list[Reason]:
    return [reason_of(guard) for guard in step.when if not guard.holds(case, now)]


def _barred(session: Session, case: Case, steps: Sequence[Step], actor: Actor) -> set[Earlier]:
    """Which of the steps' earlier ones the actor, or the one he stands in for, has taken: one query for all."""
    if not any(step.not_by for step in steps):
        return set()
    statement, asked = _taken(case.kind, case.state)
    values = binds.actor_values(actor, ()) | {"case_id": case.id}
    row = session.connection().execute(statement, values).one()
    return {earlier for earlier, taken in zip(asked, row, strict=True) if taken}


@cache
def _taken(kind: str, state: str) -> tuple[Select[Any], tuple[Earlier, ...]]:
    flow = FLOWS[kind]
    leaving = [step for step in flow.steps.values() if state in (source.name for source in step.sources)]
    asked = tuple({earlier: None for step in leaving for earlier in step.not_by})
    own: Any = flow.subject.__table__
    origin = CASES.join(own, and_(own.c.id == CASES.c.id, own.c.district_id == CASES.c.district_id))
    flags = [did(earlier).label(f"did_{i}") for i, earlier in enumerate(asked)]
    return select(*flags).select_from(origin).where(
        CASES.c.id == _CASE_ID, CASES.c.district_id == binds.DISTRICT
    ), asked


def _affordable(session: Session, step: Step, case: Case) -> bool:
    if step.spends is None:
        return True
    lines, line, amount = step.spends.lines, getattr(case, step.spends.line.key), getattr(case, step.spends.amount.key)
    left = lines.amount_fen - lines.reserved_fen - lines.spent_fen
    return bool(session.scalar(select(left >= amount).where(lines.id == line)))
