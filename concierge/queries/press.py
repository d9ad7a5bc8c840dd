"""Items of publicity with their states and statistics, and the honours of experts."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.declare import State
from concierge.engine.tables import Case
from concierge.models.campaign import ServiceExpert, ServiceTeam
from concierge.models.district import Unit
from concierge.models.person import Person
from concierge.models.press import Honour, PressItem
from concierge.models.scope import visible_cases
from concierge.queries.campaigns import CampaignRow
from concierge.rules.press import HonourLevel, PressChannel
from concierge.rules.roles import Role
from concierge.workflows.press_item import PressItemFlow

PAGE = 100
STATES = PressItemFlow.states
WHOLE = (Role.TALENT_OFFICE, Role.PRESS, Role.LEAD, Role.SUPERVISOR)


@dataclass(frozen=True)
class ItemRow:
    """One item: of whom it tells, how far it is, and until when."""

    id: int
    title: str
    words: str
    channel: PressChannel
    unit: Bilingual
    of: Bilingual | str
    state: State
    published_on: date | None
    link: str
    is_open: bool
    due_nth: int | None
    due_on: date | None
    clock: str
    since_nth: int
    is_seen: bool
    """Whether the reader may open its case: what is published everybody reads here, its course not everybody."""


@dataclass(frozen=True)
class PressNumbers:
    """How many items were published: month by month, by channel, and in all."""

    months: tuple[int, ...]
    channels: tuple[tuple[PressChannel, int], ...]

    @property
    def total(self) -> int:
        """All published items."""
        return sum(self.months)


def visible_items(actor: Actor) -> ColumnElement[bool]:
    """The items an actor may see: all of the district, or those of his bureau; published ones everybody."""
    if actor.has(*WHOLE):
        return true()
    units = actor.units(Role.SECTOR)
    own = among(PressItem.unit_id, units) if units else false()
    return or_(own, PressItem.published_on.is_not(None))


def item_rows(session: Session, *, actor: Actor, campaign: CampaignRow) -> list[ItemRow]:
    """The items of a campaign the actor may see, newest first."""
    i, e, t = PressItem, ServiceExpert, ServiceTeam
    rows = session.execute(
        select(i, Unit.name_zh, Unit.name_en, e.full_name, t.name_zh.label("team_zh"), t.name_en.label("team_en"))
        .join(Unit, Unit.id == i.unit_id)
        .outerjoin(e, e.id == i.of_expert_id)
        .outerjoin(t, t.id == i.of_team_id)
        .where(among(i.campaign_id, campaign.ids), visible_items(actor))
        .order_by(i.is_open.desc(), i.id.desc())
        .limit(PAGE)
    ).all()
    seen = select(Case.id).where(among(Case.id, [row[0].id for row in rows]), visible_cases(actor))
    opened = set(session.execute(seen).scalars())
    found = []
    for row in rows:
        item: PressItem = row[0]
        of = Bilingual(row.team_zh, row.team_en) if row.team_zh else row.full_name or ""
        name = Bilingual(row.name_zh, row.name_en)
        found.append(
            ItemRow(
                item.id, item.title_zh, item.words, PressChannel(item.channel), name, of, STATES[item.state],
                item.published_on, item.link, item.is_open, item.due_nth, item.due_on, item.clock, item.since_nth,
                item.id in opened,
            )
        )  # fmt: skip
    return found


def press_numbers(session: Session, *, campaign: CampaignRow) -> PressNumbers:
    """The published items of a campaign's year. One statement."""
    i, year = PressItem, campaign.year
    days = i.published_on.between(date(year, 1, 1), date(year, 12, 31))
    rows = session.execute(select(i.published_on, i.channel).where(among(i.campaign_id, campaign.ids), days)).all()
    months = Counter(row.published_on.month for row in rows if row.published_on is not None)
    channels = Counter(row.channel for row in rows)
    told = tuple((channel, channels[channel.value]) for channel in PressChannel if channels[channel.value])
    return PressNumbers(tuple(months[month] for month in range(1, 13)), told)


def subjects(session: Session, campaign: CampaignRow) -> list[tuple[str, object]]:
    """The teams and experts of whom an item may tell: "t" or "e" before the id."""
    t, e = ServiceTeam, ServiceExpert
    teams = select(t.id, t.name_zh, t.name_en).where(among(t.campaign_id, campaign.ids)).order_by(t.id)
    found: list[tuple[str, object]] = [
        (f"t{public_id(row.id)}", Bilingual(row.name_zh, row.name_en)) for row in session.execute(teams)
    ]
    experts = select(e.id, e.full_name, e.specialty).where(e.is_active).order_by(e.full_name, e.id).limit(400)
    return found + [
        (f"e{public_id(row.id)}", f"{row.full_name} {row.specialty}".strip()) for row in session.execute(experts)
    ]


@dataclass(frozen=True)
class HonourRow:
    """An honour of an expert."""

    name: str
    level: HonourLevel
    basis: str
    awarded_on: date
    person: str


def honour_rows(session: Session, *, person_id: int | None = None) -> list[HonourRow]:
    """The honours of the district, or of one person, newest first."""
    h = Honour
    wanted = select(h, Person.full_name).join(Person, Person.id == h.person_id)
    if person_id is not None:
        wanted = wanted.where(h.person_id == person_id)
    rows = session.execute(wanted.order_by(h.awarded_on.desc(), h.id.desc()).limit(PAGE))
    return [
        HonourRow(row[0].name, HonourLevel(row[0].level), row[0].basis, row[0].awarded_on, row.full_name)
        for row in rows
    ]
