"""Who answers for what in a campaign, and what the units that support it did."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, within
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.campaign import CampaignUnit
from concierge.models.district import Unit
from concierge.models.plan import CampaignPost, Contribution
from concierge.rules.plans import Post
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import KEEPERS, add_row
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing

LONGEST = 1000
CONTRIBUTORS = (Role.TALENT_OFFICE, Role.SECTOR, Role.HR, Role.UNIT_LIAISON, Role.FINANCE_MAKER, Role.PRESS)
AT_ONCE = (Post.FIRST, Post.GROUP_LEADER)
"""Posts that one person holds at a time: whoever follows ends the one before."""


@dataclass(frozen=True, kw_only=True)
class NewPost:
    """Who holds which post of which unit from a day on; `duty` is his office there."""

    campaign_id: int
    unit_id: int
    post: str
    person_name: str
    duty: str
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class NewContribution:
    """What a unit did for the campaign on a day."""

    campaign_id: int
    unit_id: int
    happened_on: date
    words: str


def appoint(session: Session, *, actor: Actor, now: datetime, post: NewPost) -> int:
    """Name who holds a post; whoever held it before him ends on the day before. The post's id.

    A unit has one first responsible person, the leading group one leader, whatever his unit.

    Raises Invalid naming every field that is missing or wrong, NotFound for an unknown campaign.
    """
    only(actor, *KEEPERS)
    wrong = missing(post, "person_name")
    if post.post not in list(Post):
        wrong.append(Reason("post", _("Please choose a post."), "post"))
    with transaction(session):
        known_campaign(session, post.campaign_id)
        wrong += _wrong_unit(session, post)
        p = CampaignPost
        where = p.unit_id == post.unit_id if post.post != Post.GROUP_LEADER else true()
        held = (p.campaign_id == post.campaign_id, where, p.post == post.post, p.ends_on.is_(None))
        before = session.execute(select(p.starts_on).where(*held).order_by(p.id.desc()).limit(1)).scalar_one_or_none()
        if post.post in AT_ONCE and before is not None and before >= post.starts_on:
            wrong.append(Reason("too_early", _("The one before him began on that day or later."), "starts_on"))
        if wrong:
            raise Invalid(*wrong)
        if post.post in AT_ONCE:
            session.execute(update(p).where(*held).values(ends_on=post.starts_on - timedelta(days=1)))
        values = asdict(post) | {"person_name": post.person_name.strip(), "duty": within(post.duty, LONGEST, "duty")}
        return add_row(session, p, values | {"ends_on": None}, actor, now, "campaign_post")


def contribute(session: Session, *, actor: Actor, now: datetime, contribution: NewContribution) -> int:
    """Write down what one's unit did for the campaign; the talent office writes for any unit. Its id.

    Raises Invalid naming every field that is missing or wrong, NotFound for a unit of others.
    """
    only(actor, *CONTRIBUTORS)
    own = contribution.unit_id in actor.units(*CONTRIBUTORS)
    if not (own or actor.has(*KEEPERS)):
        raise NotFound()
    wrong = missing(contribution, "words", longest=LONGEST)
    with transaction(session):
        known_campaign(session, contribution.campaign_id)
        if not _takes_part(session, contribution.campaign_id, contribution.unit_id):
            wrong.append(Reason("no_part", _("This unit has no part in the campaign."), "unit"))
        if contribution.happened_on > local_date(now, calendar_of(session, actor.district_id).zone):
            text = _("It cannot be recorded before it has happened.")
            wrong.append(Reason("too_early", text, "happened_on"))
        if wrong:
            raise Invalid(*wrong)
        written = {"words": contribution.words.strip(), "recorded_by": actor.account_id, "recorded_at": now}
        return add_row(session, Contribution, asdict(contribution) | written, actor, now, "contribution")


def _wrong_unit(session: Session, post: NewPost) -> list[Reason]:
    """Seats of the leading group go to any unit of the district, answering for one to those with a part."""
    if post.post in list(Post) and Post(post.post).is_in_group:
        if session.get(Unit, post.unit_id) is None:
            return [Reason("unknown_unit", _("Please choose a unit of this district."), "unit")]
    elif not _takes_part(session, post.campaign_id, post.unit_id):
        return [Reason("no_part", _("This unit has no part in the campaign."), "unit")]
    return []


def _takes_part(session: Session, campaign_id: int, unit_id: int) -> bool:
    u = CampaignUnit
    part = select(u.id).where(u.campaign_id == campaign_id, u.unit_id == unit_id)
    return session.execute(part).first() is not None
