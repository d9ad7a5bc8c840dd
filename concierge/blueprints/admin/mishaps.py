"""What failed on our side, for operators: by the reference number that a page showed."""

from flask import request
from werkzeug.wrappers import Response

from concierge.blueprints.admin import bp
from concierge.queries.mishaps import mishaps as written_down
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit


@bp.get("/errors", endpoint="errors")
@permit(Role.SYSTEM_ADMIN)
def errors() -> Response:
    """The newest failed requests, or those of a number."""
    number = request.args.get("q", "").strip()[:60]
    rows = written_down(door.session, district_id=door.actor.district_id, reference=number)
    return door.render("pages/admin/errors_list.html", rows=rows, number=number)
