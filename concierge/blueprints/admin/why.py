"""Why does somebody see this: the security administrator asks for an account and a case number."""

from flask import request
from werkzeug.wrappers import Response

from concierge.blueprints.admin import bp
from concierge.queries.why_visible import why_visible
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/why")
@permit(Role.SECURITY_ADMIN)
def why() -> Response:
    """Role by role, whether and why an account sees a case; nothing of the case itself."""
    login, number = request.args.get("login", "")[:100], request.args.get("number", "")[:40]
    found = None
    if login and number:
        found = why_visible(door.session, actor=door.actor, login=login, number=number, now=door.now)
    return door.render("pages/admin/why_show.html", found=found, login=login, number=number)
