"""In whose hands a case is, as its reader would say: mine, my unit's, or somebody else's."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_

from concierge.db import among, constant
from concierge.engine.actor import Actor
from concierge.engine.kept import Whoever
from concierge.engine.tables import Case
from concierge.rules.roles import Role

BY_PERSON = ("specialist",)
WITH_UNITS = Case.holder != constant("specialist")
"""What lies with a unit itself, in the words of the index by units, which leaves its specialists' cases out."""
NOBODYS = ("joint", "nobody", "expert", "bank")
"""Parties whose unit column names an office that only waits."""
FOR_UNITS = (
    Role.HR,
    Role.SECTOR,
    Role.UNIT_LIAISON,
    Role.TALENT_OFFICE,
    Role.EMPLOYER,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.FINANCE_PAYER,
)


def in_hands(row: Any, actor: Actor) -> bool:
    """Whether a case (a row with holder, holder_id, assignee_id) waits for the actor or for his unit's desk."""
    if actor.has(Role.EXPERT):
        return bool(row.holder == "expert")
    if row.assignee_id is not None:
        return bool(row.assignee_id == actor.duty)
    if row.holder in BY_PERSON or row.holder in NOBODYS:
        return False
    return row.holder_id is not None and row.holder_id in actor.units(*FOR_UNITS)


def into_hands(actor: Whoever, roles: Iterable[Role]) -> list[ColumnElement[bool]]:
    """The same as clauses, for staff: what is assigned to the actor, and what lies on the desks of his units."""
    ways: list[ColumnElement[bool]] = [Case.assignee_id == actor.duty]
    if units := actor.units(*roles):
        nobodys = and_(Case.assignee_id.is_(None), Case.holder.not_in((*BY_PERSON, *NOBODYS)))
        ways.append(and_(nobodys, among(Case.holder_id, units)))
    return ways
