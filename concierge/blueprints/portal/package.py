"""One form for everything a new arrival needs, and what became of each part of it."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, Refusal
from concierge.basics.text import _
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import fresh_key, my_id, today
from concierge.queries.packages import newest_package
from concierge.rules.roles import Role
from concierge.services.packages import open_package
from concierge.web.doors import door
from concierge.web.packages import package_form, policies_offered, wish_of
from concierge.web.permits import permit


@bp.route("/package", methods=["GET", "POST"])
@permit(Role.EXPERT)
def package() -> Response:
    """Ask for it all at once; the claims go their ways side by side."""
    form, status = package_form(today()), 200
    if request.method == "POST":
        wish, key = wish_of(form, my_id()), door.request_key()
        try:
            open_package(door.session, actor=door.actor, now=door.now, wish=wish, key=key)
        except Refusal as refused:
            form.take_errors(refused)
            status = 422 if isinstance(refused, Invalid) else 409
        else:
            door.say(_("Asked for. What is still needed of you stands beside each part."))
            return redirect(url_for("portal.package"))
    return door.render(
        "pages/portal/package_show.html",
        status=status,
        form=form,
        policies=policies_offered(),
        package=newest_package(door.session, person_id=my_id()),
        key=fresh_key(),
        has_errors=status != 200,
    )
