"""The audit trail, for the audit administrator alone."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.admin import bp
from concierge.queries import admin
from concierge.rules.audit_words import ACTS
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/audit")
@permit(Role.AUDIT_ADMIN)
def audit() -> Response:
    """Who did what, newest first."""
    act = request.args.get("act", "").strip()
    before = parse_id(request.args["before"]) if request.args.get("before") else None
    page = admin.audit(door.session, act=act, before=before)
    acts = [
        ("", _("Every act")),
        *sorted(((code, str(label)) for code, label in ACTS.items()), key=lambda each: each[1]),
    ]
    return door.render("pages/admin/audit_list.html", page=page, act=act, acts=acts)
