"""The rows behind the campaign's figures on the dashboard."""

from datetime import date
from functools import partial
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id
from concierge.blueprints.lead import bp
from concierge.blueprints.lead.dashboard import CASE_READERS, looked_at
from concierge.blueprints.lead.page import address_of
from concierge.queries.campaign_figures import Span
from concierge.queries.campaign_rows import rows_behind
from concierge.queries.dashboard import Period
from concierge.queries.dashboard_dispatch import served_in, span_between, span_of
from concierge.queries.dispatch_orders import orders_in_sight
from concierge.queries.monthly_figures import month_of
from concierge.queries.summaries import groups_by_code
from concierge.rules.roles import Role
from concierge.rules.summaries import MEASURES
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit

COUNTED = ("batches", "people", "experts")
ORDER_READERS = (Role.LEAD, Role.TALENT_OFFICE)


@bp.get("/dispatch/<name>")
@permit(*CASE_READERS)
def dispatch_rows(name: str) -> Response:
    """The rows behind a figure such as "health.people", of the stretch looked at or of one month, for one township."""
    period = looked_at(calendar_of(door.session, door.actor.district_id))
    group, _dot, measure = name.rpartition(".")
    if measure not in COUNTED:
        raise NotFound()
    span, town = _span(period), request.args.get("town")
    only = served_in(parse_id(town) if town else None)
    after = parse_id(request.args["after"]) if request.args.get("after") else 0
    kept: dict[str, Any] = {key: request.args[key] for key in ("month", "town") if request.args.get(key)}
    kept |= address_of(period)
    found = rows_behind(door.session, span=span, group=group, measure=measure, after=after, only=only)
    named = [row.order_id for row in found.rows if door.actor.has(*ORDER_READERS)]
    return door.render(
        "pages/lead/dispatch_rows.html",
        query=address_of(period),
        year=span.first.year,
        group=groups_by_code(door.session).get(group, ""),
        measure=MEASURES[measure],
        found=found,
        opened=orders_in_sight(door.session, actor=door.actor, ids=named),
        more_of=partial(url_for, "lead.dispatch_rows", name=name, **kept),
    )


def _span(period: Period) -> Span:
    """The month in the address (YYYY-MM), or the stretch looked at. Raises NotFound for what is no month."""
    if not (month := request.args.get("month")):
        return span_of(door.session, period)
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise NotFound() from None
    return span_between(door.session, *month_of(first.year, first.month), period.area)
