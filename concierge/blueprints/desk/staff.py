"""Who knocks at this room's doors, and on which list he stands."""

from uuid import uuid4

from concierge.queries.worklist_scope import Desk
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.web.doors import door

SPECIALISTS = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
UNIT_STAFF = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
LIST_OWNERS = (*SPECIALISTS, *UNIT_STAFF)
SUPERVISING = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
STAFF = (*LIST_OWNERS, *FINANCE, Role.EMPLOYER, Role.PRESS, Role.LEAD, Role.SUPERVISOR)
WRITERS = tuple(role for role in STAFF if role is not Role.EMPLOYER)
"""Whoever may write on a case: inner notes are for the district's own offices."""
FILE_READERS = (*SPECIALISTS, Role.TALENT_OFFICE)


def the_desk(*, unit: bool) -> Desk:
    """The worklist of whoever is at the door: that of his unit, or that of his experts."""
    calendar = calendar_of(door.session, door.actor.district_id)
    return Desk(door.actor, door.now, calendar, unit)


def is_unit_staff() -> bool:
    """Whether the actor works from the list of a unit."""
    return not door.actor.has(*SPECIALISTS)


def list_endpoint() -> str:
    """The endpoint of the actor's own list."""
    return "desk.unit_work" if is_unit_staff() else "desk.worklist"


def fresh_key() -> str:
    """A key for a form, so that sending it twice counts once."""
    return uuid4().hex
