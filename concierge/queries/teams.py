"""A field's standing teams, whom its experts follow as mentors, and who was declared for places elsewhere."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.declare import State
from concierge.models.campaign import Placement, ServiceExpert, ServiceTeam, TeamMember
from concierge.models.dispatch import Mentorship
from concierge.models.district import Unit
from concierge.queries.campaigns import CampaignRow
from concierge.rules.dispatch import PlacementForm
from concierge.workflows.placement import PlacementFlow

Named = TypeVar("Named")
SHOWN = 200
"""So many rows are shown, the newest first; all of them stand behind their figure."""


@dataclass(frozen=True)
class MemberRow:
    """Somebody in a team, from when to when."""

    expert_id: int
    name: str
    joined_on: date
    left_on: date | None
    is_in: bool


@dataclass(frozen=True)
class TeamRow:
    """A team with its base and everybody who is or was in it, its leader first."""

    id: int
    field_id: int
    name: Bilingual
    base_id: int
    base: Bilingual
    leader_id: int
    formed_on: date
    ended_on: date | None
    members: tuple[MemberRow, ...]

    @property
    def leader(self) -> str:
        """Who leads it."""
        return next((each.name for each in self.members if each.expert_id == self.leader_id), "")

    @property
    def others(self) -> list[str]:
        """Who is in it beside him; of one that is over, who was in it to the end."""
        return [each.name for each in self.members if each.is_in and each.expert_id != self.leader_id]


@dataclass(frozen=True)
class MenteeRow:
    """Somebody who is followed: by whom, of which unit, since when, and until when if that is over."""

    id: int
    field_id: int
    name: str
    unit_id: int
    unit: Bilingual
    mentor: str
    starts_on: date
    ended_on: date | None


@dataclass(frozen=True)
class PlacementRow:
    """Somebody declared for a place elsewhere, and how far that is."""

    id: int
    field_id: int
    number: str
    name: str
    unit_id: int
    unit: Bilingual
    form: PlacementForm
    programme: str
    host: str
    state: State
    declared_on: date


def team_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[TeamRow]:
    """The teams of a field, the newest first. Two statements."""
    t = ServiceTeam
    return _teams(session, among(t.campaign_id, campaign.ids), t.field_id == field_id)


def team_named(session: Session, team_id: int) -> TeamRow:
    """One team. Raises NotFound."""
    return _one(_teams(session, ServiceTeam.id == team_id))


def mentee_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[MenteeRow]:
    """The mentees of a field, the newest first."""
    m = Mentorship
    return _mentees(session, among(m.campaign_id, campaign.ids), m.field_id == field_id)


def mentee_named(session: Session, mentorship_id: int) -> MenteeRow:
    """One mentee. Raises NotFound."""
    return _one(_mentees(session, Mentorship.id == mentorship_id))


def placement_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[PlacementRow]:
    """Who was declared in a field, the newest first."""
    p = Placement
    return _placements(session, among(p.campaign_id, campaign.ids), p.field_id == field_id)


def placement_named(session: Session, placement_id: int) -> PlacementRow:
    """One person declared. Raises NotFound."""
    return _one(_placements(session, Placement.id == placement_id))


def _one(rows: list[Named]) -> Named:
    if not rows:
        raise NotFound()
    return rows[0]


def _teams(session: Session, *where: ColumnElement[bool]) -> list[TeamRow]:
    t, u, m, e = ServiceTeam, Unit, TeamMember, ServiceExpert
    wanted = select(t, u.name_zh.label("zh"), u.name_en.label("en")).join(u, u.id == t.base_unit_id).where(*where)
    found = session.execute(wanted.order_by(t.formed_on.desc(), t.id.desc()).limit(SHOWN)).all()
    named = select(m, e.full_name).join(e, e.id == m.expert_id)
    named = named.where(among(m.team_id, [each[0].id for each in found])).order_by(m.joined_on, m.id)
    members: dict[int, list[tuple[TeamMember, str]]] = defaultdict(list)
    for member, name in session.execute(named):
        members[member.team_id].append((member, name))
    rows = []
    for team, zh, en in found:
        people = [
            MemberRow(each.expert_id, name, each.joined_on, each.left_on, each.left_on == team.ended_on)
            for each, name in members[team.id]
        ]
        people.sort(key=lambda each: (not each.is_in, each.expert_id != team.leader_id))
        rows.append(
            TeamRow(
                team.id, team.field_id, team.name, team.base_unit_id, Bilingual(zh, en), team.leader_id,
                team.formed_on, team.ended_on, tuple(people),
            )
        )  # fmt: skip
    return rows


def _mentees(session: Session, *where: ColumnElement[bool]) -> list[MenteeRow]:
    m, u, e = Mentorship, Unit, ServiceExpert
    wanted = select(m, u.name_zh, u.name_en, e.full_name).join(u, u.id == m.unit_id).join(e, e.id == m.expert_id)
    rows = session.execute(wanted.where(*where).order_by(m.starts_on.desc(), m.id.desc()).limit(SHOWN))
    return [
        MenteeRow(
            m.id, m.field_id, m.mentee_name, m.unit_id, Bilingual(zh, en), mentor, m.starts_on, m.ended_on
        )
        for m, zh, en, mentor in rows
    ]  # fmt: skip


def _placements(session: Session, *where: ColumnElement[bool]) -> list[PlacementRow]:
    p, u, states = Placement, Unit, PlacementFlow.states
    wanted = select(p, u.name_zh, u.name_en).join(u, u.id == p.unit_id).where(*where)
    rows = session.execute(wanted.order_by(p.declared_on.desc(), p.id.desc()).limit(SHOWN))
    return [
        PlacementRow(
            p.id, p.field_id, p.number, p.person_name, p.unit_id, Bilingual(zh, en), PlacementForm(p.form),
            p.programme, p.host, states[p.state], p.declared_on,
        )
        for p, zh, en in rows
    ]  # fmt: skip
