"""Who answers for what, the documents the campaign rests on, its meetings, and what supporting units contributed."""

from functools import partial

from flask import redirect, request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import (
    CONCERNED,
    as_sent,
    chosen_id,
    here,
    none_yet,
    the_campaign,
    to_choose,
    today,
    written,
)
from concierge.queries.campaigns import CampaignRow, office_choices
from concierge.queries.findings import inspected_units
from concierge.queries.organisation import contribution_rows, holders, leading_group, meeting_rows, unit_rows
from concierge.queries.plans import basis_rows
from concierge.rules.dispatch import MeetingKind
from concierge.rules.plans import BasisLevel, Post
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.campaigns import Asked, hold_meeting
from concierge.services.organisation import CONTRIBUTORS, NewContribution, NewPost, appoint, contribute
from concierge.services.plans import NewBasis, cite_basis
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit

ASKED_AT_ONCE = 3
"""How many things a meeting asked can be written down on the page at once."""


class BasisForm(Form):
    """A document the campaign rests on."""

    level = SelectField(
        _("Level of the document"),
        choices=as_choices([(each.value, each.label) for each in BasisLevel]),
        validate_choice=False,
    )
    number = StringField(_("Document number"), render_kw={"required": True})
    title = StringField(_("Title of the document"), render_kw={"required": True})
    issued_on = StringField(_("Day of issue"), render_kw={"type": "date", "required": True})


class PostForm(Form):
    """Who holds a post."""

    post = SelectField(
        _("Post in the campaign"), choices=as_choices([(each.value, each.label) for each in Post]),
        validate_choice=False,
    )  # fmt: skip
    unit = SelectField(_("Unit"), validate_choice=False)
    person_name = StringField(_("Name"), render_kw={"required": True})
    duty = StringField(_("Office held"))
    starts_on = StringField(_("Since"), render_kw={"type": "date", "required": True})


class MeetingForm(Form):
    """A meeting with its minutes."""

    kind = SelectField(
        _("Kind of meeting"), choices=as_choices([(each.value, each.label) for each in MeetingKind]),
        validate_choice=False,
    )  # fmt: skip
    held_on = StringField(_("Held on"), render_kw={"type": "date", "required": True})
    title = StringField(_("Subject of the meeting"), render_kw={"required": True})
    attendees = StringField(_("Who was there"))
    minutes = TextAreaField(_("Minutes: opinions and suggestions"), render_kw={"rows": 4})


class ContributionForm(Form):
    """What a unit did."""

    unit = SelectField(_("Unit"), validate_choice=False)
    happened_on = StringField(_("Day"), render_kw={"type": "date", "required": True})
    words = TextAreaField(_("What the unit did"), render_kw={"rows": 3, "required": True})


def tabs(current: str) -> list[dict[str, object]]:
    """The three pages of the organisation."""
    named = {
        "organisation": _("Units and persons"),
        "meetings": _("Meetings"),
        "contributions": _("Contributions of units"),
    }
    return [{"text": text, "url": here(name), "current": name == current} for name, text in named.items()]


@bp.route("/organisation", methods=["GET", "POST"])
@permit(*CONCERNED)
def organisation() -> Response:
    """The documents the campaign rests on, its leading group, and who answers for each unit."""
    if (none := none_yet()) is not None:
        return none
    campaign, basis, post = the_campaign(), BasisForm(), PostForm()
    may_write = door.actor.has(Role.TALENT_OFFICE)
    if may_write:
        units = dict([*office_choices(door.session), *inspected_units(door.session, campaign.id)])
        post.unit.choices = as_choices([("", _("Please choose")), *units.items()])
    if request.method == "POST":
        form, act = (post, _appoint) if request.form.get("act") == "post" else (basis, _cite)
        if written(form, partial(act, form, campaign), _("Written down.")):
            return redirect(here("organisation"))
    on = min(max(today(), campaign.starts_on), campaign.ends_on)
    held = holders(door.session, campaign=campaign, today=on)
    return door.render(
        "pages/campaign/organisation_show.html", campaign=campaign, basis_form=basis, post_form=post,
        group=leading_group(held), units=unit_rows(door.session, campaign=campaign, held=held), may_write=may_write,
        bases=basis_rows(door.session, campaign.ids), tabs=tabs("organisation"), **to_choose(), **as_sent(),
    )  # fmt: skip


def _cite(form: BasisForm, campaign: CampaignRow) -> None:
    basis = NewBasis(
        campaign_id=campaign.id, level=form.level.data or "", number=form.number.data or "",
        title=form.title.data or "", issued_on=parse_date(form.issued_on.data or "", "issued_on"),
    )  # fmt: skip
    cite_basis(door.session, actor=door.actor, now=door.now, basis=basis)


