"""Handing a specialist's work over: the spread of the work, a list to sign, a leaver's whole work in one act."""

from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.desk import bp
from concierge.blueprints.desk.staff import SPECIALISTS
from concierge.queries.absences import colleagues
from concierge.queries.handovers import caseload, handover_row, handover_rows, work_of
from concierge.rules.roles import Role
from concierge.services import handovers as services
from concierge.web.doors import door
from concierge.web.forms import BooleanField, Form, SelectField, StringField, as_choices
from concierge.web.permits import permit


class HandoverForm(Form):
    """Whose work goes to whom."""

    giver_id = SelectField(_("Whose work"), validate_choice=False)
    taker_id = SelectField(_("Who takes over"), validate_choice=False, render_kw={"required": True})
    leaving = BooleanField(
        _("Leaves for good: everything moves at once, also where he is deputy"),
        description=_("Only a lead may do this. Roles are ended by the security administrator."),
    )
    reason = StringField(_("Reason"), render_kw={"maxlength": services.LONGEST_REASON})


@bp.get("/handovers")
@permit(*SPECIALISTS)
def handovers() -> Response:
    """How the work is spread, and the hand-overs."""
    loads = caseload(door.session, local_date(door.now, SHANGHAI)) if door.actor.has(Role.SPECIALIST_LEAD) else ()
    return door.render("pages/desk/handover_list.html", rows=handover_rows(door.session, door.actor), loads=loads)


@bp.route("/handovers/new", methods=["GET", "POST"])
@permit(*SPECIALISTS)
def new_handover() -> Response:
    """Begin a hand-over."""
    form, status = _form(), 200
    if request.method == "POST":
        wish = services.HandoverWish(
            giver_id=_ident(form.giver_id.data) or door.actor.account_id,
            taker_id=_ident(form.taker_id.data),
            leaving=bool(form.given().get("leaving")),
            reason=form.reason.data or "",
        )
        try:
            made = services.begin_handover(door.session, actor=door.actor, now=door.now, wish=wish)
            door.say(_("Everything has moved.") if wish.leaving else _("The hand-over waits for the signature."))
            return redirect(url_for("desk.handover", handover_id=made))
        except Refusal as wrong:
            form.take_errors(wrong)
            status = 422 if isinstance(wrong, Invalid) else 409
    return door.render("pages/desk/handover_new.html", status=status, form=form)


def _form() -> HandoverForm:
    form, today = HandoverForm(), local_date(door.now, SHANGHAI)
    others = colleagues(door.session, today, Role.SPECIALIST)
    own = public_id(door.actor.account_id)
    is_lead = door.actor.has(Role.SPECIALIST_LEAD)
    form.giver_id.choices = as_choices([*_left(today), *others] if is_lead else [e for e in others if e[0] == own])
    if request.method == "GET" and is_lead:
        form.giver_id.data = request.args.get("giver")
        form.leaving.data = form.giver_id.data is not None
    form.taker_id.choices = as_choices([("", _("Please choose")), *(e for e in others if is_lead or e[0] != own)])
    if not is_lead:
        del form.leaving
    return form


def _left(today: date) -> list[tuple[str, str]]:
    """Those who are no specialists any more, but whose work nobody has taken over."""
    return [(public_id(load.account_id), load.name) for load in caseload(door.session, today) if load.is_gone]


def _ident(typed: str | None) -> int | None:
    try:
        return parse_id(typed or "")
    except NotFound:
        return None


@bp.get("/handovers/<ident:handover_id>")
@permit(*SPECIALISTS)
def handover(handover_id: int) -> Response:
    """The list: as it is now while it waits, as it was signed afterwards."""
    row, kept = handover_row(door.session, door.actor, handover_id)
    work = work_of(door.session, kept.giver_id, leaving=kept.is_leaving) if row.state == "open" else None
    return door.render("pages/desk/handover_show.html", row=row, kept=kept, work=work)


@bp.post("/handovers/<ident:handover_id>/sign")
@permit(*SPECIALISTS)
def sign_handover(handover_id: int) -> Response:
    """Sign the list as I saw it: everything on it is mine from now on."""
    seal = request.form.get("seal", "")
    try:
        services.sign_handover(door.session, actor=door.actor, now=door.now, handover_id=handover_id, seal=seal)
    except Refusal as refused:
        door.say_why(refused)
    else:
        door.say(_("The list is signed. The work is yours."))
    return redirect(url_for("desk.handover", handover_id=handover_id))


@bp.post("/handovers/<ident:handover_id>/withdraw")
@permit(*SPECIALISTS)
def withdraw_handover(handover_id: int) -> Response:
    """Call the hand-over off."""
    services.withdraw_handover(door.session, actor=door.actor, now=door.now, handover_id=handover_id)
    door.say(_("The hand-over is called off."))
    return redirect(url_for("desk.handovers"))
