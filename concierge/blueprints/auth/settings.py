"""One's own settings: password, second factor, how the product looks."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _
from concierge.blueprints.auth import bp
from concierge.blueprints.auth.forms import EnrolForm, PasswordForm
from concierge.queries.calendar_feed import is_fed
from concierge.queries.login import notice_wishes
from concierge.rules.quiet import MailWish
from concierge.rules.roles import TWO_FACTORS
from concierge.services import accounts, preferences, second_factor
from concierge.web.doors import door
from concierge.web.permits import signed_in

QUIET = ("quiet_from", "quiet_to")
HOURS = [("", _("no quiet hours"))] + [(str(hour), f"{hour:02}:00") for hour in range(24)]
THEMES, SIZES = ("light", "dark"), ("normal", "large")


@bp.get("/account")
@signed_in
def account() -> Response:
    """My settings."""
    return _show()


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


@bp.post("/account/notices")
@signed_in
def notices() -> Response:
    """Keep which notices are mailed, and when none is."""
    hours = [int(typed) if typed.isascii() and typed.isdigit() else None for typed in map(_typed, QUIET)]
    try:
        preferences.keep_notice_wishes(
            door.session, account_id=door.account.id, mail=_typed("mail"), quiet_from=hours[0], quiet_to=hours[1]
        )
    except Invalid as wrong:
        return _show(status=422, errors=[reason.text for reason in wrong.reasons])
    door.say(_("Your settings are kept."))
    return redirect(url_for("auth.account"))


@bp.post("/account/calendar")
@signed_in
def calendar() -> Response:
    """Make a secret link to my calendar, shown this once; or end it."""
    if request.form.get("end") == "1":
        preferences.end_feed(door.session, actor=door.actor, now=door.now)
        door.say(_("The link is dead."))
        return redirect(url_for("auth.account"))
    token = preferences.make_feed(door.session, actor=door.actor, now=door.now)
    answer = _show(link=f"{door.settings.base_url}{url_for('public.calendar', token=token)}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _typed(name: str) -> str:
    return request.form.get(name, "")


def _show(status: int = 200, *, link: str = "", errors: Sequence[Text] = ()) -> Response:
    wishes = notice_wishes(door.session, door.account.id)
    page: dict[str, Any] = {
        "wishes": wishes,
        "mails": [(wish.value, wish.label) for wish in MailWish],
        "hours": HOURS,
        "link": link,
    }
    page |= {"fed": is_fed(door.session, door.actor), "has_role": bool(door.actor.roles), "errors": errors}
    return door.render("pages/auth/account.html", status=status, account=door.account, **page)


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> Response:
    """Change my password; my other log-ins end."""
    form = PasswordForm()
    if request.method == "POST":
        try:
            accounts.change_password(
                door.session,
                keys=door.keys,
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
    form = EnrolForm()
    if not door.account.has_second_factor:
        del form.present
    secret = request.form.get("secret", "")
    if request.method == "POST":
        try:
            second_factor.enrol(
                door.session,
                keys=door.keys,
                actor=door.actor,
                secret=secret,
                code=form.code.data or "",
                now=door.now,
                present=request.form.get("present", ""),
            )
            door.say(_("The second factor is set up. You will be asked for a code at your next log-in."))
            return redirect(url_for("auth.account"))
        except Invalid as wrong:
            form.take_errors(wrong)
    offer = second_factor.offer(door.account.login, secret or None)
    status = 422 if form.errors or form.general_errors else 200
    forced = not (door.account.is_demo or door.account.has_second_factor) and bool(door.actor.roles & TWO_FACTORS)
    return door.render("pages/auth/second_factor.html", status=status, form=form, offer=offer, forced=forced)
