"""Findings of the supervision team on one screen, its recusal list, and the talks with units that lag."""

from functools import partial

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    CONCERNED,
    WATCHERS,
    as_sent,
    chosen_id,
    none_yet,
    the_campaign,
    today,
    whole_number,
    written,
)
from concierge.queries.findings import finding_rows, inspected_units, recusal_rows, team_members
from concierge.queries.outreach import contacts, slow_units
from concierge.rules.roles import Role
from concierge.services.documents import Upload
from concierge.services.findings import NewFinding, Photos, write_finding
from concierge.services.outreach import NewContact, contact_unit
from concierge.services.recusals import NewRecusal, keep_away
from concierge.web.doors import door
from concierge.web.forms import FileField, Form, RadioField, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

GRADE_LABELS = {"minor": _("Minor"), "major": _("Major"), "serious": _("Serious")}


class FindingForm(Form):
    """A finding, as it is written down on the spot."""

    unit = SelectField(_("Unit"), validate_choice=False)
    visited_on = StringField(_("Day of the visit"), render_kw={"type": "date"})
    grade = RadioField(_("Grade"), choices=as_choices(list(GRADE_LABELS.items())), validate_choice=False)
    words = TextAreaField(_("What was found"), render_kw={"rows": 3, "required": True})
    asked = TextAreaField(_("What is asked of the unit"), render_kw={"rows": 2, "required": True})
    photos = FileField(
        _("Photos"),
        description=_("If they help; place and device are taken out of them."),
        render_kw={"accept": "image/*", "multiple": True},
    )
    limit_days = StringField(_("Working days to put it right"), render_kw={"inputmode": "numeric"})


class ContactForm(Form):
    """A talk with a unit."""

    unit = SelectField(_("Unit"), validate_choice=False)
    happened_on = StringField(_("Day"), render_kw={"type": "date"})
    reason = StringField(_("Why the unit was spoken with"), render_kw={"required": True})
    advice = TextAreaField(_("What was advised"), render_kw={"rows": 3, "required": True})
    next_step = StringField(_("What follows"))
    next_on = StringField(_("Until"), render_kw={"type": "date"})


class RecusalForm(Form):
    """Somebody of the team keeps away from a unit."""

    member = SelectField(_("Member of the team"), validate_choice=False)
    unit = SelectField(_("Unit"), validate_choice=False)
    reason = StringField(_("Reason"), render_kw={"required": True})
    starts_on = StringField(_("From"), render_kw={"type": "date"})
    ends_on = StringField(_("Until"), render_kw={"type": "date"})


@bp.route("/findings", methods=["GET", "POST"])
@permit(*CONCERNED)
def findings() -> Response:
    """The findings one may see; the team writes new ones here."""
    if (none := none_yet()) is not None:
        return none
    form, status = FindingForm(), 200
    may_write = door.actor.has(Role.SUPERVISOR)
    if may_write:
        campaign = the_campaign()
        units = inspected_units(door.session, campaign.id)
        form.unit.choices = as_choices([("", _("Please choose")), *units])
        if request.method == "POST":
            try:
                finding, photos = _finding(form, campaign.id), Photos(door.storage, _photos())
                made = write_finding(door.session, actor=door.actor, now=door.now, finding=finding, photos=photos)
            except Invalid as wrong:
                form.take_errors(wrong)
                status = 422
            else:
                door.say(_("Written down. Hand it to the unit from its page."))
                return redirect(url_for("desk.case", case_id=made))
        else:
            form.visited_on.data, form.grade.data, form.limit_days.data = today().isoformat(), "minor", "10"
    return door.render(
        "pages/campaign/finding_list.html",
        status=status,
        rows=finding_rows(door.session, actor=door.actor),
        form=form,
        may_write=may_write,
        may_visit=door.actor.has(*WATCHERS),
        may_recuse=may_write or door.actor.has(Role.TALENT_OFFICE),
        grades=GRADE_LABELS,
        today=today(),
        has_errors=status != 200,
    )


def _photos() -> list[Upload]:
    """The photos that were sent along."""
    return [Upload(sent.filename, sent.read()) for sent in request.files.getlist("photos") if sent.filename]


def _finding(form: FindingForm, campaign_id: int) -> NewFinding:
    return NewFinding(
        campaign_id=campaign_id,
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        visited_on=parse_date(form.visited_on.data or "", "visited_on"),
        grade=form.grade.data or "",
        words=form.words.data or "",
        asked=form.asked.data or "",
        limit_days=whole_number(form.limit_days.data),
    )


@bp.route("/findings/recusals", methods=["GET", "POST"])
@permit(Role.SUPERVISOR, Role.TALENT_OFFICE)
def recusals() -> Response:
    """Who of the team keeps away from which unit; a member declares it, the talent office names any."""
    if (none := none_yet()) is not None:
        return none
    form, members = RecusalForm(), team_members(door.session)
    mine = None if door.actor.has(Role.TALENT_OFFICE) else door.actor.account_id
    form.member.choices = as_choices([(public_id(key), name) for key, name in members if mine in (None, key)])
    form.unit.choices = as_choices([("", _("Please choose")), *inspected_units(door.session, the_campaign().id)])
    if request.method == "POST" and written(form, partial(_keep_away, form), _("Written down.")):
        return redirect(url_for("campaign.recusals"))
    if form.starts_on.data is None:
        form.starts_on.data = today().isoformat()
    return door.render(
        "pages/campaign/recusal_list.html", form=form, rows=recusal_rows(door.session), today=today(), **as_sent()
    )


def _keep_away(form: RecusalForm) -> None:
    recusal = NewRecusal(
        account_id=chosen_id(form.member.data, "member", _("Please choose a member of the supervision team.")),
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        reason=form.reason.data or "",
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
        ends_on=parse_date(form.ends_on.data, "ends_on") if form.ends_on.data else None,
    )
    keep_away(door.session, actor=door.actor, now=door.now, recusal=recusal)


@bp.route("/assessment/outreach", methods=["GET", "POST"])
@permit(*WATCHERS)
def outreach() -> Response:
    """The units that lag, and the talks with them; the talent office writes one down."""
    if (none := none_yet()) is not None:
        return none
    campaign, form = the_campaign(), ContactForm()
    units = inspected_units(door.session, campaign.id)
    form.unit.choices = as_choices([("", _("Please choose")), *units])
    if request.method == "POST" and written(form, partial(_contact, form, campaign.id), _("Written down.")):
        return redirect(url_for("campaign.outreach"))
    if form.happened_on.data is None:
        form.happened_on.data = today().isoformat()
    return door.render(
        "pages/campaign/outreach_list.html",
        campaign=campaign,
        form=form,
        rows=slow_units(door.session, campaign=campaign, today=today()),
        talks=contacts(door.session, campaign=campaign),
        names={parse_id(key): name for key, name in units},
        may_write=door.actor.has(Role.TALENT_OFFICE),
        **as_sent(),
    )


def _contact(form: ContactForm, campaign_id: int) -> None:
    contact = NewContact(
        campaign_id=campaign_id,
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        happened_on=parse_date(form.happened_on.data or "", "happened_on"),
        reason=form.reason.data or "",
        advice=form.advice.data or "",
        next_step=form.next_step.data or "",
        next_on=parse_date(form.next_on.data, "next_on") if form.next_on.data else None,
    )
    contact_unit(door.session, actor=door.actor, now=door.now, contact=contact)
