"""The dashboard and the rows behind its figures."""

from datetime import date

from flask import request
from werkzeug.wrappers import Response

from concierge.basics.errors import Invalid, NotFound
from concierge.basics.formats import parse_date
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.blueprints.lead import bp
from concierge.blueprints.lead.page import DashboardPage, address_of, dashboard_page
from concierge.documents.dashboard_book import dashboard_xlsx
from concierge.engine.declare import FLOWS
from concierge.queries import dashboard as figures
from concierge.queries.dashboard_places import areas
from concierge.queries.dashboard_rows import NARROWED, clause_behind, rows_behind
from concierge.queries.deadlines import lamp
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.web.doors import door
from concierge.web.permits import permit

READERS = (Role.LEAD, Role.CITY_LEAD, Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
CASE_READERS = (Role.LEAD, Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
PAGE = 50
SPANS = {
    "week": _("This week"),
    "month": _("This month"),
    "quarter": _("This quarter"),
    "year": _("This year"),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("")
@permit(*READERS)
def dashboard() -> Response:
    """Six figures, what needs attention, and the charts."""
    calendar = calendar_of(door.session, door.actor.district_id)
    page = _page()
    lamps = {row.id: lamp(row, now=door.now, calendar=calendar) for row in page.overdue}
    return door.render(
        "pages/lead/dashboard_show.html",
        page=page,
        lamps=lamps,
        flows=FLOWS,
        spans=SPANS,
        may_open=door.actor.has(*CASE_READERS),
    )


def _page() -> DashboardPage:
    calendar = calendar_of(door.session, door.actor.district_id)
    city = door.actor.has(Role.CITY_LEAD)
    return dashboard_page(door.session, period=looked_at(calendar), calendar=calendar, for_the_city=city)


def looked_at(calendar: WorkingCalendar) -> figures.Period:
    """The stretch and the area in the address; days that are no stretch are told, and the year is shown."""
    area = parse_id(request.args["area"]) if request.args.get("area") else None
    if area is not None and area not in {known.id for known in areas(door.session)}:
        raise NotFound()
    span = request.args.get("period", "")
    try:
        return figures.Period.of(door.now, calendar, span, area, _chosen() if span == figures.CHOSEN else None)
    except Invalid as wrong:
        door.say_why(wrong)
    return figures.Period.of(door.now, calendar, area=area)


def _chosen() -> tuple[date, date]:
    """The days in the address. Raises Invalid."""
    first, last = (parse_date(request.args.get(name, ""), name) for name in ("from", "until"))
    return first, last


@bp.get("/figures.xlsx")
@permit(*READERS)
def export() -> Response:
    """The figures and the table of every chart as a workbook."""
    page = _page()
    head = [str(words) for words in (_("Figure"), _("Reading"), _("Against last year"), _("Against"))]
    shown = [(str(k.label), f"{k.value} {k.unit}".strip(), k.change, k.against) for k in page.kpis]
    tables = [(str(_("Six figures")), head, shown), *((str(c.title), c.head, c.rows) for c in page.charts)]
    headers = {"Content-Disposition": "attachment; filename=figures.xlsx", "Cache-Control": "no-store"}
    return Response(dashboard_xlsx(tables), mimetype=XLSX, headers=headers)


@bp.get("/rows/<name>")
@permit(*CASE_READERS)
def rows(name: str) -> Response:
    """The rows behind a figure, or behind a cell of a chart: of a step, a field of care, a month, an age."""
    calendar = calendar_of(door.session, door.actor.district_id)
    period = looked_at(calendar)
    kept = {key: request.args[key] for key in NARROWED if request.args.get(key)}
    query = address_of(period) | kept
    clause = clause_behind(door.session, name, period, kept, calendar.nth_of)
    after = parse_id(request.args["after"]) if request.args.get("after") else 0
    found = rows_behind(door.session, clause, after=after, limit=PAGE + 1)
    lamps = {row.id: lamp(row, now=door.now, calendar=calendar) for row in found}
    return door.render(
        "pages/lead/rows_list.html",
        name=name,
        query=query,
        rows=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        lamps=lamps,
        flows=FLOWS,
    )
