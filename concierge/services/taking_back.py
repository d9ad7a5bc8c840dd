"""Taking one's own last step back while nothing has left the house because of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.engine.undo import undo
from concierge.services.calendars import calendar_of


def take_back(session: Session, *, actor: Actor, now: datetime, case_id: int) -> None:
    """Take the actor's own last step with a case back, within ten minutes. Raises Refusal with reasons, or NotFound."""
    with transaction(session):
        undo(session, case_id, Act(actor, now, calendar_of(session, actor.district_id)))
