"""Teams, mentees and people sent away to learn, field by field; the bureau of a field enters them here."""

from functools import partial

from flask import redirect, request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.formats import parse_date
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.people import field_asked, tabs
from concierge.blueprints.campaign.staff import (
    WATCHERS,
    as_sent,
    chosen_id,
    here,
    none_yet,
    the_campaign,
    to_choose,
    today,
    written,
)
from concierge.queries.campaigns import CampaignRow, FieldRow, expert_choices, home_choices, host_choices
from concierge.queries.teams import mentee_rows, placement_rows, team_rows
from concierge.rules.dispatch import PlacementForm
from concierge.rules.roles import Role
from concierge.services.mentorships import follow_mentee
from concierge.services.placements import NewPlacement, declare_placement
from concierge.services.teams import NewTeam, form_team
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, StringField, as_choices
from concierge.web.permits import permit

EXPERTS = _("Please choose experts on the list of this field.")
UNIT, PLEASE = _("Please choose a unit of this district."), ("", _("Please choose"))
COLOURS = {"declared": "blue", "approved": "", "on_post": "amber", "completed": "green", "ended": ""}
FORMS = [(form.value, form.label) for form in PlacementForm]


class TeamForm(Form):
    """A standing team; its members are ticked beside it."""

    name_zh = StringField(_("Name in Chinese"), render_kw={"required": True})
    name_en = StringField(_("Name in English"), description=_("Without one it bears its Chinese name."))
    base_unit = SelectField(_("Where it is based"), validate_choice=False)
    formed_on = StringField(_("Formed on"), render_kw={"type": "date"})
    leader = SelectField(_("Leader of the team"), validate_choice=False)


class MenteeForm(Form):
    """Somebody whom an expert follows."""

    expert = SelectField(_("Mentor"), validate_choice=False)
    mentee_name = StringField(_("Name of the mentee"), render_kw={"required": True})
    unit = SelectField(_("Unit of the mentee"), validate_choice=False)
    starts_on = StringField(_("Since"), render_kw={"type": "date"})


class LearnerForm(Form):
    """Somebody declared for a place elsewhere."""

    form = RadioField(_("Form"), choices=as_choices(FORMS), validate_choice=False)
    person_name = StringField(_("Person sent"), render_kw={"required": True})
    unit = SelectField(_("Unit of the person"), validate_choice=False)
    programme = StringField(_("Programme"), render_kw={"required": True})
    host = StringField(_("Place"), render_kw={"required": True})
    declared_on = StringField(_("Declared on"), render_kw={"type": "date"})


@bp.route("/experts/teams", methods=["GET", "POST"])
@permit(*WATCHERS)
def teams() -> Response:
    """The standing teams of a field."""
    if (none := none_yet()) is not None:
        return none
    campaign, form, (fields, field, may_write) = the_campaign(), TeamForm(), field_asked()
    experts = expert_choices(door.session, field.id) if field is not None and may_write else []
    if experts:
        form.leader.choices = as_choices([PLEASE, *experts])
        form.base_unit.choices = as_choices([PLEASE, *home_choices(door.session)])
    ticked = request.form.getlist("member")
    act = partial(_form_team, form, campaign, field, ticked)
    if request.method == "POST" and written(form, act, _("The team is formed.")):
        return _back("teams", field)
    form.formed_on.data = form.formed_on.data or today().isoformat()
    rows = team_rows(door.session, campaign=campaign, field_id=field.id) if field is not None else []
    return door.render(
        "pages/campaign/team_list.html", campaign=campaign, fields=fields, field=field, rows=rows, form=form,
        experts=experts, ticked=ticked, may_write=may_write, tabs=tabs("teams", field), **to_choose(), **as_sent(),
    )  # fmt: skip


def _form_team(form: TeamForm, campaign: CampaignRow, field: FieldRow | None, ticked: list[str]) -> None:
    leader = chosen_id(form.leader.data, "leader", EXPERTS)
    team = NewTeam(
        campaign_id=campaign.id, field_id=_known(field).id, name_zh=form.name_zh.data or "",
        name_en=form.name_en.data or "", base_unit_id=chosen_id(form.base_unit.data, "base_unit", UNIT),
        members=[leader, *(chosen_id(each, "members", EXPERTS) for each in ticked)],
        formed_on=parse_date(form.formed_on.data or "", "formed_on"),
    )  # fmt: skip
    form_team(door.session, actor=door.actor, now=door.now, team=team)


