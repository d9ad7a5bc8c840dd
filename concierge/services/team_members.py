"""Who joins a standing team and who leaves it, and what else of it is corrected or over; the past stays as it was."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.campaign import ServiceExpert, ServiceTeam, TeamMember
from concierge.models.dispatch import Mentorship
from concierge.services.campaigns import BUREAUS, change_row, field_led_by
from concierge.services.people import only
from concierge.services.repeats import once
from concierge.services.teams import named, wrong_day, wrong_experts, wrong_name, wrong_units

OF_THE_PAST = ("correct-team", "resume-team")
"""What may be done with a team that is over."""


@dataclass(frozen=True, kw_only=True)
class TeamChange:
    """What may be corrected of a team; who was in it from its first day on moves with that day."""

    name_zh: str
    name_en: str
    base_unit_id: int
    leader_id: int
    formed_on: date


def join_team(
    session: Session, *, actor: Actor, now: datetime, team_id: int, expert_id: int, joined_on: date,
    key: str | None = None,
) -> int:  # fmt: skip
    """Somebody joins a team on a day; the team's id. Whoever comes back at once takes up his old days.

    Raises Invalid for somebody who is not on the field's list or in the team on that day already, a day to come or
    before the team was formed. Raises Refusal when the team is over, NotFound for a field that another bureau leads.
    """

    def join(team: ServiceTeam) -> None:
        wrong = wrong_experts(session, team.field_id, [expert_id], "expert")
        wrong += wrong_day(session, actor, now, joined_on, "joined_on")
        if joined_on < team.formed_on:
            wrong.append(Reason("before_team", _("The team was formed later."), "joined_on"))
        own = [each for each in _members(session, team) if each.expert_id == expert_id]
        back = next((each for each in own if each.left_on and 0 <= (joined_on - each.left_on).days <= 1), None)
        if any(each.left_on is None or (each.left_on >= joined_on and each is not back) for each in own):
            wrong.append(Reason("member_already", _("He is in the team on that day already."), "expert"))
        if wrong:
            raise Invalid(*wrong)
        if back is not None:
            back.left_on = None
            session.flush()
        else:
            place = {"id": new_id(), "district_id": actor.district_id, "team_id": team_id}
            session.execute(insert(TeamMember), [place | {"expert_id": expert_id, "joined_on": joined_on}])
        data = {"expert": expert_id, "day": joined_on.isoformat()}
        _note(session, actor, now, team_id, "join-team", data)

    return _with_team(session, actor, now, "join-team", key, team_id, {"who": expert_id, "on": joined_on}, join)


def leave_team(
    session: Session, *, actor: Actor, now: datetime, team_id: int, expert_id: int, left_on: date,
    key: str | None = None,
) -> int:  # fmt: skip
    """Somebody leaves a team, with his last day in it; the team's id.

    Raises Refusal for its leader and for whoever is not in it, Invalid for a day to come or before he joined, NotFound
    for a field that another bureau leads.
    """

    def leave(team: ServiceTeam) -> None:
        row = next((m for m in _members(session, team) if m.expert_id == expert_id and m.left_on is None), None)
        if row is None:
            raise Refusal.because("no_member", _("He is not in the team any more."))
        if team.leader_id == expert_id:
            raise Refusal.because("leads_team", _("He leads the team; name another leader first."))
        wrong = wrong_day(session, actor, now, left_on, "left_on")
        if left_on < row.joined_on:
            wrong.append(Reason("dates", _("The end lies before the beginning."), "left_on"))
        if wrong:
            raise Invalid(*wrong)
        row.left_on = left_on
        session.flush()
        data = {"expert": expert_id, "day": left_on.isoformat()}
        _note(session, actor, now, team_id, "leave-team", data)

    return _with_team(session, actor, now, "leave-team", key, team_id, {"who": expert_id, "on": left_on}, leave)


def correct_team(
    session: Session, *, actor: Actor, now: datetime, team_id: int, change: TeamChange, key: str | None = None
) -> int:
    """Correct a team's names, base, leader and first day; its id.

    Raises Invalid naming everything that is wrong: a name missing or taken, a unit of elsewhere, a leader who is not
    in the team, a day to come or after somebody else joined or left. Raises NotFound for another bureau's field.
    """

    def correct(team: ServiceTeam) -> None:
        members, name = _members(session, team), named(change)
        wrong = wrong_name(session, team.campaign_id, change, besides=team_id)
        wrong += wrong_units(session, [change.base_unit_id], "base_unit")
        if change.leader_id not in {each.expert_id for each in members if each.left_on == team.ended_on}:
            wrong.append(Reason("no_member", _("Please choose somebody who is in the team."), "leader"))
        elif change.leader_id != team.leader_id:  # held, so that he is not taken off the list at the same moment
            wrong += wrong_experts(session, team.field_id, [change.leader_id], "leader")
        wrong += wrong_day(session, actor, now, change.formed_on, "formed_on")
        first = [each for each in members if each.joined_on == team.formed_on]
        later = [each.joined_on for each in members if each not in first]
        if any(day < change.formed_on for day in [*later, *(each.left_on for each in first if each.left_on)]):
            wrong.append(Reason("joined_before", _("Somebody joined or left before that day."), "formed_on"))
        if wrong:
            raise Invalid(*wrong)
        for each in first:
            each.joined_on = change.formed_on
        values = vars(change) | {"name_zh": name.zh, "name_en": name.en}
        change_row(session, actor, now, team, values, "service_team")

    return _with_team(session, actor, now, "correct-team", key, team_id, vars(change), correct)


def end_team(
    session: Session, *, actor: Actor, now: datetime, team_id: int, ended_on: date, key: str | None = None
) -> int:
    """A team is over, with its last day, and so is everybody's time in it; its id. It stays in the figures of its days.

    Raises Refusal when it is over already, Invalid for a day to come or before somebody joined or left, NotFound for
    a field that another bureau leads.
    """

    def end(team: ServiceTeam) -> None:
        members = _members(session, team)
        wrong = wrong_day(session, actor, now, ended_on, "ended_on")
        if any((each.left_on or each.joined_on) > ended_on for each in members):
            wrong.append(Reason("joined_after", _("Somebody joined or left after that day."), "ended_on"))
        if wrong:
            raise Invalid(*wrong)
        team.ended_on = ended_on
        for each in members:
            each.left_on = each.left_on or ended_on
        session.flush()
        _note(session, actor, now, team_id, "end-team", {"day": ended_on.isoformat()})

    return _with_team(session, actor, now, "end-team", key, team_id, {"on": ended_on}, end)


def resume_team(session: Session, *, actor: Actor, now: datetime, team_id: int, key: str | None = None) -> int:
    """A team that was dissolved by mistake goes on, with whoever was in it to the end and is still on the list; its id.

    Raises Refusal for one that is not over, Invalid when its leader is off the list by now (another one is named
    first), NotFound for a field that another bureau leads.
    """

    def resume(team: ServiceTeam) -> None:
        if team.ended_on is None:
            raise Refusal.because("team_stands", _("The team is not over."))
        if wrong := wrong_experts(session, team.field_id, [team.leader_id], "leader"):
            raise Invalid(*wrong)
        e, last = ServiceExpert, [each for each in _members(session, team) if each.left_on == team.ended_on]
        listed = select(e.id).where(among(e.id, [each.expert_id for each in last]), e.is_active)
        kept = set(session.execute(listed.with_for_update(read=True)).scalars())
        for each in last:
            each.left_on = None if each.expert_id in kept else each.left_on
        team.ended_on = None
        session.flush()
        _note(session, actor, now, team_id, "resume-team", {"members": len(kept)})

    return _with_team(session, actor, now, "resume-team", key, team_id, {}, resume)


def led_teams(session: Session, expert_id: int) -> list[str]:
    """The teams that somebody leads now, by their Chinese names."""
    t = ServiceTeam
    found = select(t.name_zh).where(t.leader_id == expert_id, t.ended_on.is_(None)).order_by(t.id)
    return list(session.execute(found.with_for_update()).scalars())


def bonds_of(session: Session, expert_ids: Iterable[int]) -> dict[int, list[str]]:
    """Who of these is in a team or follows somebody now: the teams' and the mentees' names."""
    m, f, t, ids = TeamMember, Mentorship, ServiceTeam, list(expert_ids)
    teams = select(m.expert_id, t.name_zh).join(t, t.id == m.team_id)
    teams = teams.where(among(m.expert_id, ids), m.left_on.is_(None)).order_by(m.id)
    mentees = select(f.expert_id, f.mentee_name).where(among(f.expert_id, ids), f.ended_on.is_(None)).order_by(f.id)
    found: dict[int, list[str]] = {}
    for statement in (teams, mentees):
        for expert_id, name in session.execute(statement):
            found.setdefault(expert_id, []).append(name)
    return found


def end_bonds(session: Session, expert_id: int, day: date) -> None:
    """Inside the running transaction: he leaves his teams and follows nobody any more; this is his last day there."""
    m, f = TeamMember, Mentorship
    session.execute(update(m).where(m.expert_id == expert_id, m.left_on.is_(None)).values(left_on=day))
    session.execute(update(f).where(f.expert_id == expert_id, f.ended_on.is_(None)).values(ended_on=day))


def _with_team(
    session: Session, actor: Actor, now: datetime, act: str, key: str | None, team_id: int, given: dict[str, Any],
    change: Callable[[ServiceTeam], None],
) -> int:  # fmt: skip
    """Change a team of a field that the actor's bureau leads, while nobody else does; once under a key."""
    only(actor, *BUREAUS)
    with once(session, actor, now, act, key, given | {"team": team_id}) as told:
        if not told.id:
            team = session.get(ServiceTeam, team_id, with_for_update=True)
            if team is None:
                raise NotFound()
            field_led_by(session, actor, team.field_id)
            if team.ended_on is not None and act not in OF_THE_PAST:
                raise Refusal.because("team_over", _("The team is over."))
            change(team)
            told.id = team_id
    return told.id


def _members(session: Session, team: ServiceTeam) -> list[TeamMember]:
    """Everybody who was ever in it."""
    m = TeamMember
    return list(session.execute(select(m).where(m.team_id == team.id).order_by(m.id)).scalars())


def _note(session: Session, actor: Actor, now: datetime, team_id: int, act: str, data: dict[str, Any]) -> None:
    about: dict[str, Any] = {"subject_kind": "service_team", "subject_id": team_id, "data": data}
    record(session, act=act, actor=actor, now=now, **about)
