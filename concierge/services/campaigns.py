"""The meetings of a campaign, and what its services have in common: who leads a field, how a row is written."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import old_and_new, record
from concierge.models.campaign import (
    Campaign,
    Meeting,
    ServiceField,
)
from concierge.models.district import Unit
from concierge.models.report import ActionItem
from concierge.rules.dispatch import MeetingKind
from concierge.rules.roles import Role, UnitKind
from concierge.services.calendars import calendar_of
from concierge.services.people import only

KEEPERS = (Role.TALENT_OFFICE, Role.SYSTEM)
BUREAUS = (Role.SECTOR, *KEEPERS)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a meeting asked of a unit, of whom there, and by which day."""

    unit_id: int
    words: str
    due_on: date
    owner: str = ""


def hold_meeting(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    kind: MeetingKind,
    held_on: date,
    title: str,
    minutes: str = "",
    attendees: str = "",
    asked: Sequence[Asked] = (),
) -> int:
    """Record a meeting of the campaign, and what it asked of whom by when.

    Raises NotFound, and Invalid for a missing title, a day to come or of another year, or something asked without
    words, due before the meeting or of an unknown unit.
    """
    only(actor, *KEEPERS)
    if not title.strip():
        raise Invalid.because("missing", _("This is needed"), "title")
    if held_on > local_date(now, calendar_of(session, actor.district_id).zone):
        raise Invalid.because("too_early", _("It cannot be recorded before it has happened."), "held_on")
    if any(not each.words.strip() or each.due_on < held_on for each in asked):
        text = _("Each thing asked needs words, a unit and a day after the meeting.")
        raise Invalid.because("asked", text, "asked")
    with transaction(session):
        campaign = session.get(Campaign, campaign_id)
        if campaign is None:
            raise NotFound()
        if held_on.year != campaign.year:
            text = _("This is the campaign of %(year)s; choose the one of that day first.", year=campaign.year)
            raise Invalid.because("other_year", text, "held_on")
        units = {each.unit_id for each in asked}
        if units - set(session.execute(select(Unit.id).where(among(Unit.id, units))).scalars()):
            raise Invalid.because("unknown_unit", _("Please choose a unit of this district."), "asked")
        values = {"campaign_id": campaign_id, "kind": kind.value, "held_on": held_on, "title": title.strip()}
        values |= {"minutes": minutes.strip(), "attendees": attendees.strip()}
        meeting_id = add_row(session, Meeting, values, actor, now, "meeting")
        place = {"campaign_id": campaign_id, "meeting_id": meeting_id, "year": held_on.year, "month": held_on.month}
        _add_many(session, ActionItem, [place | asdict(each) for each in asked], actor)
    return meeting_id


def field_led_by(session: Session, actor: Actor, field_id: int) -> ServiceField:
    """The field, if the actor's bureau leads it or he serves the whole district. Raises NotFound."""
    field = session.get(ServiceField, field_id)
    led = field is not None and (actor.has(*KEEPERS) or field.unit_id in actor.units(Role.SECTOR))
    if field is None or not led:
        raise NotFound()
    return field


def add_row(session: Session, model: type[Any], values: dict[str, Any], actor: Actor, now: datetime, kind: str) -> int:
    """Write one row of the campaign's set-up, with its line in the audit trail; its id."""
    row_id = _add_many(session, model, [values], actor)[0]
    record(session, act=f"add-{kind}".replace("_", "-"), actor=actor, now=now, subject_kind=kind, subject_id=row_id)
    return row_id


def change_row(session: Session, actor: Actor, now: datetime, row: Any, values: dict[str, Any], kind: str) -> None:
    """Give a row other values; the trail keeps each that changed with the one before."""
    data = old_and_new(_told({name: getattr(row, name) for name in values}), _told(values))
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    act = f"edit-{kind}".replace("_", "-")
    record(session, act=act, actor=actor, now=now, subject_kind=kind, subject_id=row.id, data=data)


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the trail keeps them."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def of_the_office(session: Session) -> dict[str, Any]:
    """What a case of the campaign begins with: it is about nobody in particular and the talent office answers."""
    office = select(Unit.id).where(Unit.kind == UnitKind.OFFICE.value).order_by(Unit.id).limit(1)
    none = dict.fromkeys(("expert_id", "subject_key", "kin_key", "specialist_id", "employer_id", "parent_id"))
    return none | {"waits": 0, "office_id": session.execute(office).scalar_one_or_none()}


def _add_many(session: Session, model: type[Any], rows: Sequence[dict[str, Any]], actor: Actor) -> list[int]:
    made = [{"id": new_id(), "district_id": actor.district_id} | row for row in rows]
    if made:
        session.execute(insert(model), made)
    return [row["id"] for row in made]
