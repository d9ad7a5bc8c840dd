"""The administrator of a unit: the people of his unit, their accounts, and the roles he was allowed to grant there."""

from datetime import date
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.blueprints.admin.forms import ColleagueForm, DutyForm
from concierge.queries import colleagues as queries
from concierge.rules.identifiers import check_resident_id
from concierge.rules.roles import Role
from concierge.services import colleagues as services
from concierge.services.accounts import own_key
from concierge.web.doors import door
from concierge.web.forms import as_choices
from concierge.web.permits import permit


@bp.get("/colleagues")
@permit(Role.UNIT_ADMIN)
def colleagues() -> Response:
    """The people of the unit."""
    typed = request.args.get("after", "")
    after = parse_id(typed) if typed else 0
    page = queries.colleagues(door.session, actor=door.actor, today=_today(), after=after)
    return door.render("pages/admin/colleagues_list.html", page=page)


@bp.route("/colleagues/new", methods=["GET", "POST"])
@permit(Role.UNIT_ADMIN)
def new_colleague() -> Response:
    """An account for somebody of the unit, with its first role."""
    form = ColleagueForm()
    _offer(form)
    if request.method == "POST":
        try:
            checked = check_resident_id(form.id_number.data or "", today=_today(), field="id_number")
            who = services.NewColleague(
                login=form.login.data or "",
                name=form.name.data or "",
                person_key=own_key(door.keys, checked.number),
                password=form.password.data or "",
                email=form.email.data or "",
            )
            services.add_colleague(door.session, actor=door.actor, now=door.now, who=who, duty=_duty(form))
            door.say(_("The account was made, and its role granted."))
            return redirect(url_for("admin.colleagues"))
        except Refusal as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/colleague_new.html", status=status, form=form)


@bp.route("/colleagues/<ident:account_id>", methods=["GET", "POST"])
@permit(Role.UNIT_ADMIN)
def colleague(account_id: int) -> Response:
    """One of them: the roles held in the unit, and granting another."""
    known = queries.colleague(door.session, actor=door.actor, today=_today(), account_id=account_id)
    form = DutyForm()
    _offer(form)
    if request.method == "POST":
        try:
            services.give_role(
                door.session, actor=door.actor, now=door.now, account_id=account_id, duty=_duty(form)
            )  # fmt: skip
            door.say(_("The role was granted."))
            return redirect(url_for("admin.colleague", account_id=account_id))
        except Refusal as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/colleague_show.html", status=status, known=known, form=form)


@bp.post("/colleagues/<ident:account_id>/end")
@permit(Role.UNIT_ADMIN)
def end_colleague(account_id: int) -> Response:
    """End one role of somebody, or the whole account."""
    by: dict[str, Any] = {"actor": door.actor, "now": door.now, "account_id": account_id}
    typed = request.form.get("grant", "")
    if typed:
        services.end_role(door.session, **by, grant_id=parse_id(typed))
        door.say(_("The grant has ended."))
        return redirect(url_for("admin.colleague", account_id=account_id))
    services.end_account(door.session, **by)
    door.say(_("The account is disabled."))
    return redirect(url_for("admin.colleagues"))


def _today() -> date:
    return local_date(door.now, SHANGHAI)


def _offer(form: DutyForm) -> None:
    """Put what may be granted into the form; a new one begins today."""
    found = queries.duties(door.session, actor=door.actor, today=_today())
    form.duty.choices = as_choices(
        [(f"{public_id(d.unit_id)} {d.role}", _("%(unit)s: %(role)s", unit=d.unit, role=d.role.label)) for d in found]
    )
    if request.method == "GET":
        form.starts_on.data = _today().isoformat()


def _duty(form: DutyForm) -> services.Duty:
    """The chosen role in the chosen unit; a value that no list offered is refused as not delegated."""
    unit, _blank, role = (form.duty.data or "").partition(" ")
    if role not in set(Role):
        raise Invalid.because("role", _("Please choose a role."), "duty")
    return services.Duty(
        unit_id=parse_id(unit),
        role=Role(role),
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
        ends_on=parse_date(form.ends_on.data, "ends_on") if form.ends_on.data else None,
    )
