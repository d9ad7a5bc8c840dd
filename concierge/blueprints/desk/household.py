"""The household of an expert: who belongs to it, written down and taken out by whoever keeps the file."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.register import DATE, REGISTRARS
from concierge.queries.expert_file import household
from concierge.queries.people_forms import person_form
from concierge.rules.talent import RELATIONS
from concierge.services.household import add_typed_relative, take_out_relative
from concierge.web.doors import door
from concierge.web.forms import Form, SelectField, StringField, as_choices
from concierge.web.permits import permit


class RelativeForm(Form):
    """Somebody who belongs to the household."""

    relation = SelectField(
        _("Relation"), choices=as_choices([(word.code, word.label) for word in RELATIONS]), validate_choice=False
    )
    name = StringField(_("Name"), render_kw={"required": True, "autocomplete": "off"})
    birth_on = StringField(_("Born"), render_kw=DATE, description=_("Needed for a child."))
    id_number = StringField(
        _("ID number of the spouse"),
        render_kw={"autocomplete": "off"},
        description=_("Only a keyed fingerprint is kept, so that a couple has the benefits of a household once."),
    )


@bp.route("/experts/<ident:expert_id>/household", methods=["GET", "POST"])
@permit(*REGISTRARS)
def expert_household(expert_id: int) -> Response:
    """Who belongs to an expert's household, and a form for one more."""
    person, form = person_form(door.session, actor=door.actor, person_id=expert_id), RelativeForm()
    if request.method == "POST":
        try:
            add_typed_relative(
                door.session, actor=door.actor, now=door.now, keys=door.keys, person_id=expert_id, given=form.given()
            )
        except Refusal as wrong:
            form.take_errors(wrong)
        else:
            door.say(_("Written down; what it means for the benefits is matched tonight."))
            return redirect(url_for("desk.expert_household", expert_id=expert_id))
    status = 422 if request.method == "POST" else 200
    members = household(door.session, expert_id)
    return door.render("pages/desk/household_show.html", status, person=person, form=form, members=members)


@bp.post("/experts/<ident:expert_id>/household/out")
@permit(*REGISTRARS)
def take_out_of_household(expert_id: int) -> Response:
    """Somebody belongs to the household no more, from today on."""
    who = parse_id(request.form.get("member", ""))
    take_out_relative(door.session, actor=door.actor, now=door.now, person_id=expert_id, relative_id=who)
    door.say(_("Taken out of the household from today on; earlier days stay as they were."))
    return redirect(url_for("desk.expert_household", expert_id=expert_id))