@bp.route("/experts/mentees", methods=["GET", "POST"])
@permit(*WATCHERS)
def mentees() -> Response:
    """Whom the experts of a field follow as mentors."""
    if (none := none_yet()) is not None:
        return none
    campaign, form, (fields, field, may_write) = the_campaign(), MenteeForm(), field_asked()
    experts = expert_choices(door.session, field.id) if field is not None and may_write else []
    if experts:
        form.expert.choices = as_choices([PLEASE, *experts])
        form.unit.choices = as_choices([PLEASE, *host_choices(door.session, door.actor)])
    act = partial(_follow, form, campaign, field)
    if request.method == "POST" and written(form, act, _("Written down; the figures follow.")):
        return _back("mentees", field)
    form.starts_on.data = form.starts_on.data or today().isoformat()
    rows = mentee_rows(door.session, campaign=campaign, field_id=field.id) if field is not None else []
    return door.render(
        "pages/campaign/mentee_list.html", campaign=campaign, fields=fields, field=field, rows=rows, form=form,
        experts=experts, may_write=may_write, tabs=tabs("mentees", field), **to_choose(), **as_sent(),
    )  # fmt: skip


def _follow(form: MenteeForm, campaign: CampaignRow, field: FieldRow | None) -> None:
    mentor = chosen_id(form.expert.data, "expert", EXPERTS)
    follow_mentee(
        door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, field_id=_known(field).id,
        mentee=(mentor, chosen_id(form.unit.data, "unit", UNIT), form.mentee_name.data or ""),
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
    )  # fmt: skip


@bp.route("/experts/placements", methods=["GET", "POST"])
@permit(*WATCHERS)
def placements() -> Response:
    """Who of a field was declared for a place elsewhere; the further steps are on the page of each."""
    if (none := none_yet()) is not None:
        return none
    campaign, form, (fields, field, may_write) = the_campaign(), LearnerForm(), field_asked()
    if may_write:
        form.unit.choices = as_choices([PLEASE, *home_choices(door.session)])
    act, said = partial(_declare, form, campaign, field), _("Declared; what follows is recorded on its page.")
    if request.method == "POST" and written(form, act, said):
        return _back("placements", field)
    form.declared_on.data = form.declared_on.data or today().isoformat()
    form.form.data = form.form.data or PlacementForm.VISIT.value
    rows = placement_rows(door.session, campaign=campaign, field_id=field.id) if field is not None else []
    return door.render(
        "pages/campaign/placement_list.html", campaign=campaign, fields=fields, field=field, rows=rows, form=form,
        may_write=may_write, may_open=may_write or door.actor.has(Role.LEAD), colours=COLOURS,
        tabs=tabs("placements", field), **to_choose(), **as_sent(),
    )  # fmt: skip


def _declare(form: LearnerForm, campaign: CampaignRow, field: FieldRow | None) -> None:
    declare_placement(
        door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, field_id=_known(field).id,
        placement=placement_of(form),
    )  # fmt: skip


def placement_of(form: LearnerForm) -> NewPlacement:
    """What was typed of somebody declared. Raises Invalid."""
    given = form.form.data or ""
    if given not in list(PlacementForm):
        raise Invalid.because("form", _("Please choose"), "form")
    return NewPlacement(
        form=PlacementForm(given), programme=form.programme.data or "", host=form.host.data or "",
        person_name=form.person_name.data or "", unit_id=chosen_id(form.unit.data, "unit", UNIT),
        declared_on=parse_date(form.declared_on.data or "", "declared_on"),
    )  # fmt: skip


def _known(field: FieldRow | None) -> FieldRow:
    if field is None:
        raise NotFound()
    return field


def _back(page: str, field: FieldRow | None) -> Response:
    return redirect(here(page, field=public_id(_known(field).id)))
