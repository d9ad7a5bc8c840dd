"""The right that bears a day of service: the one that lives, the one that was over after it, or a new one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.engine.tables import History
from concierge.models.district import Unit
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.rules.roles import Role, UnitKind
from concierge.services.rulebook import Right, Version, entitlement_row
from concierge.services.steps import follow
from concierge.workflows.entitlement import EntitlementFlow

ENDED = ("terminated", "completed")
BEARING = ("active", *ENDED)
"""States of a right that may bear a day: what is paused, given up or revoked bears none."""


@dataclass(frozen=True)
class Bearing:
    """A day for which a right is wanted, with the version in force on it."""

    person_id: int
    policy_id: int
    version: Version
    on: date


def rights_for(
    session: Session, act: Act, wanted: Sequence[Bearing], facts: Mapping[date, Mapping[int, Any]]
) -> dict[tuple[int, int], Any]:
    """By person and policy the right (id, state, household_id); opened at once for whoever has none.

    A right that ended is followed by a new one for days after its end; where a person ended it, for misconduct or what
    else, the new one is only found, and waits for people to put it into effect. `facts` by day and person. Runs in the
    caller's transaction.
    """
    rights = _rights(session, wanted)
    first: dict[tuple[int, int], Bearing] = {}
    for day in wanted:
        last = rights.get((day.person_id, day.policy_id))
        if last is None or (last.state in ENDED and last.ends_on < day.on):
            first.setdefault((day.person_id, day.policy_id), day)
    if not first:
        return rights
    persons = session.execute(select(Person).where(among(Person.id, {person for person, _policy in first}))).scalars()
    known = {person.id: person for person in persons}
    office = session.execute(select(Unit.id).where(Unit.kind == UnitKind.OFFICE).order_by(Unit.id).limit(1)).scalar()
    rows = [
        entitlement_row(known[day.person_id], day.version, Right(day.on, None, None), facts[day.on][person], office)
        for (person, _policy), day in first.items()
    ]
    made = open_cases(session, EntitlementFlow, rows, act)
    barred = _ended_by_people(session, [rights[key].id for key in first if key in rights])
    at_once = [new for new, key in zip(made, first, strict=True) if key not in rights or rights[key].id not in barred]
    if at_once:
        follow(session, EntitlementFlow.grant_at_once, at_once, act)
    return _rights(session, wanted)


def _ended_by_people(session: Session, right_ids: Sequence[int]) -> set[int]:
    """The rights that a person ended; those that a fact or their time ended are left out."""
    h, step = History, EntitlementFlow.terminate.name
    wanted = select(h.case_id).where(among(h.case_id, right_ids), h.step == step, h.role != Role.SYSTEM.value)
    return set(session.execute(wanted).scalars())


def _rights(session: Session, wanted: Sequence[Bearing]) -> dict[tuple[int, int], Any]:
    """By person and policy the right that lives, or else the last one."""
    e = Entitlement
    rows = session.execute(
        select(e.id, e.person_id, e.policy_id, e.state, e.is_open, e.starts_on, e.ends_on, Person.household_id)
        .join(Person, Person.id == e.person_id)
        .where(among(e.person_id, {day.person_id for day in wanted}))
        .where(among(e.policy_id, {day.policy_id for day in wanted}))
        .order_by(e.is_open, e.starts_on, e.id)
        .with_for_update(of=e)
    )
    return {(row.person_id, row.policy_id): row for row in rows}
