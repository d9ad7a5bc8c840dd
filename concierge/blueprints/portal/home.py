"""The expert's first page, and who looked at his file."""

from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.blueprints.portal import bp
from concierge.blueprints.portal.surroundings import before, calendar, my_id, today
from concierge.queries import portal_home, portal_looks
from concierge.queries.field_service import services_of
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit
from concierge.web.reasons import keep_what_is_shown


@bp.get("")
@permit(Role.EXPERT)
def home() -> Response:
    """What needs me, what is under way, what was paid, what I may enjoy, who helps me."""
    keep_what_is_shown(my_id())
    page = portal_home.home(door.session, person_id=my_id(), now=door.now, calendar=calendar())
    if page is None:
        raise NotFound()
    services = services_of(door.session, person_id=my_id(), today=today())
    return door.render("pages/portal/home_show.html", page=page, services=services)


@bp.get("/looks")
@permit(Role.EXPERT)
def looks() -> Response:
    """Who looked at my file, when and why."""
    page = portal_looks.looks_at(door.session, actor=door.actor, before=before())
    return door.render("pages/portal/look_list.html", page=page)
