"""The history of what holds for the whole office, for each of the three administrators."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.ids import parse_id
from concierge.blueprints.admin import bp
from concierge.queries.settings_history import settings_history
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/settings")
@permit(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
def settings() -> Response:
    """Who changed which setting, when, and from what to what; newest first."""
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    page = settings_history(door.session, actor=door.actor, before=before)
    return door.render("pages/admin/settings_list.html", page=page)
