"""How the district calls itself, and the history of what holds for the whole office."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.blueprints.admin.forms import DistrictForm
from concierge.queries.admin import district_values
from concierge.queries.settings_history import settings_history
from concierge.rules.roles import Role
from concierge.services.districts import DistrictNames, rename_district
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/settings")
@permit(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
def settings() -> Response:
    """Who changed which setting, when, and from what to what; newest first."""
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    page = settings_history(door.session, actor=door.actor, before=before)
    return door.render("pages/admin/settings_list.html", page=page)


@bp.route("/district", methods=["GET", "POST"])
@permit(Role.SYSTEM_ADMIN)
def district() -> Response:
    """Names, address and hotline of the district: headers, guide, letters and mails say them."""
    form = DistrictForm(obj=district_values(door.session, door.actor.district_id))
    if request.method == "POST":
        try:
            names = DistrictNames(**{name: value or "" for name, value in form.given().items()})
            rename_district(door.session, actor=door.actor, now=door.now, names=names)
            door.say(_("It is said so from now on."))
            return redirect(url_for("admin.district"))
        except Invalid as wrong:
            form.take_errors(wrong)
    status = 422 if form.errors or form.general_errors else 200
    return door.render("pages/admin/district_show.html", status=status, form=form)
