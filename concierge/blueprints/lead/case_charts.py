"""The charts of matters, benefits, units, workplaces and money, each with its rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from concierge.basics import formats
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.blueprints.lead.chart import Chart, cells
from concierge.queries import dashboard, dashboard_charts
from concierge.queries.dashboard import ON_TIME_TARGET, Period
from concierge.queries.dashboard_charts import AgeRow
from concierge.queries.dashboard_places import workplaces
from concierge.rules.care import CATEGORIES
from concierge.web import charts

BANDS = (_("up to 5 working days"), _("6 to 10"), _("11 to 20"), _("over 20"))
Query = dict[str, Any]


def matter_charts(
    session: Session, period: Period, today: date, query: Query, width: int
) -> tuple[Chart, Chart, Chart]:
    """Care requests by field, matters closed by month, where the experts work; `query` says what is looked at."""
    places = _places(session, today, period.area, query)
    return _care(session, period, query, width), _closed(session, period, query, width), places


def _care(session: Session, period: Period, query: Query, width: int) -> Chart:
    found = dashboard_charts.care_by_field(session, period)
    rows = [(str(_label(each.category)), each.requests, each.experts) for each in found]
    heads = (str(_("Requests")), str(_("Experts concerned")))
    title = _("Care requests by field")
    svg = charts.pair_bars([charts.Pair(*row) for row in rows], heads=heads, title=str(title), width=width)
    opens = [("", *[_cases("care", query, category=each.category)] * 2) for each in found]
    return Chart(title, svg, (str(_("Field")), *heads), cells(rows), cells(opens))


def _label(category: str) -> Text | str:
    return CATEGORIES[category].label if category in CATEGORIES else category


def _closed(session: Session, period: Period, query: Query, width: int) -> Chart:
    full, years = period.month - 1, (period.year, period.year - 1)  # the present month is not over and is not drawn
    this = dashboard.months_closed(session, period.year, period.month, period.area)
    last = dashboard.months_closed(session, period.year - 1, 12, period.area)
    labels = _months()
    names = str(_("This year")), str(_("Last year"))
    courses = [
        charts.Course(names[0], "l1", [*this[:full], *[None] * (12 - full)]),
        charts.Course(names[1], "l3", last),
    ]
    title = _("Matters closed by month")
    rows = [(labels[m], this[m] if m < len(this) else "", last[m]) for m in range(12)]
    opens = [("", *(_cases("closed", query, month=f"{y}-{m:02}") for y in years)) for m in range(1, 13)]
    svg = charts.lines(labels, courses, title=str(title), width=width)
    note = _("The month that is not over is not drawn.")
    return Chart(title, svg, (str(_("Month")), *names), cells(rows), cells(opens), note)


def _months() -> list[str]:
    return [formats.month_name(month) for month in range(1, 13)]


def ages_chart(found: Sequence[AgeRow], query: Query) -> Chart:
    """Pending benefits by policy and by how long they have waited."""
    title = _("Benefits pending by time waited")
    bands = [str(band) for band in BANDS]
    svg = charts.stacked_age([charts.Ages(str(r.policy), r.counts) for r in found[:8]], bands=bands, title=str(title))
    opens = [
        ("", *(_cases("pending", query, policy=public_id(row.policy_id), waited=band) for band in range(len(BANDS))))
        for row in found
    ]
    rows = cells((str(r.policy), *r.counts) for r in found)
    return Chart(title, svg, (str(_("Policy")), *bands), rows, cells(opens))


def rates_chart(session: Session, period: Period, query: Query) -> Chart:
    """Steps done within their limits, by the unit that held the case: the percentage opens those that were late."""
    found = dashboard_charts.on_time_by_unit(session, period)
    title = _("Steps on time by unit")
    svg = charts.bullet(
        [charts.Rate(str(r.unit), r.rate) for r in found],
        target=ON_TIME_TARGET,
        target_words=str(_("Target %(percent)s", percent="95%")),
        title=str(title),
    )
    head = (str(_("Unit")), str(_("On time")), str(_("Steps")))
    opens = [
        (
            "",
            _lines("steps", query, unit=public_id(r.unit_id), late="yes"),
            _lines("steps", query, unit=public_id(r.unit_id)),
        )
        for r in found
    ]
    return Chart(title, svg, head, cells((str(r.unit), f"{r.rate:.1f}%", r.steps) for r in found), cells(opens))


def _places(session: Session, today: date, area: int | None, query: Query) -> Chart:
    found = workplaces(session, today, area)
    rows = [(str(place.unit), place.experts) for place in found]
    title = _("Where the experts work")
    svg = charts.tiles(charts.tile_places(rows, columns=3), title=str(title), columns=3)
    note = _("Tiles stand for employers; no boundary is drawn.")
    opens = [("", _lines("experts", query, unit=public_id(place.unit_id))) for place in found]
    head = (str(_("Employer")), str(_("Experts concerned")))
    return Chart(title, svg, head, cells(rows), cells(opens), note)


def budget_chart(session: Session, period: Period, query: Query) -> Chart:
    """What was paid month by month beside what an even year would have paid."""
    paid = [fen / 1_000_000 for fen in dashboard_charts.paid_by_month(session, period)]
    plan_total = dashboard.budget_total(session, period.year) / 1_000_000
    plan = [plan_total * (m + 1) / 12 for m in range(12)]
    labels = _months()
    title = _("Budget execution (cumulative, in 10,000 yuan)")
    courses = [
        charts.Course(str(_("Paid")), "l1", [*paid, *[None] * (12 - len(paid))]),
        charts.Course(str(_("Plan by calendar")), "l3", plan),
    ]
    rows = [(labels[m], f"{paid[m]:,.2f}" if m < len(paid) else "", f"{plan[m]:,.2f}") for m in range(12)]
    opens = [("", _lines("payments", query, month=m), _lines("budget", query)) for m in range(1, 13)]
    head = (str(_("Month")), str(_("Paid")), str(_("Plan by calendar")))
    svg = charts.lines(labels, courses, title=str(title), width=757)
    return Chart(title, svg, head, cells(rows), cells(opens))


def _cases(name: str, query: Query, **more: Any) -> str:
    return url_for("lead.rows", name=name, **query, **more)


def _lines(name: str, query: Query, **more: Any) -> str:
    return url_for("lead.lines", name=name, **query, **more)
