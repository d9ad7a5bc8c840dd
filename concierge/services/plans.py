"""What a campaign rests on and is to reach: basis documents, the plan of each field, its tasks with their targets."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.campaign import Campaign
from concierge.models.district import Unit
from concierge.models.plan import BasisDocument, Plan, PlanTask
from concierge.rules.plans import BasisLevel
from concierge.rules.summaries import MEASURES
from concierge.services.campaigns import BUREAUS, KEEPERS, add_row, field_led_by
from concierge.services.people import only

LONGEST = 200
MOST = 1_000_000
MISSING = _("This is needed")


@dataclass(frozen=True, kw_only=True)
class NewBasis:
    """A document the campaign rests on: who issued it, its number (文号), title and day."""

    campaign_id: int
    level: str
    number: str
    title: str
    issued_on: date


@dataclass(frozen=True, kw_only=True)
class NewPlan:
    """The plan of a field, the document it rests on, and the days it runs."""

    campaign_id: int
    field_id: int
    basis_id: int
    title: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """A task: how much of which measure of the plan's field by when, and which unit answers for it."""

    plan_id: int
    unit_id: int
    words: str
    measure: str
    target: int
    due_on: date


def cite_basis(session: Session, *, actor: Actor, now: datetime, basis: NewBasis) -> int:
    """Name a document the campaign rests on; its id. Raises Invalid for missing words or a number known already."""
    only(actor, *KEEPERS)
    wrong = missing(basis, "number", "title")
    if basis.level not in list(BasisLevel):
        wrong.append(Reason("level", _("Please choose who issued it."), "level"))
    with transaction(session):
        known_campaign(session, basis.campaign_id)
        b = BasisDocument
        same = select(b.id).where(b.campaign_id == basis.campaign_id, b.number == basis.number.strip())
        if session.execute(same).first():
            wrong.append(Reason("number_taken", _("A document with this number is named already."), "number"))
        if wrong:
            raise Invalid(*wrong)
        values = asdict(basis) | {"number": basis.number.strip(), "title": basis.title.strip()}
        return add_row(session, BasisDocument, values, actor, now, "basis_document")


def write_plan(session: Session, *, actor: Actor, now: datetime, plan: NewPlan) -> int:
    """Write down the plan of a field, by the bureau that leads it; its id. Every plan cites a basis.

    Raises Invalid naming every field that is missing or wrong, NotFound for a field that another bureau leads.
    """
    only(actor, *BUREAUS)
    wrong = missing(plan, "title")
    if plan.starts_on > plan.ends_on:
        wrong.append(Reason("dates", _("The end lies before the beginning."), "ends_on"))
    with transaction(session):
        field_led_by(session, actor, plan.field_id)
        campaign = known_campaign(session, plan.campaign_id)
        for name in ("starts_on", "ends_on"):
            if not campaign.starts_on <= getattr(plan, name) <= campaign.ends_on:
                wrong.append(Reason("outside_campaign", _("A day within the campaign, please."), name))
        basis = session.get(BasisDocument, plan.basis_id)
        if basis is None or basis.campaign_id != plan.campaign_id:
            wrong.append(Reason("no_basis", _("Please choose the document the plan rests on."), "basis"))
        same = select(Plan.id).where(Plan.campaign_id == plan.campaign_id, Plan.field_id == plan.field_id)
        if session.execute(same).first():
            wrong.append(Reason("planned_already", _("This field has its plan already; add tasks to it."), "field"))
        if wrong:
            raise Invalid(*wrong)
        return add_row(session, Plan, asdict(plan) | {"title": plan.title.strip()}, actor, now, "plan")


def set_task(session: Session, *, actor: Actor, now: datetime, task: NewTask) -> int:
    """Set a task of a plan, by the bureau of its field; its id. What is reached is counted, never typed.

    Raises Invalid naming every field that is missing or wrong, NotFound for the plan of another bureau.
    """
    only(actor, *BUREAUS)
    with transaction(session):
        plan = session.get(Plan, task.plan_id)
        if plan is None:
            raise NotFound()
        field_led_by(session, actor, plan.field_id)
        wrong = missing(task, "words")
        if task.measure not in MEASURES or not MEASURES[task.measure].by_group:
            wrong.append(Reason("measure", _("Please choose what is counted."), "measure"))
        if not 0 < task.target <= MOST:
            wrong.append(Reason("target", _("A whole number from 1 to %(n)s.", n=MOST), "target"))
        if not plan.starts_on <= task.due_on <= plan.ends_on:
            wrong.append(Reason("due_on", _("A day within the plan."), "due_on"))
        if session.get(Unit, task.unit_id) is None:
            wrong.append(Reason("unknown_unit", _("Please choose a unit of this district."), "unit"))
        if wrong:
            raise Invalid(*wrong)
        return add_row(session, PlanTask, asdict(task) | {"words": task.words.strip()}, actor, now, "plan_task")


def missing(given: object, *names: str, longest: int = LONGEST, text: Text = MISSING) -> list[Reason]:
    """A reason for each of these texts that is empty or longer than `longest` characters."""
    wrong = []
    for name in names:
        words = getattr(given, name).strip()
        if not words:
            wrong.append(Reason("missing", text, name))
        elif len(words) > longest:
            wrong.append(Reason("too_long", _("At most %(n)s characters, please.", n=longest), name))
    return wrong


def known_campaign(session: Session, campaign_id: int) -> Campaign:
    """A campaign of the district. Raises NotFound."""
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound()
    return found
