"""Declaring people for places elsewhere (访学, 跟岗培训); their further steps are those of workflows/placement.py."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Text, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.campaign import Placement
from concierge.rules.dispatch import PlacementForm
from concierge.rules.names import clean_name
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import BUREAUS, field_led_by
from concierge.services.people import only
from concierge.services.plans import known_campaign, missing
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
    only(actor, *BUREAUS)
    wanted = [_clean(each) for each in placements]
    with transaction(session):
        bureau = field_led_by(session, actor, field_id)
        campaign = known_campaign(session, campaign_id)
        wrong = wrong_units(session, [each.unit_id for each in wanted], "unit")
        for day in {each.declared_on for each in wanted}:
            wrong += wrong_day(session, actor, now, day, "declared_on", campaign)
        wrong += _declared_twice(session, campaign_id, wanted)
        if wrong:
            raise Invalid(*dict.fromkeys(wrong))
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


def _clean(given: NewPlacement) -> NewPlacement:
    """The same without blanks around its words. Raises Invalid for words that are missing or too long."""
    if wrong := missing(given, "programme", "host", "person_name"):
        raise Invalid(*wrong)
    name = clean_name(given.person_name, field="person_name")
    return replace(given, programme=given.programme.strip(), host=given.host.strip(), person_name=name)


def _declared_twice(session: Session, campaign_id: int, wanted: Sequence[NewPlacement]) -> list[Reason]:
    p = Placement
    names = {each.person_name for each in wanted}
    rows = select(p.person_name, p.unit_id, p.programme).where(p.campaign_id == campaign_id, p.state != "ended")
    known = {tuple(row) for row in session.execute(rows.where(among(p.person_name, names, of=Text)))}
    wrong = []
    for each in wanted:
        mark = (each.person_name, each.unit_id, each.programme)
        if mark in known:
            text = _("%(name)s of this unit is declared for this programme already", name=each.person_name)
            wrong.append(Reason("declared_already", text, "person_name"))
        known.add(mark)
    return wrong
