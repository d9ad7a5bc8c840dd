"""The dashboard and the rows behind its figures."""

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.blueprints.lead import bp
from concierge.blueprints.lead.page import dashboard_page
from concierge.engine.declare import FLOWS
from concierge.queries import dashboard as figures
from concierge.queries.dashboard_rows import rows_behind
from concierge.queries.deadlines import lamp
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit

READERS = (Role.LEAD, Role.CITY_LEAD, Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
PAGE = 50


@bp.get("")
@permit(*READERS)
def dashboard() -> Response:
    """Six figures, what needs attention, and the charts."""
    calendar = calendar_of(door.session, door.actor.district_id)
    page = dashboard_page(door.session, now=door.now, calendar=calendar)
    lamps = {row.id: lamp(row, now=door.now, calendar=calendar) for row in page.overdue}
    return door.render("pages/lead/dashboard_show.html", page=page, lamps=lamps, flows=FLOWS)


@bp.get("/rows/<name>")
@permit(*READERS)
def rows(name: str) -> Response:
    """The rows behind a figure."""
    clause = figures.CLAUSES.get(name)
    if clause is None:
        raise NotFound()
    calendar = calendar_of(door.session, door.actor.district_id)
    period = figures.Period.of(door.now, calendar)
    after = parse_id(request.args["after"]) if request.args.get("after") else 0
    found = rows_behind(door.session, clause(period), after=after, limit=PAGE + 1)
    lamps = {row.id: lamp(row, now=door.now, calendar=calendar) for row in found}
    return door.render(
        "pages/lead/rows_list.html",
        name=name,
        rows=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        lamps=lamps,
        flows=FLOWS,
    )
