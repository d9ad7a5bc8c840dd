"""Who knocks at the campaign's doors, and what several of its pages need."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import uuid4

from flask import request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import Text
from concierge.queries.campaigns import CampaignRow, campaign_named, campaigns
from concierge.queries.deadlines import Lamp, lamp
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.forms import Form

BUREAUS = (Role.SECTOR, Role.TALENT_OFFICE)
RAISERS = (*BUREAUS, Role.UNIT_LIAISON)
WATCHERS = (*BUREAUS, Role.LEAD, Role.SUPERVISOR)
READERS = (*RAISERS, Role.LEAD, Role.SUPERVISOR)
CONCERNED = (*WATCHERS, Role.UNIT_LIAISON, Role.HR)


def fresh_key() -> str:
    """A key for a form, so that sending it twice counts once."""
    return uuid4().hex


def today() -> date:
    """The date in the district."""
    return local_date(door.now, SHANGHAI)


def asked_id(name: str) -> int | None:
    """The id given under this name in the address or the form; None when there is none or it is no id."""
    try:
        return parse_id(request.values.get(name, ""))
    except NotFound:
        return None


def chosen_id(text: str | None, field: str, missing: Text) -> int:
    """The id chosen in a form. Raises Invalid beside the field."""
    try:
        return parse_id(text or "")
    except NotFound:
        raise Invalid.because("required", missing, field) from None


def whole_number(text: str | None) -> int:
    """The number typed; 0 for what is none, which no service takes."""
    typed = text or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def written(form: Form, act: Callable[[], object], said: Text) -> bool:
    """Do what a form asks and say so; False where it was refused, and then the form tells why beside its fields."""
    try:
        act()
    except Refusal as wrong:
        form.take_errors(wrong)
        return False
    door.say(said)
    return True


def done(act: Callable[[], object], said: Text) -> None:
    """Do what a button asks and say so, or say each reason why not."""
    try:
        act()
        door.say(said)
    except Refusal as refused:
        door.say_why(refused)


def as_sent() -> dict[str, Any]:
    """How a page is shown whose form was sent and not taken, for `door.render`; as usual where none was sent."""
    refused = request.method == "POST"
    return {"status": 422 if refused else 200, "has_errors": refused}


def lamps_of(rows: Iterable[Any]) -> dict[int, Lamp]:
    """The lamps of listed cases, by their ids."""
    calendar = calendar_of(door.session, door.actor.district_id)
    return {row.id: lamp(row, now=door.now, calendar=calendar) for row in rows}


def none_yet() -> Response | None:
    """A page that says so while the district has no campaign; None when there is one."""
    if campaigns(door.session):
        return None
    return door.render("pages/campaign/campaign_none.html", may_begin=door.actor.has(Role.TALENT_OFFICE))


def here(page: str, **values: Any) -> str:
    """The address of a page of the room, about the campaign that this one is about."""
    return url_for(f"campaign.{page}", campaign=request.args.get("campaign"), **values)


def to_choose() -> dict[str, Any]:
    """The campaigns of which a page may tell, for `door.render` with bits/campaign/which.html."""
    return {"campaigns": [(public_id(row.id), f"{row.year} {row.name}") for row in campaigns(door.session)]}


def the_campaign(on: date | None = None) -> CampaignRow:
    """The campaign in the address, or the one that runs today (or another day). Raises NotFound when there is none."""
    return campaign_named(door.session, asked_id("campaign"), today=on or today())
