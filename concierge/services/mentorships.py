"""Whom the experts of a field follow as mentors (跟踪指导): written down, corrected, ended, struck out (domain §1)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.dispatch import Mentorship
from concierge.rules.names import clean_name
from concierge.services.campaigns import BUREAUS, change_row, field_led_by
from concierge.services.people import only
from concierge.services.plans import known_campaign
from concierge.services.repeats import once
from concierge.services.teams import wrong_day, wrong_experts, wrong_units

Mentee = tuple[int, int, str]
"""A mentor's id, the unit of whom he follows, and that person's name."""
FOLLOWED = _("This mentor follows this person already.")


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What may be corrected of a mentee; `ended_on` is the last day he was followed, None while he is."""

    mentee_name: str
    unit_id: int
    starts_on: date
    ended_on: date | None = None


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
    """Record mentees from a day on; the ids of the new ones. Who is followed on that day already is left alone.

    Raises Invalid naming everything that is wrong: no name, a mentor who is not on the field's list, a unit of
    elsewhere, a day outside the campaign or to come. Raises NotFound for a field that another bureau leads.
    """
    with transaction(session):
        return _follow(session, actor, now, campaign_id, field_id, pairs, starts_on)


def follow_mentee(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    mentee: Mentee,
    starts_on: date,
    key: str | None = None,
) -> int:
    """Record one mentee; his id. Raises what `follow_mentees` raises, and Invalid for one who is followed already."""
    body = {"campaign": campaign_id, "field": field_id, "mentee": mentee, "since": starts_on}
    with once(session, actor, now, "follow-mentee", key, body) as told:
        if not told.id:
            made = _follow(session, actor, now, campaign_id, field_id, [mentee], starts_on)
            if not made:
                raise Invalid.because("followed_already", FOLLOWED, "mentee_name")
            told.id = made[0]
    return told.id


def _follow(
    session: Session,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    pairs: Sequence[Mentee],
    starts_on: date,
) -> list[int]:
    only(actor, *BUREAUS)
    clean = [(expert, unit, clean_name(name, field="mentee_name")) for expert, unit, name in pairs]
    field_led_by(session, actor, field_id)
    campaign = known_campaign(session, campaign_id)
    wrong = wrong_experts(session, field_id, [expert for expert, _unit, _name in clean], "expert")
    wrong += wrong_units(session, [unit for _expert, unit, _name in clean], "unit")
    wrong += wrong_day(session, actor, now, starts_on, "starts_on", campaign)
    if wrong:
        raise Invalid(*wrong)
    m = Mentorship
    told = select(m.expert_id, m.unit_id, m.mentee_name).where(m.campaign_id == campaign_id)
    told = told.where(or_(m.ended_on.is_(None), m.ended_on >= starts_on))
    known = {tuple(row) for row in session.execute(told)}
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


def correct_mentorship(
    session: Session, *, actor: Actor, now: datetime, mentorship_id: int, followed: Followed, key: str | None = None
) -> int:
    """Correct a mentee's name, unit and days, or say that he is not followed any more; the mentor stays. Its id.

    Raises Invalid naming everything that is wrong: no name, a unit of elsewhere, a first day outside the campaign, a
    last one before it or to come, days on which this mentor follows this person already. Raises NotFound for a field
    that another bureau leads.
    """
    only(actor, *BUREAUS)
    values = asdict(followed) | {"mentee_name": clean_name(followed.mentee_name, field="mentee_name")}
    body = values | {"mentorship": mentorship_id}
    with once(session, actor, now, "correct-mentorship", key, body) as told:
        if not told.id:
            row = _led(session, actor, mentorship_id)
            campaign = known_campaign(session, row.campaign_id)
            wrong = wrong_units(session, [followed.unit_id], "unit")
            wrong += wrong_day(session, actor, now, followed.starts_on, "starts_on", campaign)
            if followed.ended_on is not None:
                wrong += wrong_day(session, actor, now, followed.ended_on, "ended_on")
                if followed.ended_on < followed.starts_on:
                    wrong.append(Reason("dates", _("The end lies before the beginning."), "ended_on"))
            if _followed_then(session, row, values):
                wrong.append(Reason("followed_already", FOLLOWED, "mentee_name"))
            if wrong:
                raise Invalid(*wrong)
            change_row(session, actor, now, row, values, "mentorship")
            told.id = mentorship_id
    return told.id


def strike_out_mentorship(
    session: Session, *, actor: Actor, now: datetime, mentorship_id: int, key: str | None = None
) -> int:
    """Strike out a mentee who was entered by mistake: no figure counts him any more; his id.

    Raises NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    with once(session, actor, now, "strike-out-mentee", key, {"mentorship": mentorship_id}) as told:
        if not told.id:
            row = _led(session, actor, mentorship_id)
            session.delete(row)
            session.flush()
            data = {"name": row.mentee_name, "unit": row.unit_id, "mentor": row.expert_id}
            about: dict[str, Any] = {"subject_kind": "mentorship", "subject_id": row.id, "data": data}
            record(session, act="strike-out-mentee", actor=actor, now=now, **about)
            told.id = mentorship_id
    return told.id


def _led(session: Session, actor: Actor, mentorship_id: int) -> Mentorship:
    row = session.get(Mentorship, mentorship_id, with_for_update=True)
    if row is None:
        raise NotFound()
    field_led_by(session, actor, row.field_id)
    return row


def _followed_then(session: Session, row: Mentorship, values: dict[str, object]) -> bool:
    """Whether the mentor follows this person in days of another row."""
    m, first, last = Mentorship, values["starts_on"], values["ended_on"]
    same = select(m.id).where(m.id != row.id, m.campaign_id == row.campaign_id, m.expert_id == row.expert_id)
    same = same.where(m.unit_id == values["unit_id"], m.mentee_name == values["mentee_name"])
    same = same.where(or_(m.ended_on.is_(None), m.ended_on >= first))
    if last is not None:
        same = same.where(m.starts_on <= last)
    return session.execute(same.limit(1)).first() is not None
