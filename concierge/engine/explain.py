"""Why a step may or may not be taken with a case, for the buttons on its page.

The gate decides (judge.py); this says the same beforehand, from the Python halves of guards and reach, with two
questions to the database at most: who took earlier steps, and whether the budget line still carries the amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Reason
from concierge.db import among
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.declare import FLOWS, Earlier, Step
from concierge.engine.judge import LINE_SHORT, NOT_YOURS, OWN_CASE, SAME_PERSON, did, reason_of
from concierge.engine.tables import CASES, Case
from concierge.rules.roles import Role


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
    return explain_many(session, [case], actor, now=now)[case.id]


def explain_many(session: Session, cases: Sequence[Case], actor: Actor, *, now: datetime) -> dict[int, list[Way]]:
    """The same for several cases of one kind, by id, with the same two questions at most."""
    open_to = {
        case.id: [
            step for step in ways_out(case) if not step.roles.isdisjoint(actor.roles) and _on_the_road(step, case, now)
        ]
        for case in cases
    }
    barred = _barred(session, cases, open_to, actor)
    ways = {case.id: [_way(step, case, actor, now, barred[case.id]) for step in open_to[case.id]] for case in cases}
    return _short_of_money(session, cases, ways)


def _way(step: Step, case: Case, actor: Actor, now: datetime, barred: set[Earlier]) -> Way:
    reasons = [*_personal(step, case, actor), *_unmet(step, case, now)]
    if not barred.isdisjoint(step.not_by):
        reasons.append(SAME_PERSON)
    return Way(step, not reasons, tuple(reasons))


def ways_out(case: Case) -> list[Step]:
    """The steps that leave a case's state and that a person may take, whoever he is."""
    steps = FLOWS[case.kind].steps.values()
    return [s for s in steps if case.state in s.leaves and not s.retired and s.by != (Role.SYSTEM,)]


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


def _barred(
    session: Session, cases: Sequence[Case], open_to: dict[int, list[Step]], actor: Actor
) -> dict[int, set[Earlier]]:
    """Which earlier steps the actor, or the one he stands in for, has taken with each case: one query for all."""
    found: dict[int, set[Earlier]] = {case.id: set() for case in cases}
    if not any(step.not_by for steps in open_to.values() for step in steps):
        return found
    statement, asked = _taken(cases[0].kind, frozenset(case.state for case in cases))
    values = binds.actor_values(actor, ()) | {"case_ids": list(found)}
    for case_id, *flags in session.connection().execute(statement, values):
        found[case_id] = {earlier for earlier, taken in zip(asked, flags, strict=True) if taken}
    return found


@lru_cache(maxsize=512)
def _taken(kind: str, states: frozenset[str]) -> tuple[Select[Any], tuple[Earlier, ...]]:
    flow = FLOWS[kind]
    leaving = [step for step in flow.steps.values() if not states.isdisjoint(step.leaves)]
    asked = tuple({earlier: None for step in leaving for earlier in step.not_by})
    own: Any = flow.subject.__table__
    origin = CASES.join(own, and_(own.c.id == CASES.c.id, own.c.district_id == CASES.c.district_id))
    flags = [did(earlier).label(f"did_{i}") for i, earlier in enumerate(asked)]
    here = (among(CASES.c.id, name="case_ids"), CASES.c.district_id + 0 == binds.DISTRICT)
    return select(CASES.c.id, *flags).select_from(origin).where(*here), asked


def _short_of_money(session: Session, cases: Sequence[Case], ways: dict[int, list[Way]]) -> dict[int, list[Way]]:
    """Close the steps, otherwise open, whose budget line no longer carries the case's amount."""
    spending = [(case, way) for case in cases for way in ways[case.id] if way.allowed and way.step.spends is not None]
    if not spending:
        return ways
    lines = next(way.step.spends.lines for _case, way in spending if way.step.spends is not None)
    wanted = {_of(way.step.spends.line, case) for case, way in spending if way.step.spends is not None}
    left = lines.amount_fen - lines.reserved_fen - lines.spent_fen
    rows = session.execute(select(lines.id, left).where(among(lines.id, wanted - {None})))
    carries = dict(rows.tuples().all())
    for case, way in spending:
        spends = way.step.spends
        if spends is not None and carries.get(_of(spends.line, case), -1) < _of(spends.amount, case):
            ways[case.id] = [Way(w.step, False, (LINE_SHORT,)) if w is way else w for w in ways[case.id]]
    return ways


def _of(column: Any, case: Case) -> Any:
    return getattr(case, column.key)
