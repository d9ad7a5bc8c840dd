"""Flows are read-only pages: the diagram, the limits, the open cases by state."""

from markupsafe import Markup
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.blueprints.admin import bp
from concierge.engine.declare import FLOWS
from concierge.engine.draw import draw
from concierge.queries import admin
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit

READERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.TALENT_OFFICE)


@bp.get("/flows")
@permit(*READERS)
def flows() -> Response:
    """All flows."""
    return door.render("pages/admin/flows_list.html", flows=list(FLOWS.values()))


@bp.get("/flows/<kind>")
@permit(*READERS)
def flow(kind: str) -> Response:
    """One flow: diagram, states with limits and open cases, steps with who may take them."""
    found = FLOWS.get(kind)
    if found is None:
        raise NotFound()
    drawn = Markup(draw(found))  # noqa: S704  drawn by the engine from escaped labels
    return door.render(
        "pages/admin/flow_show.html", flow=found, drawn=drawn, states=admin.open_by_state(door.session, kind)
    )
