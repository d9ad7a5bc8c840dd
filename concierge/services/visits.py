"""Visits of the supervision team (不定时检查, domain §1, 49): what was looked at, also where nothing was found."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.supervision import InspectionVisit
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import add_row
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing
from concierge.services.recusals import may_inspect


@dataclass(frozen=True, kw_only=True)
class NewVisit:
    """A visit to a unit on a day; most are not announced."""

    campaign_id: int
    unit_id: int
    visited_on: date
    was_announced: bool
    words: str


def note_visit(session: Session, *, actor: Actor, now: datetime, visit: NewVisit) -> int:
    """Write a visit down; its id. Raises Invalid naming every field that is missing or wrong."""
    only(actor, Role.SUPERVISOR)
    wrong = missing(visit, "words")
    with transaction(session):
        known_campaign(session, visit.campaign_id)
        if session.get(Unit, visit.unit_id) is None:
            wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
        if visit.visited_on > local_date(now, calendar_of(session, actor.district_id).zone):
            wrong.append(Reason("too_early", _("It cannot be recorded before it has happened."), "visited_on"))
        wrong += may_inspect(session, actor, visit.unit_id, visit.visited_on)
        if wrong:
            raise Invalid(*wrong)
        values = vars(visit) | {"words": visit.words.strip(), "made_by": actor.account_id, "made_at": now}
        return add_row(session, InspectionVisit, values, actor, now, "inspection_visit")
