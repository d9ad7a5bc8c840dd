"""Accounts (system administrator) and grants (security administrator): two persons, by law of the house."""

from datetime import timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id, public_id
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.blueprints.admin.forms import CLASSES, AccountForm, GrantForm, UnitForm
from concierge.queries import admin
from concierge.queries import units as unit_queries
from concierge.queries.waiting_accounts import waiting_accounts
from concierge.rules.identifiers import check_resident_id
from concierge.rules.roles import Role, UnitKind
from concierge.services import accounts as account_services
from concierge.services import grants as grant_services
from concierge.services import units as unit_services
from concierge.services import ways_back
from concierge.web.doors import door
from concierge.web.forms import as_choices
from concierge.web.permits import permit


def _after() -> int:
    typed = request.args.get("after", "")
    return parse_id(typed) if typed else 0


@bp.get("/accounts")
@permit(Role.SYSTEM_ADMIN)
def accounts() -> Response:
    """The accounts of this site."""
    text = request.args.get("q", "").strip()
    page = admin.accounts(door.session, keys=door.keys, actor=door.actor, now=door.now, text=text, after=_after())
    return door.render("pages/admin/accounts_list.html", page=page, text=text, own=door.account.id)


@bp.route("/accounts/new", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def new_account() -> Response:
    """Make an account; somebody else grants it a role."""
    form = AccountForm()
    if request.method == "POST":
        try:
            checked = check_resident_id(
                form.id_number.data or "", today=local_date(door.now, SHANGHAI), field="id_number"
            )
            account_services.create_account(
                door.session,
                actor=door.actor,
                now=door.now,
                login=form.login.data or "",
                name=form.name.data or "",
                person_key=account_services.own_key(door.keys, checked.number),
                password=form.password.data or "",
                email=form.email.data or "",
            )
            door.say(_("The account was made. A security administrator must now grant it a role."))
            return redirect(url_for("admin.accounts"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/account_new.html", status=status, form=form)


@bp.post("/accounts/<ident:account_id>/disable")
@permit(Role.SYSTEM_ADMIN)
def disable_account(account_id: int) -> Response:
    """Disable an account; its log-ins end at once."""
    account_services.disable_account(door.session, actor=door.actor, now=door.now, account_id=account_id)
    door.say(_("The account is disabled."))
    return redirect(url_for("admin.accounts"))


@bp.route("/accounts/<ident:account_id>/reset", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def reset_account(account_id: int) -> Response:
    """A new first password for whoever lost his, or his device; shown once, and of use once he is let in again."""
    name, password, reasons = admin.account_name(door.session, actor=door.actor, account_id=account_id), "", []
    if request.method == "POST":
        try:
            password = ways_back.reset_by_two(
                door.session, keys=door.keys, actor=door.actor, now=door.now, account_id=account_id
            )
        except Refusal as refused:
            reasons = [reason.text for reason in refused.reasons]
    page = {"account_id": account_id, "name": name, "password": password, "reasons": reasons}
    return door.render("pages/admin/account_reset.html", status=409 if reasons else 200, **page)


@bp.post("/accounts/<ident:account_id>/let-in")
@permit(Role.SECURITY_ADMIN)
def let_in_again(account_id: int) -> Response:
    """Bring an account back into use that was disabled or reset."""
    try:
        ways_back.let_in_again(door.session, actor=door.actor, now=door.now, account_id=account_id)
        door.say(_("The account is in use again."))
    except Refusal as refused:
        door.say_why(refused)
    return redirect(url_for("admin.grants"))


@bp.route("/grants", methods=["GET", "POST"])
@permit(Role.SECURITY_ADMIN)
def grants() -> Response:
    """Who may do what, where, from when to when; and granting more."""
    form = GrantForm()
    form.unit.choices = as_choices(
        [("", ""), *((public_id(uid), name) for uid, name in unit_queries.unit_choices(door.session))]
    )
    if request.method == "POST":
        try:
            _grant(form)
            door.say(_("The role was granted."))
            return redirect(url_for("admin.grants"))
        except Refusal as wrong:
            form.take_errors(wrong)
    else:
        form.login.data = request.args.get("login", "")
    today = local_date(door.now, SHANGHAI)
    page = admin.grants(door.session, today=today, after=_after())
    status = 422 if form.errors or form.general_errors else 200
    shown = {"page": page, "form": form, "own": door.account.id}
    shown["waiting"] = waiting_accounts(door.session, actor=door.actor, today=today)
    return door.render("pages/admin/grants_list.html", status=status, **shown)


def _grant(form: GrantForm) -> None:
    account_id = admin.account_named(door.session, account_services.login_key(form.login.data or ""))
    if account_id is None:
        raise Invalid(Reason("no_account", _("There is no account of that name."), "login"))
    try:
        role, delegates = Role(form.role.data), [Role(each) for each in form.delegates.data or ()]
    except ValueError:
        raise Invalid(Reason("role", _("Please choose a role."), "role")) from None
    grant_services.grant_role(
        door.session,
        actor=door.actor,
        now=door.now,
        account_id=account_id,
        role=role,
        unit_id=parse_id(form.unit.data) if form.unit.data else None,
        starts_on=parse_date(form.starts_on.data or "", "starts_on"),
        ends_on=parse_date(form.ends_on.data, "ends_on") if form.ends_on.data else None,
        delegates=delegates,
    )


@bp.post("/grants/<ident:grant_id>/end")
@permit(Role.SECURITY_ADMIN)
def end_grant(grant_id: int) -> Response:
    """End a grant yesterday: from now on it is not in force."""
    yesterday = local_date(door.now, SHANGHAI) - timedelta(days=1)
    grant_services.end_grant(door.session, actor=door.actor, now=door.now, grant_id=grant_id, ends_on=yesterday)
    door.say(_("The grant has ended."))
    return redirect(url_for("admin.grants"))


@bp.route("/units", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def units() -> Response:
    """The district's units; the list is open (domain §1)."""
    form = _unit_form(None)
    if request.method == "POST":
        try:
            unit_services.add_unit(door.session, actor=door.actor, now=door.now, unit=_unit(form))
            door.say(_("The unit was added."))
            return redirect(url_for("admin.units"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/units_list.html", status=status, units=unit_queries.units(door.session), form=form)


@bp.route("/units/<ident:unit_id>", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def unit(unit_id: int) -> Response:
    """One unit: its names, what it is, whom it belongs to and where it lies."""
    known = unit_queries.unit(door.session, unit_id)
    form = _unit_form(known)
    if request.method == "POST":
        try:
            unit_services.edit_unit(door.session, actor=door.actor, now=door.now, unit_id=unit_id, unit=_unit(form))
            door.say(_("The unit was changed; whoever works there is matched anew tonight."))
            return redirect(url_for("admin.units"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/unit_show.html", status=status, known=known, form=form)


def _unit_form(known: unit_queries.UnitValues | None) -> UnitForm:
    form = UnitForm(obj=known)
    others = [
        (public_id(uid), name)
        for uid, name in unit_queries.unit_choices(door.session)
        if known is None or uid != known.id
    ]
    form.parent.choices = as_choices([("", _("None")), *others])
    return form


def _unit(form: UnitForm) -> unit_services.NewUnit:
    given = form.given()
    try:
        kind = UnitKind(given.pop("kind") or "")
    except ValueError:
        raise Invalid(Reason("kind", _("Please choose a kind."), "kind")) from None
    parent, remoteness = given.pop("parent"), given.pop("remoteness") or "0"
    given |= {name: given[name] or "" for name in ("code", "name_zh", "name_en", "phone")}  # None: it was not sent
    return unit_services.NewUnit(
        kind=kind, parent_id=parse_id(parent) if parent else None,
        remoteness=int(remoteness) if remoteness in CLASSES else -1, **given,
    )  # fmt: skip
