"""What programs may read of a field's people: the experts on its list, its teams, whom they follow as mentors."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from concierge.basics.ids import public_id
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.campaign import ServiceExpert, ServiceField, ServiceTeam, TeamMember
from concierge.models.dispatch import Mentorship
from concierge.queries.campaigns import WHOLE
from concierge.queries.things.kinds import ABOVE
from concierge.queries.things.rows import PlainThing, Row
from concierge.queries.things.shown import Filter, Kind, Shown, columns_of, equal
from concierge.rules.roles import Role as R

WATCHERS = ABOVE | {R.SECTOR, R.SUPERVISOR}


def _own(field: Any, actor: Actor) -> ColumnElement[bool]:
    """All fields, or those that one's bureau leads."""
    led = select(ServiceField.id).where(among(ServiceField.unit_id, actor.units(R.SECTOR)))
    return true() if actor.has(*WHOLE) else field.in_(led)


def _add_members(session: Session, _actor: Actor, rows: list[Row], ids: list[int]) -> None:
    """Everybody in each team, and who was in it before."""
    m, now, before = TeamMember, defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    wanted = select(m.team_id, m.expert_id, m.left_on.is_not_distinct_from(ServiceTeam.ended_on))
    wanted = wanted.join(ServiceTeam, ServiceTeam.id == m.team_id).where(among(m.team_id, ids))
    for team, expert, is_in in session.execute(wanted.order_by(m.id)):
        (now if is_in else before)[team].append(public_id(expert))
    for row, team_id in zip(rows, ids, strict=True):
        row["member_ids"], row["former_member_ids"] = now[team_id], before[team_id]


OF_PEOPLE: tuple[PlainThing, ...] = (
    PlainThing(
        "service-experts",
        "ServiceExpert",
        ServiceExpert.id,
        WATCHERS,
        (
            *columns_of(ServiceExpert, "full_name home_unit_id field_id specialty"),
            Shown("has_file", ServiceExpert.person_id.is_not(None), Kind.YES),
            *columns_of(ServiceExpert, "is_active absent_from absent_to"),
        ),
        lambda actor: _own(ServiceExpert.field_id, actor),
        (
            *equal(ServiceExpert, "field home_unit"),
            Filter("is_active", ServiceExpert.is_active, Kind.YES),
        ),
    ),
    PlainThing(
        "service-teams",
        "ServiceTeam",
        ServiceTeam.id,
        WATCHERS,
        (
            *columns_of(ServiceTeam, "campaign_id field_id"),
            Shown("name", (ServiceTeam.name_zh, ServiceTeam.name_en), Kind.NAME),
            *columns_of(ServiceTeam, "base_unit_id leader_id formed_on ended_on"),
        ),
        lambda actor: _own(ServiceTeam.field_id, actor),
        equal(ServiceTeam, "campaign field"),
        more=(Shown("member_ids", None, Kind.LIST), Shown("former_member_ids", None, Kind.LIST)),
        finish=_add_members,
    ),
    PlainThing(
        "mentorships",
        "Mentorship",
        Mentorship.id,
        WATCHERS,
        columns_of(Mentorship, "campaign_id field_id expert_id unit_id mentee_name starts_on ended_on"),
        lambda actor: _own(Mentorship.field_id, actor),
        equal(Mentorship, "campaign field expert unit"),
    ),
)
