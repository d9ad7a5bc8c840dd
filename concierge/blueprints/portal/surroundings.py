"""What every view of this room needs: whose pages these are, today's date, the working calendar."""

import secrets
from datetime import date

from flask import request

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.rules.calendar import WorkingCalendar
from concierge.services.calendars import calendar_of
from concierge.web.doors import door


def my_id() -> int:
    """The person these pages are about. Raises NotFound for an account that is tied to nobody."""
    if door.actor.person_id is None:
        raise NotFound()
    return door.actor.person_id


def calendar() -> WorkingCalendar:
    """The calendar that deadlines are counted on."""
    return calendar_of(door.session, door.actor.district_id)


def today() -> date:
    """Today in the district."""
    return local_date(door.now, calendar().zone)


def fresh_key() -> str:
    """A key for a form, so that sending it twice acts once."""
    return secrets.token_urlsafe(12)


def before() -> int | None:
    """Where the next page of a list begins. Raises NotFound for what is no id."""
    wanted = request.args.get("before")
    return parse_id(wanted) if wanted else None
