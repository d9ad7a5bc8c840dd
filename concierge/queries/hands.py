"""In whose hands a case is, as its reader would say: mine, my unit's, or somebody else's."""

from typing import Any

from concierge.engine.actor import Actor
from concierge.rules.roles import Role

BY_PERSON = ("specialist",)
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
