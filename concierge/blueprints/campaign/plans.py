"""Plans with their tasks, topics that are posted and claimed, and how far the campaign has come into the country."""

from functools import partial

from flask import redirect, request
from werkzeug.wrappers import Response

from concierge.basics.formats import parse_date
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    BUREAUS,
    CONCERNED,
    as_sent,
    asked_id,
    chosen_id,
    here,
    lamps_of,
    none_yet,
    the_campaign,
    to_choose,
    today,
    whole_number,
    written,
)
from concierge.queries.campaign_figures import Span
from concierge.queries.campaigns import CampaignRow, FieldRow, fields, own_fields
from concierge.queries.findings import inspected_units
from concierge.queries.plans import PlanRow, basis_rows, plan_rows, topic_rows, town_rows
from concierge.rules.roles import Role
from concierge.rules.summaries import MEASURES
from concierge.services.plans import NewPlan, NewTask, set_task, write_plan
from concierge.services.topics import NewTopic, post_topic
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

COUNTED = [(measure.code, measure.label) for measure in MEASURES.values() if measure.by_group]
PACES = {"reached": "green", "even": "blue", "behind": "amber", "missed": "red"}
TOPIC_COLOURS = {"posted": "blue", "claimed": "", "delivered": "amber", "finished": "green", "withdrawn": ""}


class PlanForm(Form):
    """The plan of a field."""

    field = SelectField(_("Field"), validate_choice=False)
    basis = SelectField(_("Document it rests on"), validate_choice=False)
    title = StringField(_("Title of the plan"), render_kw={"required": True})
    starts_on = StringField(_("From"), render_kw={"type": "date", "required": True})
    ends_on = StringField(_("Until"), render_kw={"type": "date", "required": True})


class TaskForm(Form):
    """A task of a plan."""

    plan = SelectField(_("Plan"), validate_choice=False)
    words = StringField(_("Task"), render_kw={"required": True})
    measure = SelectField(_("What is counted"), choices=as_choices(COUNTED), validate_choice=False)
    target = StringField(_("Target"), render_kw={"inputmode": "numeric", "required": True})
    due_on = StringField(_("To be reached by"), render_kw={"type": "date", "required": True})
    unit = SelectField(_("Unit that answers for it"), validate_choice=False)


class TopicForm(Form):
    """A topic to be claimed."""

    title = StringField(_("Topic to be claimed"), render_kw={"required": True})
    deliverable = TextAreaField(_("What is to be delivered"), render_kw={"rows": 2, "required": True})
    deliver_by = StringField(_("To be delivered by"), render_kw={"type": "date", "required": True})


def tabs(current: str) -> list[dict[str, object]]:
    """The three pages of plans."""
    named = {"plans": _("Plans and tasks"), "topics": _("Topics"), "coverage": _("Townships and villages")}
    return [{"text": text, "url": here(name), "current": name == current} for name, text in named.items()]


@bp.route("/plans", methods=["GET", "POST"])
@permit(*CONCERNED)
def plans() -> Response:
    """The plans of the campaign, each task with what was reached; a bureau writes its field's plan here."""
    if (none := none_yet()) is not None:
        return none
    campaign = the_campaign()
    plan, task = PlanForm(), TaskForm()
    rows = plan_rows(door.session, campaign=campaign, today=today())
    mine = {field.id: field for field in own_fields(door.session, door.actor)} if door.actor.has(*BUREAUS) else {}
    _offer_choices(plan, task, campaign, rows, mine)
    if request.method == "POST":
        is_task = request.form.get("act") == "task"
        act = partial(_add_task, task) if is_task else partial(_add_plan, plan, campaign)
        if written(task if is_task else plan, act, _("Written down. What is reached is counted from the records.")):
            return redirect(here("plans"))
    return door.render(
        "pages/campaign/plan_list.html", campaign=campaign, rows=rows, plan_form=plan, task_form=task,
        paces=PACES, tabs=tabs("plans"), today=today(), **to_choose(), **as_sent(),
    )  # fmt: skip


