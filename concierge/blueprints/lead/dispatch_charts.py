"""The campaign's charts: dispatches by field, person-times by month, experts by township, each with its rows."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from concierge.basics import formats
from concierge.basics.ids import public_id
from concierge.basics.text import _
from concierge.blueprints.lead.chart import Chart, cells
from concierge.queries.campaign_figures import Span
from concierge.queries.dashboard import Period
from concierge.queries.dashboard_dispatch import TownRow, by_field, by_township, people_by_month, span_of
from concierge.web import charts

Query = dict[str, Any]


def dispatch_charts(session: Session, period: Period, query: Query) -> tuple[Chart, Chart, Chart] | None:
    """The three charts; None for a district without a campaign this year. `query` says in links what is looked at."""
    span = span_of(session, period)
    if not span.campaigns:
        return None
    return _fields(session, span, query), _trend(session, period, query), _towns(session, span, query)


def _fields(session: Session, span: Span, query: Query) -> Chart:
    found = by_field(session, span)
    title, heads = _("Dispatched by field"), (str(_("Batches")), str(_("Person-times")))
    rows = [(str(row.name), row.batches, row.people) for row in found]
    opens = [("", _rows(f"{row.code}.batches", query), _rows(f"{row.code}.people", query)) for row in found]
    svg = charts.pair_bars([charts.Pair(*row) for row in rows], heads=heads, title=str(title))
    note = _("Each column has its own scale; a batch may take several experts.")
    return Chart(title, svg, (str(_("Field")), *heads), cells(rows), cells(opens), note)


def _trend(session: Session, period: Period, query: Query) -> Chart:
    full, years = period.month - 1, (period.year, period.year - 1)  # the present month is not over and is not drawn
    this, last = (people_by_month(session, year, period.area) for year in years)
    labels = [formats.month_name(month) for month in range(1, 13)]
    names = str(_("This year")), str(_("Last year"))
    courses = [charts.Course(names[0], "l1", [*this[:full], *[None] * (12 - full)])]
    if any(last):
        courses.append(charts.Course(names[1], "l3", last))
    title = _("Person-times by month")
    rows = [(labels[m], this[m] if m < period.month else "", last[m]) for m in range(12)]
    opens = [("", *(_rows("people", query | {"month": f"{y}-{m:02}"}) for y in years)) for m in range(1, 13)]
    svg = charts.lines(labels, courses, title=str(title)) if full else charts.lines([], [], title=str(title))
    note = _("The month that is not over is not drawn.")
    return Chart(title, svg, (str(_("Month")), *names), cells(rows), cells(opens), note)


def _towns(session: Session, span: Span, query: Query) -> Chart:
    found = by_township(session, span)
    title = _("Experts who served, by township")
    tiles = charts.tile_places([(str(row.name), row.experts) for row in found], columns=3)
    heads = _("Township"), _("Different experts"), _("Person-times"), _("Service days")
    rows = [(str(r.name), r.experts, r.people, formats.number(r.half_days / 2)) for r in found]
    note = _("Tiles stand for townships; no boundary is drawn.")
    svg = charts.tiles(tiles, title=str(title), columns=3)
    return Chart(title, svg, tuple(map(str, heads)), cells(rows), cells(_of_town(r, query) for r in found), note)


def _of_town(row: TownRow, query: Query) -> tuple[str, ...]:
    here = query | {"town": public_id(row.id)}
    return "", *(_rows(measure, here) for measure in ("experts", "people", "batches"))


def _rows(name: str, query: Query) -> str:
    return url_for("lead.dispatch_rows", name=name, **query)
