"""The front door: sends everybody to where his work begins."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from concierge.blueprints.public import bp
from concierge.web.doors import door
from concierge.web.permits import open_to_all
from concierge.web.shell import first_page


@bp.get("/")
@open_to_all
def front() -> Response:
    """The first page of one's role, or the log-in."""
    return redirect(url_for("auth.login") if door.visitor is None else first_page(door.actor.roles))
