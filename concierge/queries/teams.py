"""A field's standing teams, whom its experts follow as mentors, and who was declared for places elsewhere."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.declare import State
from concierge.models.campaign import Placement, ServiceExpert, ServiceTeam, TeamMember
from concierge.models.dispatch import Mentorship
from concierge.models.district import Unit
from concierge.queries.campaigns import CampaignRow
from concierge.rules.dispatch import PlacementForm
from concierge.workflows.placement import PlacementFlow

SHOWN = 200
"""So many rows are shown, the newest first; all of them stand behind their figure."""


@dataclass(frozen=True)
class TeamRow:
    """A team with its base, its leader and its other members."""

    id: int
    name: Bilingual
    base: Bilingual
    leader: str
    others: list[str]
    formed_on: date


@dataclass(frozen=True)
class MenteeRow:
    """Somebody who is followed: by whom, of which unit, since when."""

    id: int
    name: str
    unit: Bilingual
    mentor: str
    starts_on: date


@dataclass(frozen=True)
class PlacementRow:
    """Somebody declared for a place elsewhere, and how far that is."""

    id: int
    number: str
    name: str
    unit: Bilingual
    form: PlacementForm
    programme: str
    host: str
    state: State
    declared_on: date


def team_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[TeamRow]:
    """The teams of a field, the newest first. Two statements."""
    t, u, m, e = ServiceTeam, Unit, TeamMember, ServiceExpert
    wanted = select(t, u.name_zh.label("zh"), u.name_en.label("en")).join(u, u.id == t.base_unit_id)
    wanted = wanted.where(among(t.campaign_id, campaign.ids), t.field_id == field_id)
    found = session.execute(wanted.order_by(t.formed_on.desc(), t.id.desc()).limit(SHOWN)).all()
    named = select(m.team_id, e.id, e.full_name).join(e, e.id == m.expert_id).order_by(m.id)
    members: dict[int, dict[int, str]] = defaultdict(dict)
    for row in session.execute(named.where(among(m.team_id, [each[0].id for each in found]))):
        members[row.team_id][row.id] = row.full_name
    rows = []
    for team, zh, en in found:
        leader = members[team.id].pop(team.leader_id, "")
        others = list(members[team.id].values())
        rows.append(TeamRow(team.id, team.name, Bilingual(zh, en), leader, others, team.formed_on))
    return rows


def mentee_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[MenteeRow]:
    """The mentees of a field, the newest first."""
    m, u, e = Mentorship, Unit, ServiceExpert
    wanted = select(m.id, m.mentee_name, u.name_zh, u.name_en, e.full_name, m.starts_on)
    wanted = wanted.join(u, u.id == m.unit_id).join(e, e.id == m.expert_id)
    wanted = wanted.where(among(m.campaign_id, campaign.ids), m.field_id == field_id)
    rows = session.execute(wanted.order_by(m.starts_on.desc(), m.id.desc()).limit(SHOWN))
    return [MenteeRow(i, name, Bilingual(zh, en), mentor, since) for i, name, zh, en, mentor, since in rows]


def placement_rows(session: Session, *, campaign: CampaignRow, field_id: int) -> list[PlacementRow]:
    """Who was declared in a field, the newest first."""
    p, u, states = Placement, Unit, PlacementFlow.states
    wanted = select(p, u.name_zh, u.name_en).join(u, u.id == p.unit_id)
    wanted = wanted.where(among(p.campaign_id, campaign.ids), p.field_id == field_id)
    rows = session.execute(wanted.order_by(p.declared_on.desc(), p.id.desc()).limit(SHOWN))
    return [
        PlacementRow(
            p.id, p.number, p.person_name, Bilingual(zh, en), PlacementForm(p.form), p.programme, p.host,
            states[p.state], p.declared_on,
        )
        for p, zh, en in rows
    ]  # fmt: skip
