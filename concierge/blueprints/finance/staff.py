"""Who knocks at this room's doors, and what every page of it needs."""

from uuid import uuid4

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.documents.roster import XLSX
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.steps import Wanted
from concierge.web.doors import door

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
BOUNCE_READERS = (*FINANCE, Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
BUDGET_READERS = (*FINANCE, Role.TALENT_OFFICE, Role.LEAD)


def wants_sheet() -> bool:
    """Whether the list is asked for as a sheet: the same address with .xlsx."""
    return request.path.endswith(".xlsx")


def sheet(content: bytes, name: str) -> Response:
    """A sheet to be saved."""
    answer = FlaskResponse(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def calendar() -> WorkingCalendar:
    """The working calendar of the district at the door."""
    return calendar_of(door.session, door.actor.district_id)


def fresh_key() -> str:
    """A key for a form, so that sending it twice counts once."""
    return uuid4().hex


def confirms() -> bool:
    """Whether the second person confirms a proposal or refuses it. Raises Invalid when the form says neither."""
    answer = request.form.get("answer", "")
    if answer not in ("confirm", "refuse"):
        raise Invalid.because("answer", _("Confirm the proposal, or refuse it."), "answer")
    return answer == "confirm"


def chosen_ids(name: str = "item") -> list[int]:
    """The ids ticked in a form or named in an address; what is no id is left out."""
    found = []
    for text in request.values.getlist(name):
        try:
            found.append(parse_id(text.partition(".")[0]))
        except NotFound:
            continue
    return list(dict.fromkeys(found))


def chosen() -> list[Wanted]:
    """The rows ticked in a form with the versions that were shown ("id.version")."""
    found: dict[int, Wanted] = {}
    for text in request.values.getlist("item"):
        ident, _dot, version = text.partition(".")
        try:
            case_id = parse_id(ident)
        except NotFound:
            continue
        known = version.isascii() and version.isdigit() and len(version) < 10
        found[case_id] = Wanted(case_id, int(version) if known else None)
    return list(found.values())


def version() -> int | None:
    """The version of the one case a form is about."""
    typed = request.values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