def _appoint(form: PostForm, campaign: CampaignRow) -> None:
    post = NewPost(
        campaign_id=campaign.id, post=form.post.data or "", person_name=form.person_name.data or "",
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        duty=form.duty.data or "", starts_on=parse_date(form.starts_on.data or "", "starts_on"),
    )  # fmt: skip
    appoint(door.session, actor=door.actor, now=door.now, post=post)


@bp.route("/organisation/meetings", methods=["GET", "POST"])
@permit(*CONCERNED)
def meetings() -> Response:
    """The meetings of the campaign with what each asked; the talent office writes them down."""
    if (none := none_yet()) is not None:
        return none
    campaign, form = the_campaign(), MeetingForm()
    may_write = door.actor.has(Role.TALENT_OFFICE)
    said = _("The meeting is written down; each unit sees what was asked of it.")
    if request.method == "POST" and written(form, partial(_hold, form, campaign), said):
        return redirect(here("meetings"))
    rows = meeting_rows(
        door.session, actor=door.actor, campaign=campaign, now=door.now, whole=may_write,
        calendar=calendar_of(door.session, door.actor.district_id),
    )  # fmt: skip
    units = inspected_units(door.session, campaign.id) if may_write else []
    return door.render(
        "pages/campaign/meeting_list.html", campaign=campaign, form=form, rows=rows, units=units,
        lines=range(1, ASKED_AT_ONCE + 1), typed=request.form, may_write=may_write, tabs=tabs("meetings"),
        here=here("meetings"), **to_choose(), **as_sent(),
    )  # fmt: skip


def _hold(form: MeetingForm, campaign: CampaignRow) -> None:
    kind = form.kind.data or ""
    if kind not in list(MeetingKind):
        raise Invalid.because("kind", _("Please choose a kind of meeting."), "kind")
    hold_meeting(
        door.session, actor=door.actor, now=door.now, campaign_id=campaign.id, kind=MeetingKind(kind),
        held_on=parse_date(form.held_on.data or "", "held_on"), title=form.title.data or "",
        minutes=form.minutes.data or "", attendees=form.attendees.data or "",
        asked=[_asked(n) for n in range(1, ASKED_AT_ONCE + 1) if request.form.get(f"words_{n}", "").strip()],
    )  # fmt: skip


def _asked(line: int) -> Asked:
    typed = request.form
    return Asked(
        unit_id=chosen_id(typed.get(f"unit_{line}"), "asked", _("Please choose a unit of this district.")),
        words=typed.get(f"words_{line}", ""), owner=typed.get(f"owner_{line}", "")[:60],
        due_on=parse_date(typed.get(f"due_{line}", ""), "asked"),
    )  # fmt: skip


@bp.route("/organisation/contributions", methods=["GET", "POST"])
@permit(*CONCERNED, Role.FINANCE_MAKER, Role.PRESS)
def contributions() -> Response:
    """What units that support the campaign or take part did; each writes its own."""
    if (none := none_yet()) is not None:
        return none
    campaign, form = the_campaign(), ContributionForm()
    form.unit.choices = as_choices(_own_units(campaign))
    if request.method == "POST" and written(form, partial(_contribute, form, campaign), _("Written down.")):
        return redirect(here("contributions"))
    if form.happened_on.data is None:
        form.happened_on.data = today().isoformat()
    return door.render(
        "pages/campaign/contribution_list.html", campaign=campaign, form=form,
        rows=contribution_rows(door.session, campaign=campaign), tabs=tabs("contributions"),
        **to_choose(), **as_sent(),
    )  # fmt: skip


def _contribute(form: ContributionForm, campaign: CampaignRow) -> None:
    contribution = NewContribution(
        campaign_id=campaign.id, words=form.words.data or "",
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        happened_on=parse_date(form.happened_on.data or "", "happened_on"),
    )  # fmt: skip
    contribute(door.session, actor=door.actor, now=door.now, contribution=contribution)


def _own_units(campaign: CampaignRow) -> list[tuple[str, object]]:
    """The units of the campaign for which the actor may write."""
    units = inspected_units(door.session, campaign.id) if door.actor.has(*CONTRIBUTORS) else []
    own = {public_id(unit) for unit in door.actor.units(*CONTRIBUTORS)}
    return [pair for pair in units if door.actor.has(Role.TALENT_OFFICE) or pair[0] in own]
