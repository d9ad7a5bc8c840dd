"""Declaring people for places elsewhere (访学, 跟岗培训); their further steps are those of workflows/placement.py."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.campaign import Campaign, Placement
from concierge.rules.dispatch import PlacementForm
from concierge.rules.names import clean_name
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, change_row, field_led_by
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing
from concierge.services.repeats import once
from concierge.services.teams import wrong_day, wrong_units
from concierge.workflows.placement import PlacementFlow


@dataclass(frozen=True, kw_only=True)
class NewPlacement:
    """Somebody declared for a place elsewhere."""

    form: PlacementForm
    programme: str
    host: str
    person_name: str
    unit_id: int
    declared_on: date


def declare_placements(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    placements: Sequence[NewPlacement],
) -> list[int]:
    """Declare people for places elsewhere; the ids in order, all or none.

    Raises Invalid naming everything that is wrong: a missing text, a unit of elsewhere, a day outside the campaign or
    to come, somebody declared for the same programme already. Raises NotFound for a field that another bureau leads.
    """
    with transaction(session):
        return _declare(session, actor, now, campaign_id, field_id, placements)


def declare_placement(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    placement: NewPlacement,
    key: str | None = None,
) -> int:
    """Declare one person; the id. Raises what `declare_placements` raises."""
    body = vars(placement) | {"campaign": campaign_id, "field": field_id}
    with once(session, actor, now, "declare-placement", key, body) as told:
        if not told.id:
            [told.id] = _declare(session, actor, now, campaign_id, field_id, [placement])
    return told.id


def correct_placement(
    session: Session, *, actor: Actor, now: datetime, placement_id: int, placement: NewPlacement, key: str | None = None
) -> int:
    """Correct what was written down of somebody declared; how far it is stays as it is. His id.

    Raises Invalid as above, NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    wanted = _clean(placement)
    body = vars(wanted) | {"placement": placement_id}
    with once(session, actor, now, "correct-placement", key, body) as told:
        if not told.id:
            row = session.get(Placement, placement_id, with_for_update=True)
            if row is None:
                raise NotFound()
            field_led_by(session, actor, row.field_id)
            if wrong := _wrong(session, actor, now, known_campaign(session, row.campaign_id), [wanted], row):
                raise Invalid(*wrong)
            titles = {"title_zh": wanted.programme, "title_en": wanted.programme}
            change_row(session, actor, now, row, vars(wanted) | titles | {"form": wanted.form.value}, "placement")
            told.id = placement_id
    return told.id


def _declare(
    session: Session,
    actor: Actor,
    now: datetime,
    campaign_id: int,
    field_id: int,
    placements: Sequence[NewPlacement],
) -> list[int]:
    only(actor, *BUREAUS)
    wanted = [_clean(each) for each in placements]
    bureau = field_led_by(session, actor, field_id)
    if wrong := _wrong(session, actor, now, known_campaign(session, campaign_id), wanted):
        raise Invalid(*wrong)
    act = Act(actor, now, calendar_of(session, actor.district_id))
    none = dict.fromkeys(("expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id"))
    rows = [
        none
        | {"parent_id": None, "waits": 0, "title_zh": each.programme, "title_en": each.programme}
        | {"campaign_id": campaign_id, "field_id": field_id, "sector_id": bureau.unit_id}
        | vars(each)
        | {"form": each.form.value}
        for each in wanted
    ]
    return open_cases(session, PlacementFlow, rows, act)


def _wrong(
    session: Session,
    actor: Actor,
    now: datetime,
    campaign: Campaign,
    wanted: Sequence[NewPlacement],
    besides: Placement | None = None,
) -> list[Reason]:
    """What is wrong with people declared in a campaign, or with one of them, `besides`, as he is corrected."""
    wrong = wrong_units(session, [each.unit_id for each in wanted], "unit")
    for day in {each.declared_on for each in wanted}:
        wrong += wrong_day(session, actor, now, day, "declared_on", campaign)
    wrong += _declared_twice(session, campaign.id, wanted, besides)
    return list(dict.fromkeys(wrong))


def _clean(given: NewPlacement) -> NewPlacement:
    """The same without blanks around its words. Raises Invalid for words that are missing or too long."""
    if wrong := missing(given, "programme", "host", "person_name"):
        raise Invalid(*wrong)
    name = clean_name(given.person_name, field="person_name")
    return replace(given, programme=given.programme.strip(), host=given.host.strip(), person_name=name)


def _declared_twice(
    session: Session, campaign_id: int, wanted: Sequence[NewPlacement], besides: Placement | None
) -> list[Reason]:
    if besides is not None and besides.state == "ended":
        return []
    p = Placement
    names = {each.person_name for each in wanted}
    rows = select(p.person_name, p.unit_id, p.programme).where(p.campaign_id == campaign_id, p.state != "ended")
    rows = rows.where(p.id != (besides.id if besides is not None else 0), among(p.person_name, names, of=Text))
    known = {tuple(row) for row in session.execute(rows)}
    wrong = []
    for each in wanted:
        mark = (each.person_name, each.unit_id, each.programme)
        if mark in known:
            text = _("%(name)s of this unit is declared for this programme already", name=each.person_name)
            wrong.append(Reason("declared_already", text, "person_name"))
        known.add(mark)
    return wrong
