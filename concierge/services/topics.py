"""Topics that are posted and claimed (揭榜领题): posting one, and what its steps write."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import set_columns, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.plan import Topic
from concierge.models.scope import CLAIMANTS
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import KEEPERS, of_the_office
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing
from concierge.services.steps import Taking, before
from concierge.workflows.campaign_topic import TopicFlow as Flow

LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class NewTopic:
    """What is to be worked on, what is to be delivered, and by which day."""

    campaign_id: int
    title: str
    deliverable: str
    deliver_by: date


def post_topic(session: Session, *, actor: Actor, now: datetime, topic: NewTopic) -> int:
    """Post a topic for any unit to claim; its id. Raises Invalid naming every field that is missing or wrong."""
    only(actor, *KEEPERS)
    wrong = [*missing(topic, "title"), *missing(topic, "deliverable", longest=LONGEST)]
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        known_campaign(session, topic.campaign_id)
        if topic.deliver_by <= local_date(now, act.calendar.zone):
            wrong.append(Reason("deliver_by", _("A day to come."), "deliver_by"))
        if wrong:
            raise Invalid(*wrong)
        row = of_the_office(session) | {"title_zh": topic.title.strip(), "title_en": topic.title.strip()}
        row |= {"campaign_id": topic.campaign_id, "deliverable": topic.deliverable.strip(), "unit_id": None}
        row |= {"deliver_by": topic.deliver_by, "report": ""}
        row |= {"case_limit": act.calendar.nth(topic.deliver_by) - act.calendar.nth_of(now)}
        return open_cases(session, Flow, [row], act)[0]


@before(Flow.claim)
def take_for_the_unit(taking: Taking, ids: list[int]) -> None:
    """The topic is the claimer's unit's. Raises Invalid for somebody of no unit."""
    units = taking.act.actor.units(*CLAIMANTS)
    if not units:
        raise Invalid.because("no_unit", _("Your account belongs to no unit."))
    set_columns(taking.session, Topic, ids, unit_id=units[0])


@before(Flow.deliver)
def keep_the_report(taking: Taking, ids: list[int]) -> None:
    """What came of it, in the unit's words."""
    set_columns(taking.session, Topic, ids, report=taking.data["report"])
