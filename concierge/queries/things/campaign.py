"""What programs may read of a campaign beside its cases: what it is made of, plans, deductions, assessments."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.campaign import Campaign, CampaignUnit, Meeting, ReportingGroup, ServiceField
from concierge.models.plan import BasisDocument, CampaignPost, Plan, PlanTask
from concierge.models.supervision import AssessmentEntry, NegativeItem, NegativeRecord
from concierge.models.two_persons import CONFIRMED, PROPOSED, REFUSED
from concierge.queries.assessments import WHOLE
from concierge.queries.campaigns import campaign_named
from concierge.queries.plans import plan_rows
from concierge.queries.things.kinds import ABOVE, ASKED_UNITS
from concierge.queries.things.rows import PlainThing, Row
from concierge.queries.things.shown import Filter, Kind, Shown, columns_of, equal
from concierge.rules.roles import Role as R

KINDS = (PROPOSED, CONFIRMED, REFUSED)
CONCERNED = ABOVE | ASKED_UNITS | {R.SUPERVISOR}


def _own(unit: InstrumentedAttribute[int], actor: Actor) -> ColumnElement[bool]:
    """All units, or one's own."""
    return true() if actor.has(*WHOLE) else among(unit, actor.units())


def _count_progress(session: Session, _actor: Actor, rows: list[Row], ids: list[int]) -> None:
    """What each task has reached, counted from the records as on the page."""
    of = select(Plan.campaign_id).join(PlanTask, PlanTask.plan_id == Plan.id).where(among(PlanTask.id, ids)).distinct()
    reached = {
        task.id: task.reached
        for campaign in session.execute(of).scalars().all()
        for plan in plan_rows(session, campaign=campaign_named(session, campaign), today=date.min)
        for task in plan.tasks
    }
    for row, task_id in zip(rows, ids, strict=True):
        row["reached"] = reached[task_id]


def _named(model: Any, *more: Shown) -> tuple[Shown, ...]:
    """Code and name, and whatever else a model has."""
    return (*columns_of(model, "code"), Shown("name", (model.name_zh, model.name_en), Kind.NAME), *more)


OF_CAMPAIGN: tuple[PlainThing, ...] = (
    PlainThing(
        "campaigns",
        "Campaign",
        Campaign.id,
        CONCERNED,
        _named(Campaign, *columns_of(Campaign, "year parent_id starts_on ends_on basis")),
        lambda _actor: true(),
        equal(Campaign, "year parent"),
    ),
    PlainThing(
        "reporting-groups",
        "ReportingGroup",
        ReportingGroup.id,
        CONCERNED,
        _named(ReportingGroup, *columns_of(ReportingGroup, "position")),
        lambda _actor: true(),
    ),
    PlainThing(
        "service-fields",
        "ServiceField",
        ServiceField.id,
        CONCERNED,
        _named(ServiceField, *columns_of(ServiceField, "group_id unit_id")),
        lambda _actor: true(),
        equal(ServiceField, "group unit"),
    ),
    PlainThing(
        "campaign-units",
        "CampaignUnit",
        CampaignUnit.id,
        CONCERNED,
        columns_of(CampaignUnit, "campaign_id unit_id part"),
        lambda _actor: true(),
        equal(CampaignUnit, "campaign unit"),
    ),
    PlainThing(
        "basis-documents",
        "BasisDocument",
        BasisDocument.id,
        CONCERNED,
        columns_of(BasisDocument, "campaign_id level number title issued_on"),
        lambda _actor: true(),
        equal(BasisDocument, "campaign"),
    ),
    PlainThing(
        "campaign-posts",
        "CampaignPost",
        CampaignPost.id,
        CONCERNED,
        columns_of(CampaignPost, "campaign_id unit_id post person_name duty starts_on ends_on"),
        lambda _actor: true(),
        equal(CampaignPost, "campaign unit post"),
    ),
    PlainThing(
        "meetings",
        "Meeting",
        Meeting.id,
        CONCERNED,
        columns_of(Meeting, "campaign_id kind held_on title attendees minutes"),
        lambda _actor: true(),
        equal(Meeting, "campaign kind"),
    ),
    PlainThing(
        "plans",
        "Plan",
        Plan.id,
        CONCERNED,
        columns_of(Plan, "campaign_id field_id basis_id title starts_on ends_on"),
        lambda _actor: true(),
        equal(Plan, "campaign field"),
    ),
    PlainThing(
        "plan-tasks",
        "PlanTask",
        PlanTask.id,
        CONCERNED,
        columns_of(PlanTask, "plan_id unit_id words measure target due_on"),
        lambda _actor: true(),
        equal(PlanTask, "plan unit measure"),
        more=(Shown("reached", None, Kind.NUMBER),),
        finish=_count_progress,
    ),
    PlainThing(
        "negative-items",
        "NegativeItem",
        NegativeItem.id,
        CONCERNED,
        columns_of(NegativeItem, "kind code version name_zh name_en points is_veto months is_used basis at"),
        lambda _actor: true(),
        (Filter("code", NegativeItem.code, Kind.TEXT), Filter("kind", NegativeItem.kind, Kind.TEXT, KINDS)),
    ),
    PlainThing(
        "negative-records",
        "NegativeRecord",
        NegativeRecord.id,
        CONCERNED,
        (
            *columns_of(NegativeRecord, "unit_id year item points is_veto rule_version source_id evidence"),
            *columns_of(NegativeRecord, "made_at expires_on"),
            *columns_of(NegativeRecord, "appeal appealed_at decision decided_at lifted_at"),
        ),
        lambda actor: _own(NegativeRecord.unit_id, actor),
        (Filter("item", NegativeRecord.item, Kind.TEXT), *equal(NegativeRecord, "unit year source")),
    ),
    PlainThing(
        "assessments",
        "Assessment",
        AssessmentEntry.id,
        CONCERNED,
        columns_of(AssessmentEntry, "unit_id year record_id points grade reason made_at"),
        lambda actor: _own(AssessmentEntry.unit_id, actor),
        equal(AssessmentEntry, "unit year"),
    ),
)
