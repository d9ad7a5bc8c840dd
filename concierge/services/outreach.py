"""Speaking with units that lag (联系指导、答疑解惑, domain §1 element 13): why, what was advised, what follows."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason, within
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.district import Unit
from concierge.models.supervision import OutreachContact
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import KEEPERS, add_row
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing

LONGEST = 1000


@dataclass(frozen=True, kw_only=True)
class NewContact:
    """A talk with a unit: the reason, the advice, and what follows by when."""

    campaign_id: int
    unit_id: int
    happened_on: date
    reason: str
    advice: str
    next_step: str = ""
    next_on: date | None = None


def contact_unit(session: Session, *, actor: Actor, now: datetime, contact: NewContact) -> int:
    """Write down that a lagging unit was spoken with; its id. Raises Invalid naming every field that is wrong."""
    only(actor, *KEEPERS)
    wrong = missing(contact, "reason", "advice", longest=LONGEST)
    with transaction(session):
        known_campaign(session, contact.campaign_id)
        if session.get(Unit, contact.unit_id) is None:
            wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
        if contact.happened_on > local_date(now, calendar_of(session, actor.district_id).zone):
            text = _("It cannot be recorded before it has happened.")
            wrong.append(Reason("too_early", text, "happened_on"))
        if contact.next_on is not None and contact.next_on < contact.happened_on:
            wrong.append(Reason("dates", _("The end lies before the beginning."), "next_on"))
        if wrong:
            raise Invalid(*wrong)
        values = asdict(contact) | {
            "made_by": actor.account_id,
            "next_step": within(contact.next_step, LONGEST, "next_step"),
        }
        return add_row(session, OutreachContact, values, actor, now, "outreach_contact")
