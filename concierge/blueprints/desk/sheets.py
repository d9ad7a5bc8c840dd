"""Supervision sheets: the list with its colours, a new sheet about a case, and who is told when one climbs."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import FINANCE, LIST_OWNERS, SUPERVISING
from concierge.queries.choices import handling_units
from concierge.queries.supervision_sheets import (
    fault_rows,
    lagging,
    leaders_named,
    open_by_colour,
    sheet_rows,
    those_in_charge,
)
from concierge.rules.roles import Role
from concierge.rules.supervision import Colour
from concierge.services import supervision_sheets as services
from concierge.web.doors import door
from concierge.web.forms import Form, RadioField, SelectField, TextAreaField, as_choices
from concierge.web.permits import permit

CONCERNED = (*LIST_OWNERS, *FINANCE, Role.LEAD, Role.SUPERVISOR)


class SheetForm(Form):
    """A sheet issued by hand."""

    colour = RadioField(_("Colour"), choices=as_choices([(c.value, c.label) for c in Colour]), validate_choice=False)
    asked = TextAreaField(_("What is asked of the unit"), render_kw={"rows": 3, "required": True})


class LeadersForm(Form):
    """Those to whom a unit's matters climb."""

    unit = SelectField(_("Unit"), validate_choice=False)
    deputy = SelectField(_("Deputy in charge"), validate_choice=False)
    first = SelectField(_("First responsible person"), validate_choice=False)


@bp.get("/sheets")
@permit(*CONCERNED)
def sheets() -> Response:
    """The sheets one may see."""
    colour = request.args.get("colour", "")
    may_name = door.actor.has(Role.TALENT_OFFICE)
    return door.render(
        "pages/desk/sheet_list.html",
        rows=sheet_rows(door.session, actor=door.actor, colour=colour),
        counts=open_by_colour(door.session, actor=door.actor),
        colour=colour,
        today=local_date(door.now, SHANGHAI),
        faults=fault_rows(door.session, actor=door.actor) if door.actor.has(*SUPERVISING) else (),
        leaders=leaders_named(door.session),
        form=_leaders_form() if may_name else None,
    )


@bp.route("/cases/<ident:case_id>/sheet", methods=["GET", "POST"])
@permit(*SUPERVISING)
def new_sheet(case_id: int) -> Response:
    """Issue a sheet about a case to the unit that has it."""
    case = lagging(door.session, actor=door.actor, case_id=case_id)
    form, status = SheetForm(), 200
    if request.method == "POST":
        given = {"colour": form.colour.data or "", "asked": form.asked.data or ""}
        try:
            made = services.issue_sheet(door.session, actor=door.actor, now=door.now, case_id=case_id, **given)
            door.say(_("The sheet is issued; the unit signs for it."))
            return redirect(url_for("desk.case", case_id=made))
        except Invalid as wrong:
            form.take_errors(wrong)
            status = 422
        except Refusal as refused:
            form.take_errors(refused)
            status = 409
    else:
        form.colour.data = Colour.BLUE.value
    return door.render("pages/desk/sheet_new.html", status=status, case=case, form=form, has_errors=status != 200)


@bp.post("/sheets/leaders")
@permit(Role.TALENT_OFFICE)
def name_leaders() -> Response:
    """Name those in charge of a unit."""
    form = _leaders_form()
    chosen = {"deputy": _ident(form.deputy.data), "first": _ident(form.first.data)}
    unit_id = _ident(form.unit.data)
    services.name_leaders(door.session, actor=door.actor, now=door.now, unit_id=unit_id, leaders=chosen)
    door.say(_("Written down; they are told when a sheet of the unit climbs."))
    return redirect(url_for("desk.sheets"))


def _leaders_form() -> LeadersForm:
    form = LeadersForm()
    people = as_choices([("", _("Nobody")), *those_in_charge(door.session)])
    form.unit.choices = as_choices(handling_units(door.session, local_date(door.now, SHANGHAI)))
    form.deputy.choices = form.first.choices = people
    return form


def _ident(typed: str | None) -> int:
    try:
        return parse_id(typed or "")
    except NotFound:
        return 0
