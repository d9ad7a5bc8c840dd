"""The page behind a talent code: whoever scans it sees a masked name, the category and its end. No log-in, once."""

from flask import request
from werkzeug.wrappers import Response

from concierge.blueprints.public import bp
from concierge.services.talent_codes import scan_code
from concierge.web.doors import door
from concierge.web.permits import open_to_all


@bp.route("/t/<token>", methods=["GET", "POST"])
@open_to_all
def talent_code(token: str) -> Response:
    """Ask first, so that no preview of a link uses the code up; then show, or say neutrally that there is nothing."""
    is_asked = request.method == "POST"
    shown = scan_code(door.session, keys=door.keys, token=token, now=door.now) if is_asked else None
    answer = door.render("pages/public/talent_code.html", token=token, is_asked=is_asked, shown=shown, now=door.now)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
