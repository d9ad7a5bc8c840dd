"""The way in and the way out."""

import secrets

from flask import redirect, request, url_for
from flask import session as cookie
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.text import LANGUAGES, _
from concierge.blueprints.auth import bp
from concierge.blueprints.auth.forms import CodeForm, LoginForm
from concierge.services import accounts, log_ins, second_factor
from concierge.web.doors import door
from concierge.web.login import Visitor
from concierge.web.permits import open_to_all, signed_in

YEAR = 365 * 24 * 3600
LONGEST_DEVICE = 60  # characters
CODES = {"zh": "zh_CN", "en": "en"}


@bp.route("/login", methods=["GET", "POST"])
@open_to_all
def login() -> Response:
    """The log-in page. A wrong name and a wrong password are told with the same words."""
    form = LoginForm()
    if request.method == "GET":
        if door.visitor is not None:
            return redirect("/")
        return door.render("pages/auth/login.html", form=form, next=request.args.get("next", ""))
    device = _device() or secrets.token_urlsafe(32)
    try:
        begun = log_ins.log_in(
            door.session,
            keys=door.keys,
            login=form.login.data or "",
            password=form.password.data or "",
            now=door.now,
            address=door.address,
            device=device,
            language=cookie.get("language"),
        )
    except Invalid as wrong:
        form.take_errors(wrong)
        return door.render("pages/auth/login.html", status=422, form=form, next=request.form.get("next", ""))
    cookie.clear()
    cookie.permanent = True
    login_user(Visitor(begun.token))
    answer = redirect(url_for("auth.code", next=door.back("/")) if begun.needs_code else door.back("/"))
    answer.set_cookie(
        _device_cookie(), device, max_age=YEAR, samesite="Lax", secure=door.settings.is_https, httponly=True
    )
    return answer


def _device() -> str:
    """What this device was given at its first log-in; it opens nothing, but tells a colleague from a stranger."""
    given = request.cookies.get(_device_cookie(), "")
    return given if len(given) <= LONGEST_DEVICE else ""


def _device_cookie() -> str:
    return "__Host-concierge-device" if door.settings.is_https else "concierge-device"


@bp.route("/login/code", methods=["GET", "POST"])
@signed_in
def code() -> Response:
    """The second factor, for those whose duties ask for one."""
    form = CodeForm()
    if request.method == "POST":
        try:
            second_factor.verify_login(
                door.session,
                keys=door.keys,
                account_id=door.account.id,
                token=door.token,
                code=form.code.data or "",
                now=door.now,
                address=door.address,
                device=_device(),
            )
            return redirect(door.back("/"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/auth/code.html", status=status, form=form, next=door.back("/"))


@bp.post("/logout")
@signed_in
def logout() -> Response:
    """End this log-in; its cookie is dead at once."""
    log_ins.log_out(door.session, token=door.token, now=door.now)
    logout_user()
    cookie.clear()
    door.say(_("You have logged out."))
    return redirect(url_for("auth.login"))


@bp.post("/account/log-out")
@signed_in
def log_out_everywhere() -> Response:
    """End every log-in of mine, this one too; API tokens and the calendar link only if they are ticked."""
    log_ins.log_out_everywhere(
        door.session,
        actor=door.actor,
        now=door.now,
        tokens=request.form.get("tokens") == "1",
        calendar=request.form.get("calendar") == "1",
    )
    logout_user()
    cookie.clear()
    door.say(_("You have logged out everywhere."))
    return redirect(url_for("auth.login"))


@bp.get("/lang/<code>")
@open_to_all
def language(code: str) -> Response:
    """Switch the language, here and in the account's settings; before the log-in, in those of who logs in next."""
    chosen = CODES.get(code, code)
    if chosen not in LANGUAGES:
        raise NotFound()
    if door.visitor is not None:
        door.open_for_writing()
        accounts.set_preferences(door.session, account_id=door.account.id, language=chosen)
    else:
        cookie["language"] = chosen
    answer = redirect(door.back("/"))
    answer.set_cookie("lang", chosen, max_age=YEAR, samesite="Lax", secure=door.settings.is_https, httponly=True)
    return answer
