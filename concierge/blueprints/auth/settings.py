"""One's own settings: password, second factor, how the product looks."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import _
from concierge.blueprints.auth import bp
from concierge.blueprints.auth.forms import CodeForm, PasswordForm
from concierge.services import accounts, second_factor
from concierge.web.doors import door
from concierge.web.permits import signed_in

THEMES, SIZES = ("light", "dark"), ("normal", "large")


@bp.get("/account")
@signed_in
def account() -> Response:
    """My settings."""
    return door.render("pages/auth/account.html", account=door.account)


@bp.post("/account/look")
@signed_in
def look() -> Response:
    """Keep how I want to see the product."""
    theme, size = request.form.get("theme", ""), request.form.get("text_size", "")
    accounts.set_preferences(
        door.session,
        account_id=door.account.id,
        theme=theme if theme in THEMES else None,
        text_size=size if size in SIZES else None,
        shortcuts=request.form.get("shortcuts") == "1",
    )
    door.say(_("Your settings are kept."))
    return redirect(url_for("auth.account"))


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> Response:
    """Change my password; my other log-ins end."""
    form = PasswordForm()
    if request.method == "POST":
        try:
            accounts.change_password(
                door.session,
                actor=door.actor,
                now=door.now,
                old=form.old_password.data or "",
                new=form.new_password.data or "",
                keep_token=door.token,
            )
            door.say(_("Your password was changed. Your other log-ins have ended."))
            return redirect("/")
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/auth/password.html", status=status, form=form, forced=door.account.must_change_password)


@bp.route("/account/second-factor", methods=["GET", "POST"])
@signed_in
def enrol() -> Response:
    """Set up the second factor: scan, then prove it with a code."""
    form = CodeForm()
    secret = request.form.get("secret", "")
    if request.method == "POST":
        try:
            second_factor.enrol(
                door.session, keys=door.keys, actor=door.actor, secret=secret, code=form.code.data or "", now=door.now
            )
            door.say(_("The second factor is set up. You will be asked for a code at your next log-in."))
            return redirect(url_for("auth.account"))
        except Invalid as wrong:
            form.take_errors(wrong)
    offer = second_factor.offer(door.account.login, secret or None)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/auth/second_factor.html", status=status, form=form, offer=offer)
