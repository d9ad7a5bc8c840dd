"""Topics that are posted and claimed (揭榜领题): one unit takes one, delivers, and the talent office accepts it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.plan import Topic
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import KEEPERS, add_row
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing

LONGEST = 2000
CLAIMERS = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON)


@dataclass(frozen=True, kw_only=True)
class NewTopic:
    """What is to be worked on, what is to be delivered, and by which day."""

    campaign_id: int
    title: str
    deliverable: str
    due_on: date


def post_topic(session: Session, *, actor: Actor, now: datetime, topic: NewTopic) -> int:
    """Post a topic for any unit to claim; its id. Raises Invalid naming every field that is missing or wrong."""
    only(actor, *KEEPERS)
    wrong = [*missing(topic, "title"), *missing(topic, "deliverable", longest=LONGEST)]
    with transaction(session):
        known_campaign(session, topic.campaign_id)
        if topic.due_on <= local_date(now, calendar_of(session, actor.district_id).zone):
            wrong.append(Reason("due_on", _("A day to come."), "due_on"))
        if wrong:
            raise Invalid(*wrong)
        values = asdict(topic) | {"title": topic.title.strip(), "deliverable": topic.deliverable.strip()}
        return add_row(session, Topic, values | {"posted_at": now}, actor, now, "topic")


def claim_topic(session: Session, *, actor: Actor, now: datetime, topic_id: int) -> None:
    """Take a topic for one's unit; of two who ask at once, one has it. Raises NotFound, Refusal."""
    only(actor, *CLAIMERS)

    def claim(topic: Topic) -> None:
        _expect(topic.claimed_at is None, "claimed_already")
        topic.unit_id, topic.claimed_at = actor.units(*CLAIMERS)[0], now
        topic.claimed_by_key = actor.person_key

    _change(session, actor, now, topic_id, "claim-topic", claim)


def deliver_topic(session: Session, *, actor: Actor, now: datetime, topic_id: int, report: str) -> None:
    """Say what came of it, by the unit that took it. Raises Invalid without words, NotFound, Refusal."""
    only(actor, *CLAIMERS)
    if not 0 < len(report.strip()) <= LONGEST:
        raise Invalid.because("missing", _("1 to %(n)s characters.", n=LONGEST), "report")

    def deliver(topic: Topic) -> None:
        _expect(topic.unit_id in actor.units(*CLAIMERS), "not_yours")
        _expect(topic.delivered_on is None, "delivered_already")
        topic.report = report.strip()
        topic.delivered_on = local_date(now, calendar_of(session, actor.district_id).zone)

    _change(session, actor, now, topic_id, "deliver-topic", deliver)


def accept_topic(session: Session, *, actor: Actor, now: datetime, topic_id: int, accepted: bool, words: str) -> None:
    """Accept what was delivered, or give it back with a reason; not by whoever took the topic.

    Raises Invalid when nothing says why it is given back, NotFound, Refusal.
    """
    only(actor, *KEEPERS)
    if not accepted and not words.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "words")

    def accept(topic: Topic) -> None:
        _expect(topic.delivered_on is not None, "not_delivered")
        if topic.claimed_by_key in actor.person_keys:
            raise Refusal.because("same_person", _("another person must do this: you took an earlier step"))
        topic.words = words.strip()[:LONGEST]
        if accepted:
            topic.finished_at = now
        else:
            topic.delivered_on = None

    _change(session, actor, now, topic_id, "accept-topic", accept)


def withdraw_topic(session: Session, *, actor: Actor, now: datetime, topic_id: int, words: str) -> None:
    """Take a topic back that is not finished, with a reason. Raises Invalid without one, NotFound, Refusal."""
    only(actor, *KEEPERS)
    if not words.strip():
        raise Invalid.because("reason_missing", _("Please give a reason."), "words")

    def withdraw(topic: Topic) -> None:
        topic.withdrawn_at, topic.words = now, words.strip()[:LONGEST]

    _change(session, actor, now, topic_id, "withdraw-topic", withdraw)


def _change(
    session: Session, actor: Actor, now: datetime, topic_id: int, act: str, change: Callable[[Topic], None]
) -> None:
    with transaction(session):
        topic = session.get(Topic, topic_id, with_for_update=True, populate_existing=True)
        if topic is None:
            raise NotFound()
        _expect(topic.finished_at is None and topic.withdrawn_at is None, "over")
        change(topic)
        session.flush()
        record(session, act=act, actor=actor, now=now, subject_kind="topic", subject_id=topic_id)


_REASONS = {
    "over": _("the topic is finished or withdrawn"),
    "claimed_already": _("another unit has claimed this topic"),
    "not_yours": _("only the unit that claimed the topic delivers it"),
    "delivered_already": _("it was delivered already"),
    "not_delivered": _("nothing was delivered yet"),
}


def _expect(holds: bool, code: str) -> None:
    if not holds:
        raise Refusal.because(code, _REASONS[code])