def _offer_choices(
    plan: PlanForm, task: TaskForm, campaign: CampaignRow, rows: list[PlanRow], mine: dict[int, FieldRow]
) -> None:
    planned = {row.field_id for row in rows}
    plan.field.choices = as_choices([(public_id(f.id), f.name) for f in mine.values() if f.id not in planned])
    bases = basis_rows(door.session, campaign.ids) if plan.field.choices else []
    plan.basis.choices = as_choices([(public_id(row.id), f"{row.number} {row.title}") for row in bases])
    task.plan.choices = as_choices([(public_id(row.id), row.title) for row in rows if row.field_id in mine])
    units = inspected_units(door.session, campaign.id) if task.plan.choices else []
    task.unit.choices = as_choices([("", _("Please choose")), *units])


def _add_plan(form: PlanForm, campaign: CampaignRow) -> None:
    plan = NewPlan(
        campaign_id=campaign.id,
        field_id=chosen_id(form.field.data, "field", _("Please choose a field of the campaign.")),
        basis_id=chosen_id(form.basis.data, "basis", _("Please choose the document the plan rests on.")),
        title=form.title.data or "",
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
        ends_on=parse_date(form.ends_on.data or "", "ends_on"),
    )
    write_plan(door.session, actor=door.actor, now=door.now, plan=plan)


def _add_task(form: TaskForm) -> None:
    task = NewTask(
        plan_id=chosen_id(form.plan.data, "plan", _("Please choose a plan.")),
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        words=form.words.data or "",
        measure=form.measure.data or "",
        target=whole_number(form.target.data),
        due_on=parse_date(form.due_on.data or "", "due_on"),
    )
    set_task(door.session, actor=door.actor, now=door.now, task=task)


@bp.route("/plans/topics", methods=["GET", "POST"])
@permit(*CONCERNED)
def topics() -> Response:
    """The topics of the campaign with their lights; the talent office posts new ones here."""
    if (none := none_yet()) is not None:
        return none
    campaign, form, said = the_campaign(), TopicForm(), _("The topic is posted; any unit may claim it.")
    if request.method == "POST" and written(form, partial(_post, form, campaign), said):
        return redirect(here("topics"))
    rows = topic_rows(door.session, campaign=campaign)
    return door.render(
        "pages/campaign/topic_list.html", campaign=campaign, form=form, rows=rows,
        lamps=lamps_of(rows), colours=TOPIC_COLOURS, tabs=tabs("topics"),
        may_post=door.actor.has(Role.TALENT_OFFICE), **to_choose(), **as_sent(),
    )  # fmt: skip


def _post(form: TopicForm, campaign: CampaignRow) -> None:
    topic = NewTopic(
        campaign_id=campaign.id, title=form.title.data or "", deliverable=form.deliverable.data or "",
        deliver_by=parse_date(form.deliver_by.data or "", "deliver_by"),
    )  # fmt: skip
    post_topic(door.session, actor=door.actor, now=door.now, topic=topic)


@bp.get("/plans/coverage")
@permit(*CONCERNED)
def coverage() -> Response:
    """Each township with its villages that were reached, and those nobody went to; of one field, if one is chosen."""
    if (none := none_yet()) is not None:
        return none
    campaign, chosen = the_campaign(), asked_id("field")
    year = Span.of_year(campaign.ids, campaign.year)
    rows = town_rows(door.session, span=Span(year.campaigns, year.first, year.last, field_id=chosen))
    return door.render(
        "pages/campaign/coverage_list.html", campaign=campaign, rows=rows, tabs=tabs("coverage"),
        fields=[(public_id(row.id), row.name) for row in fields(door.session)],
        chosen=public_id(chosen) if chosen is not None else "", **to_choose(),
    )  # fmt: skip
