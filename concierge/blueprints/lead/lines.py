"""What the dashboard's charts count beside cases: steps of a unit, experts in post, payments, budget lines."""

from functools import partial
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.lead import bp
from concierge.blueprints.lead.dashboard import CASE_READERS, looked_at
from concierge.blueprints.lead.page import address_of
from concierge.queries.dashboard_lines import Asked, lines_behind
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit

TITLES = {
    "steps": _("Steps on time by unit"),
    "experts": _("Where the experts work"),
    "payments": _("Paid"),
    "budget": _("Budget lines"),
}


@bp.get("/lines/<any(steps,experts,payments,budget):name>")
@permit(*CASE_READERS)
def lines(name: str) -> Response:
    """The rows behind a cell of a chart: of one unit, only those that were late, up to a month."""
    period = looked_at(calendar_of(door.session, door.actor.district_id))
    found, following = lines_behind(door.session, name, period, _asked())
    kept: dict[str, Any] = {key: request.args[key] for key in ("unit", "late", "month") if request.args.get(key)}
    return door.render(
        "pages/lead/lines_list.html", title=TITLES[name], rows=found, next=following, query=address_of(period),
        more_of=partial(url_for, "lead.lines", name=name, **kept, **address_of(period)),
    )  # fmt: skip


def _asked() -> Asked:
    args = request.args
    month = args.get("month", "12")
    if not (month.isascii() and month.isdigit() and 1 <= int(month) <= 12):
        raise NotFound()
    return Asked(
        unit_id=parse_id(args["unit"]) if args.get("unit") else None,
        late=bool(args.get("late")),
        month=int(month),
        after=parse_id(args["after"]) if args.get("after") else 0,
    )
