"""Which unit takes which part in a campaign; a unit leaves it only while nothing of it names the unit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import old_and_new, record
from concierge.models.campaign import CampaignUnit
from concierge.models.district import Unit
from concierge.models.plan import CampaignPost, Contribution, Plan, PlanTask
from concierge.models.report import ActionItem, MonthlyReport
from concierge.models.supervision import Finding, InspectionVisit, OutreachContact
from concierge.rules.dispatch import CampaignPart
from concierge.services.campaigns import KEEPERS
from concierge.services.people import only
from concierge.services.plans import known_campaign
from concierge.services.repeats import once

OF_UNITS: tuple[Any, ...] = (
    CampaignPost, Contribution, ActionItem, MonthlyReport, Finding, InspectionVisit, OutreachContact,
)  # fmt: skip
"""What a campaign keeps of a unit, beside the tasks of its plans; a unit with any of it stays in the campaign."""


def name_units(
    session: Session, *, actor: Actor, now: datetime, campaign_id: int, parts: Sequence[tuple[int, CampaignPart]]
) -> list[int]:
    """Say which units take which part in a campaign; the ids of the parts in order.

    Raises NotFound for an unknown campaign, Invalid when no unit is named, one twice, one that has its part already,
    or one of another district.
    """
    with transaction(session):
        return _name(session, actor, now, campaign_id, parts)


def name_unit(
    session: Session, *, actor: Actor, now: datetime, campaign_id: int, unit_id: int, part: CampaignPart,
    key: str | None = None,
) -> int:  # fmt: skip
    """Say which part one unit takes; the part's id. Raises what `name_units` raises."""
    body = {"campaign": campaign_id, "unit": unit_id, "part": part}
    with once(session, actor, now, "name-unit", key, body) as told:
        if not told.id:
            [told.id] = _name(session, actor, now, campaign_id, [(unit_id, part)])
    return told.id


def _name(
    session: Session, actor: Actor, now: datetime, campaign_id: int, parts: Sequence[tuple[int, CampaignPart]]
) -> list[int]:
    only(actor, *KEEPERS)
    known_campaign(session, campaign_id)
    named = dict(parts)
    if not named:
        raise Invalid.because("nobody_named", _("Choose a part for at least one unit."), "units")
    if len(named) < len(parts) or named.keys() & parts_in(session, campaign_id).keys():
        raise Invalid.because("unit_twice", _("A unit takes one part in a campaign, and once."), "units")
    if named.keys() - set(session.execute(select(Unit.id).where(among(Unit.id, list(named)))).scalars()):
        raise Invalid.because("unknown_unit", _("Please choose a unit of this district."), "units")
    return take_parts(session, actor, now, campaign_id, named)


def change_part(
    session: Session, *, actor: Actor, now: datetime, campaign_id: int, unit_id: int, part: CampaignPart | None
) -> None:
    """Give a unit another part in a campaign, or, with none, take it out.

    Raises NotFound when it takes no part, Refusal while something of the campaign hangs on a unit that is to leave.
    """
    with transaction(session):
        _change(session, actor, now, part, CampaignUnit.campaign_id == campaign_id, CampaignUnit.unit_id == unit_id)


def change_named_part(
    session: Session, *, actor: Actor, now: datetime, part_id: int, part: CampaignPart | None, key: str | None = None
) -> int:
    """The same for a part that is named by its id, which it returns."""
    with once(session, actor, now, "change-part", key, {"id": part_id, "part": part}) as told:
        if not told.id:
            _change(session, actor, now, part, CampaignUnit.id == part_id)
            told.id = part_id
    return told.id


def _change(
    session: Session, actor: Actor, now: datetime, part: CampaignPart | None, *which: ColumnElement[bool]
) -> None:
    only(actor, *KEEPERS)
    held = session.execute(select(CampaignUnit).where(*which).with_for_update()).scalar_one_or_none()
    if held is None:
        raise NotFound()
    data = {"unit": held.unit_id} | old_and_new({"part": held.part}, {"part": part})
    if part is not None:
        held.part = part.value
    elif _has_a_record(session, held.campaign_id, held.unit_id):
        text = _("Posts, tasks, returns or findings of the campaign name this unit; it stays.")
        raise Refusal.because("unit_in_use", text, "part")
    else:
        session.delete(held)
    session.flush()
    about: dict[str, Any] = {"subject_kind": "campaign", "subject_id": held.campaign_id}
    record(session, act="change-part", actor=actor, now=now, data=data, **about)


def _has_a_record(session: Session, campaign_id: int, unit_id: int) -> bool:
    kept = [select(m.id).where(m.campaign_id == campaign_id, m.unit_id == unit_id) for m in OF_UNITS]
    tasks = select(PlanTask.id).join(Plan, Plan.id == PlanTask.plan_id)
    kept.append(tasks.where(Plan.campaign_id == campaign_id, PlanTask.unit_id == unit_id))
    return any(session.execute(rows.limit(1)).first() is not None for rows in kept)


def parts_in(session: Session, campaign_id: int) -> dict[int, CampaignPart]:
    """The units of a campaign with the part of each, in the order in which they were named."""
    u = CampaignUnit
    rows = session.execute(select(u.unit_id, u.part).where(u.campaign_id == campaign_id).order_by(u.id))
    return {row.unit_id: CampaignPart(row.part) for row in rows}


def take_parts(
    session: Session, actor: Actor, now: datetime, campaign_id: int, parts: dict[int, CampaignPart]
) -> list[int]:
    """Write checked parts down inside the running transaction; their ids in order."""
    here: dict[str, Any] = {"district_id": actor.district_id, "campaign_id": campaign_id}
    rows = [here | {"id": new_id(), "unit_id": unit, "part": part.value} for unit, part in parts.items()]
    session.execute(insert(CampaignUnit), rows)
    about: dict[str, Any] = {"subject_kind": "campaign", "subject_id": campaign_id, "data": {"units": len(rows)}}
    record(session, act="name-units", actor=actor, now=now, **about)
    return [row["id"] for row in rows]
