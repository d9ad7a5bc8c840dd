"""Who answers for what in a campaign: leading group, units with their persons; meetings and what they asked."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.campaign import CampaignUnit, Meeting
from concierge.models.district import Unit
from concierge.models.plan import CampaignPost, Contribution
from concierge.models.report import ActionItem
from concierge.queries.campaigns import CampaignRow
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.dispatch import CampaignPart, MeetingKind
from concierge.rules.lights import Light, light
from concierge.rules.plans import Post

PAGE = 100


@dataclass(frozen=True)
class PostRow:
    """Somebody who holds a post."""

    post: Post
    name: str
    duty: str
    unit: Bilingual
    starts_on: date


@dataclass(frozen=True)
class UnitRow:
    """A unit of the campaign: its part, who answers for it, and what it contributed this year."""

    id: int
    name: Bilingual
    part: CampaignPart
    first: PostRow | None
    deputies: tuple[PostRow, ...]
    contributions: int


def holders(session: Session, *, campaign: CampaignRow, today: date) -> dict[int, list[PostRow]]:
    """Who holds a post on a day, by unit, in the order of the posts."""
    p = CampaignPost
    rows = session.execute(
        select(p, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == p.unit_id)
        .where(among(p.campaign_id, campaign.ids), p.starts_on <= today, p.ends_on.is_(None) | (p.ends_on >= today))
        .order_by(p.id)
    )
    found: dict[int, list[PostRow]] = defaultdict(list)
    for row in rows:
        held = row[0]
        name = Bilingual(row.name_zh, row.name_en)
        found[held.unit_id].append(PostRow(Post(held.post), held.person_name, held.duty, name, held.starts_on))
    return found


def leading_group(held: dict[int, list[PostRow]]) -> list[PostRow]:
    """The leading group, its head first."""
    seats = [row for rows in held.values() for row in rows if row.post.is_in_group]
    return sorted(seats, key=lambda row: list(Post).index(row.post))


def unit_rows(session: Session, *, campaign: CampaignRow, held: dict[int, list[PostRow]]) -> list[UnitRow]:
    """The units that take part, in the order of their parts; a unit without a first responsible person shows so."""
    u = CampaignUnit
    rows = session.execute(
        select(u.unit_id, u.part, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == u.unit_id)
        .where(among(u.campaign_id, campaign.ids))
        .order_by(u.id)
    ).all()
    done = _contributions(session, campaign)
    parts = list(CampaignPart)
    found = [
        UnitRow(
            row.unit_id, Bilingual(row.name_zh, row.name_en), CampaignPart(row.part),
            next((each for each in held.get(row.unit_id, []) if each.post is Post.FIRST), None),
            tuple(each for each in held.get(row.unit_id, []) if each.post is Post.DEPUTY), done.get(row.unit_id, 0),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: parts.index(row.part))


def _contributions(session: Session, campaign: CampaignRow) -> dict[int, int]:
    c = Contribution
    counted = select(c.unit_id, func.count()).where(among(c.campaign_id, campaign.ids)).group_by(c.unit_id)
    return dict(session.execute(counted).tuples().all())


@dataclass(frozen=True)
class ContributionRow:
    """What a unit did on a day."""

    unit: Bilingual
    happened_on: date
    words: str


def contribution_rows(session: Session, *, campaign: CampaignRow) -> list[ContributionRow]:
    """What units contributed, newest first."""
    c = Contribution
    rows = session.execute(
        select(c.happened_on, c.words, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == c.unit_id)
        .where(among(c.campaign_id, campaign.ids))
        .order_by(c.happened_on.desc(), c.id.desc())
        .limit(PAGE)
    )
    return [ContributionRow(Bilingual(row.name_zh, row.name_en), row.happened_on, row.words) for row in rows]


@dataclass(frozen=True)
class AskedRow:
    """What a meeting asked: of which unit and whom, by when, and its light."""

    id: int
    words: str
    unit: Bilingual
    owner: str
    due_on: date
    done_on: date | None
    light: Light
    may_settle: bool


@dataclass(frozen=True)
class MeetingRow:
    """A meeting with its minutes and what it asked."""

    id: int
    kind: MeetingKind
    held_on: date
    title: str
    attendees: str
    minutes: str
    items: tuple[AskedRow, ...]


def meeting_rows(
    session: Session, *, actor: Actor, campaign: CampaignRow, now: datetime, calendar: WorkingCalendar, whole: bool
) -> list[MeetingRow]:
    """The meetings of a campaign, newest first; `whole` says that the actor may settle what was asked of any unit."""
    m, i = Meeting, ActionItem
    found = list(
        session.execute(
            select(m).where(among(m.campaign_id, campaign.ids)).order_by(m.held_on.desc(), m.id.desc()).limit(PAGE)
        ).scalars()
    )
    items = session.execute(
        select(i, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == i.unit_id)
        .where(among(i.meeting_id, [row.id for row in found]))
        .order_by(i.due_on, i.id)
    )
    asked: dict[int | None, list[AskedRow]] = defaultdict(list)
    for row in items:
        item, mine = row[0], whole or row[0].unit_id in actor.units()
        name = Bilingual(row.name_zh, row.name_en)
        lamp = light_of_item(item.due_on, item.done_on, now, calendar)
        asked[item.meeting_id].append(
            AskedRow(item.id, item.words, name, item.owner, item.due_on, item.done_on, lamp, mine)
        )
    return [
        MeetingRow(
            row.id, MeetingKind(row.kind), row.held_on, row.title, row.attendees, row.minutes, tuple(asked[row.id])
        )
        for row in found
    ]  # fmt: skip


def light_of_item(due_on: date, done_on: date | None, now: datetime, calendar: WorkingCalendar) -> Light:
    """The lamp of something to be done by a day, in the district's working days."""
    closed = None if done_on is None else calendar.nth(done_on)
    return light(now_nth=calendar.nth_of(now), due_nth=calendar.nth(due_on), closed_nth=closed)
