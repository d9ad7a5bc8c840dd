"""Standing teams (服务团, 专家团队) of a field, and whom its experts follow as mentors (domain §1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import Bilingual, _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.campaign import Campaign, ServiceExpert, ServiceTeam, TeamMember
from concierge.models.dispatch import Mentorship
from concierge.models.district import Unit
from concierge.rules.names import clean_name
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, add_row, field_led_by
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing


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


Mentee = tuple[int, int, str]
"""A mentor's id, the unit of whom he follows, and that person's name."""


def form_team(session: Session, *, actor: Actor, now: datetime, team: NewTeam) -> int:
    """Form a standing team; its id. Without an English name it bears its Chinese one.

    Raises Invalid naming everything that is wrong: nobody named, somebody who is not on the field's list, a name taken
    in the campaign, a unit of elsewhere, a day to come. Raises NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    members, wrong = list(dict.fromkeys(team.members)), missing(team, "name_zh")
    wrong += missing(team, "name_en") if team.name_en.strip() else []
    with transaction(session):
        field_led_by(session, actor, team.field_id)
        known_campaign(session, team.campaign_id)
        name = Bilingual(team.name_zh.strip(), team.name_en.strip() or team.name_zh.strip())
        taken = select(ServiceTeam.id).where(
            ServiceTeam.campaign_id == team.campaign_id, ServiceTeam.name_zh == name.zh
        )
        if session.execute(taken).first():
            wrong.append(Reason("name_taken", _("The campaign has a team of this name already."), "name_zh"))
        if not members:
            wrong.append(Reason("nobody_named", _("Name at least one expert."), "members"))
        wrong += wrong_experts(session, team.field_id, members, "members")
        wrong += wrong_units(session, [team.base_unit_id], "base_unit")
        wrong += wrong_day(session, actor, now, team.formed_on, "formed_on")
        if wrong:
            raise Invalid(*wrong)
        values = {"campaign_id": team.campaign_id, "field_id": team.field_id, "name_zh": name.zh, "name_en": name.en}
        values |= {"base_unit_id": team.base_unit_id, "leader_id": members[0], "formed_on": team.formed_on}
        team_id = add_row(session, ServiceTeam, values, actor, now, "service_team")
        rows = [{"id": new_id(), "district_id": actor.district_id, "team_id": team_id, "expert_id": m} for m in members]
        session.execute(insert(TeamMember), rows)
    return team_id


def follow_mentees(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    pairs: Sequence[Mentee],
    starts_on: date,
) -> list[int]:
    """Record mentees from a day on; the ids of the new ones. What is known already is left alone.

    Raises Invalid naming everything that is wrong: no name, a mentor who is not on the field's list, a unit of
    elsewhere, a day outside the campaign or to come. Raises NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    clean = [(expert, unit, clean_name(name, field="mentee_name")) for expert, unit, name in pairs]
    with transaction(session):
        field_led_by(session, actor, field_id)
        campaign = known_campaign(session, campaign_id)
        wrong = wrong_experts(session, field_id, [expert for expert, _unit, _name in clean], "expert")
        wrong += wrong_units(session, [unit for _expert, unit, _name in clean], "unit")
        wrong += wrong_day(session, actor, now, starts_on, "starts_on", campaign)
        if wrong:
            raise Invalid(*wrong)
        m = Mentorship
        told = session.execute(select(m.expert_id, m.unit_id, m.mentee_name).where(m.campaign_id == campaign_id))
        known = {tuple(row) for row in told}
        fresh = list(dict.fromkeys(mentee for mentee in clean if mentee not in known))
        ids = [new_id() for _mentee in fresh]
        place = {"district_id": actor.district_id, "campaign_id": campaign_id, "field_id": field_id}
        rows = [
            {"id": row_id, **place, "starts_on": starts_on, "expert_id": e, "unit_id": u, "mentee_name": name}
            for row_id, (e, u, name) in zip(ids, fresh, strict=True)
        ]
        if rows:
            session.execute(insert(Mentorship), rows)
        data = {"count": len(ids)}
        record(session, act="follow-mentees", actor=actor, now=now, subject_kind="mentorship", data=data)
    return ids


def follow_mentee(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    mentee: Mentee,
    starts_on: date,
) -> int:
    """Record one mentee; his id. Raises what `follow_mentees` raises, and Invalid for one who is known already."""
    made = follow_mentees(
        session, actor=actor, now=now, campaign_id=campaign_id, field_id=field_id, pairs=[mentee], starts_on=starts_on
    )
    if not made:
        text = _("This mentor follows this person already.")
        raise Invalid.because("followed_already", text, "mentee_name")
    return made[0]


def wrong_experts(session: Session, field_id: int, experts: Sequence[int], field: str) -> list[Reason]:
    """A reason where one of these is not on the list of the field, or off it by now."""
    e, wanted = ServiceExpert, set(experts)
    listed = select(e.id).where(among(e.id, wanted), e.field_id == field_id, e.is_active)
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
