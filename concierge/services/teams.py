"""Standing teams (服务团, 专家团队) of a field, and what is wrong with what was named for one (domain §1)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import Bilingual, _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.campaign import Campaign, ServiceExpert, ServiceTeam, TeamMember
from concierge.models.district import Unit
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, add_row, field_led_by
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing
from concierge.services.repeats import once


class Named(Protocol):
    """Whatever has the names of a team."""

    @property
    def name_zh(self) -> str:
        """The Chinese name."""

    @property
    def name_en(self) -> str:
        """The English one, if it has one."""


@dataclass(frozen=True, kw_only=True)
class NewTeam:
    """A team: its names, where it is based, its experts (the first one leads) and the day it was formed on."""

    campaign_id: int
    field_id: int
    name_zh: str
    name_en: str
    base_unit_id: int
    members: Sequence[int]
    formed_on: date


def form_team(session: Session, *, actor: Actor, now: datetime, team: NewTeam, key: str | None = None) -> int:
    """Form a standing team; its id. Without an English name it bears its Chinese one.

    Raises Invalid naming everything that is wrong: nobody named, somebody who is not on the field's list, a name taken
    in the campaign, a unit of elsewhere, a day to come. Raises NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    members = list(dict.fromkeys(team.members))
    with once(session, actor, now, "form-team", key, asdict(team)) as told:
        if not told.id:
            field_led_by(session, actor, team.field_id)
            known_campaign(session, team.campaign_id)
            wrong = wrong_name(session, team.campaign_id, team)
            if not members:
                wrong.append(Reason("nobody_named", _("Name at least one expert."), "members"))
            wrong += wrong_experts(session, team.field_id, members, "members")
            wrong += wrong_units(session, [team.base_unit_id], "base_unit")
            wrong += wrong_day(session, actor, now, team.formed_on, "formed_on")
            if wrong:
                raise Invalid(*wrong)
            told.id = _form(session, actor, now, team, members)
    return told.id


def _form(session: Session, actor: Actor, now: datetime, team: NewTeam, members: list[int]) -> int:
    name, day = named(team), team.formed_on
    values = {"campaign_id": team.campaign_id, "field_id": team.field_id, "name_zh": name.zh, "name_en": name.en}
    values |= {"base_unit_id": team.base_unit_id, "leader_id": members[0], "formed_on": day}
    team_id = add_row(session, ServiceTeam, values, actor, now, "service_team")
    place = {"district_id": actor.district_id, "team_id": team_id, "joined_on": day}
    session.execute(insert(TeamMember), [place | {"id": new_id(), "expert_id": expert} for expert in members])
    return team_id


def named(team: Named) -> Bilingual:
    """A team's names without blanks around them; without an English name it bears its Chinese one."""
    return Bilingual(team.name_zh.strip(), team.name_en.strip() or team.name_zh.strip())


def wrong_name(session: Session, campaign_id: int, team: Named, *, besides: int | None = None) -> list[Reason]:
    """Reasons where a team's names are missing, too long, or those of another team of the campaign."""
    wrong = missing(team, "name_zh") + (missing(team, "name_en") if team.name_en.strip() else [])
    t = ServiceTeam
    taken = select(t.id).where(t.campaign_id == campaign_id, t.name_zh == named(team).zh, t.id != (besides or 0))
    if session.execute(taken).first():
        wrong.append(Reason("name_taken", _("The campaign has a team of this name already."), "name_zh"))
    return wrong


def wrong_experts(session: Session, field_id: int, experts: Sequence[int], field: str) -> list[Reason]:
    """A reason where one of these is not on the list of the field, or off it by now."""
    e, wanted = ServiceExpert, set(experts)
    listed = select(e.id).where(among(e.id, wanted), e.field_id == field_id, e.is_active).with_for_update(read=True)
    if wanted == set(session.execute(listed).scalars()):
        return []
    return [Reason("unknown_expert", _("Please choose experts on the list of this field."), field)]


def wrong_units(session: Session, units: Sequence[int], field: str) -> list[Reason]:
    """A reason where one of these is no unit of the district."""
    wanted = set(units)
    if wanted == set(session.execute(select(Unit.id).where(among(Unit.id, wanted))).scalars()):
        return []
    return [Reason("unknown_unit", _("Please choose a unit of this district."), field)]


def wrong_day(
    session: Session, actor: Actor, now: datetime, day: date, field: str, campaign: Campaign | None = None
) -> list[Reason]:
    """A reason where a day is still to come, or lies outside the campaign that counts it."""
    if day > local_date(now, calendar_of(session, actor.district_id).zone):
        return [Reason("too_early", _("It cannot be recorded before it has happened."), field)]
    if campaign is not None and not campaign.starts_on <= day <= campaign.ends_on:
        return [Reason("outside_campaign", _("A day within the campaign, please."), field)]
    return []
