"""The visits of the supervision team, with what was found on each."""

from functools import partial

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.formats import parse_date
from concierge.basics.text import _
from concierge.blueprints.campaign import bp
from concierge.blueprints.campaign.staff import WATCHERS, as_sent, chosen_id, none_yet, the_campaign, today, written
from concierge.queries.findings import inspected_units, visit_rows
from concierge.rules.roles import Role
from concierge.services.visits import NewVisit, note_visit
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, StringField, TextAreaField, as_choices
from concierge.web.permits import permit


class VisitForm(Form):
    """A visit to a unit."""

    unit = SelectField(_("Unit"), validate_choice=False)
    visited_on = StringField(_("Day of the visit"), render_kw={"type": "date"})
    kind = RadioField(
        _("Kind of visit"), choices=as_choices([("unannounced", _("Unannounced")), ("announced", _("Announced"))]),
        validate_choice=False,
    )  # fmt: skip
    words = TextAreaField(_("What was looked at"), render_kw={"rows": 3, "required": True})


@bp.route("/findings/visits", methods=["GET", "POST"])
@permit(*WATCHERS)
def visits() -> Response:
    """Where the team went, and how much it found there; the team writes its visits down."""
    if (none := none_yet()) is not None:
        return none
    campaign, form = the_campaign(), VisitForm()
    form.unit.choices = as_choices([("", _("Please choose")), *inspected_units(door.session, campaign.id)])
    if form.kind.data is None:
        form.kind.data = "unannounced"
    if request.method == "POST" and written(form, partial(_visit, form, campaign.id), _("Written down.")):
        return redirect(url_for("campaign.visits"))
    if form.visited_on.data is None:
        form.visited_on.data = today().isoformat()
    rows, may_write = visit_rows(door.session, campaign.id), door.actor.has(Role.SUPERVISOR)
    return door.render("pages/campaign/visit_list.html", form=form, rows=rows, may_write=may_write, **as_sent())


def _visit(form: VisitForm, campaign_id: int) -> None:
    visit = NewVisit(
        campaign_id=campaign_id,
        unit_id=chosen_id(form.unit.data, "unit", _("Please choose a unit of this district.")),
        visited_on=parse_date(form.visited_on.data or "", "visited_on"),
        was_announced=form.kind.data == "announced",
        words=form.words.data or "",
    )
    note_visit(door.session, actor=door.actor, now=door.now, visit=visit)
