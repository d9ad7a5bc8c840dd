"""The dashboard as its template shows it: figures in the reader's form, charts drawn with their tables beside them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from concierge.basics import formats
from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.blueprints.lead.case_charts import BANDS, ages_chart, budget_chart, matter_charts, rates_chart
from concierge.blueprints.lead.chart import Chart, cells
from concierge.blueprints.lead.dispatch_charts import dispatch_charts
from concierge.queries import dashboard, dashboard_charts
from concierge.queries.dashboard import Figure, Period
from concierge.queries.dashboard_city import by_district
from concierge.queries.dashboard_dispatch import dispatch_figures
from concierge.queries.dashboard_places import Area, areas
from concierge.queries.dashboard_rows import Knot, OverdueRow, most_overdue, where_most_wait
from concierge.rules.calendar import WorkingCalendar
from concierge.web import charts

SENT = ("batches", "people")
"""The figures of the campaign."""


@dataclass(frozen=True)
class Kpi:
    """One figure as shown, and the address of the rows behind it."""

    label: Text
    value: str
    unit: str
    change: str
    good: bool
    rising: bool
    against: str
    spark: Markup
    opens: str


@dataclass(frozen=True)
class DashboardPage:
    """The whole page."""

    period: Period
    kpis: tuple[Kpi, ...]
    attention: Text | None
    knot: Knot | None
    fields: Chart
    trend: Chart
    ages: Chart
    rates: Chart
    places: Chart
    budget: Chart
    overdue: tuple[OverdueRow, ...]
    overdue_count: int
    areas: tuple[Area, ...]
    districts: Chart | None
    below: tuple[Chart, ...]
    """What makes room for the campaign's charts where there is one."""

    bands: tuple[tuple[str, Text], ...] = tuple(zip(charts.AGE_CLASSES, BANDS, strict=False))

    @property
    def query(self) -> dict[str, Any]:
        """What is looked at, in the words of an address."""
        return address_of(self.period)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in the order of the page."""
        return (
            self.fields,
            self.trend,
            self.ages,
            self.rates,
            self.places,
            self.budget,
            *self.below,
            *filter(None, [self.districts]),
        )


def address_of(period: Period) -> dict[str, Any]:
    """The stretch and the area looked at, in the words of an address."""
    days = {"from": period.first_day.isoformat(), "until": period.last_day.isoformat()}
    area = {"area": public_id(period.area)} if period.area is not None else {}
    return {"period": period.span} | (days if period.span == dashboard.CHOSEN else {}) | area


def dashboard_page(
    session: Session, *, period: Period, calendar: WorkingCalendar, for_the_city: bool = False
) -> DashboardPage:
    """Everything on the dashboard, from live rows; for the city also the counts of its other districts."""
    now = period.now
    ages = dashboard_charts.pending_by_age(session, period, calendar.nth_of)
    overdue = most_overdue(session, period)
    late = dashboard.count_overdue(session, period)
    query = address_of(period)
    campaign = dispatch_charts(session, period, query)
    width = charts.CARD[4] if campaign is not None else charts.CARD[6]
    plain = matter_charts(session, period, local_date(now, calendar.zone), query, width)
    fields, trend, places = campaign or plain
    return DashboardPage(
        period=period,
        kpis=tuple(_kpi(f, now, query, late) for f in _six(session, period)),
        attention=_attention(late, sum(row.counts[3] for row in ages)),
        knot=where_most_wait(session, period),
        fields=fields,
        trend=trend,
        ages=ages_chart(ages, query),
        rates=rates_chart(session, period, query),
        places=places,
        districts=_districts(session, period) if for_the_city else None,
        below=plain if campaign is not None else (),
        areas=tuple(areas(session)),
        budget=budget_chart(session, period, query),
        overdue=tuple(overdue),
        overdue_count=late,
    )


def _six(session: Session, period: Period) -> list[Figure]:
    """The six figures: a district with a campaign looks at its batches and person-times first.

    What is pending and what was paid then stands in their charts alone.
    """
    figures = dashboard.figures(session, period)
    sent = dispatch_figures(session, period)
    return [*sent, *(f for f in figures if f.name not in ("pending", "paid"))] if sent else figures


def _attention(late: int, old: int) -> Text | None:
    if late and old:
        return _(
            "%(late)s matters are past their limit; %(old)s benefits have waited over 20 working days.",
            late=late,
            old=old,
        )
    if late:
        return _("%(late)s matters are past their limit.", late=late)
    if old:
        return _("%(old)s benefits have waited over 20 working days.", old=old)
    return None


def _kpi(figure: Figure, now: datetime, query: dict[str, Any], late: int) -> Kpi:
    value, unit = _shown(figure)
    change, rising = "", True
    if figure.before and figure.value is not None:
        difference = figure.value - figure.before
        points = f"{difference:+,d}" if isinstance(difference, int) else f"{difference:+.1f}"
        rising, change = difference >= 0, str(_("%(points)s on last year", points=points))
    against = ""
    if figure.target is not None:
        against = str(_("Target %(percent)s", percent=f"{figure.target:.0f}%"))
    if figure.name == "open":
        against = str(_("past their limit: %(n)s", n=late))
    if figure.name == "budget":
        passed = 100 * (local_date(now, SHANGHAI).timetuple().tm_yday - 1) / 365
        against = str(_("Year passed: %(percent)s", percent=f"{passed:.1f}%"))
        if figure.value is not None:
            rising, ahead = figure.value >= passed, f"{figure.value - passed:+.1f}"
            change = str(_("%(points)s points to the calendar", points=ahead))
    spark = charts.spark(figure.spark)
    return Kpi(figure.label, value, unit, change, rising, rising, against, spark, _opens(figure.name, query))


def _opens(name: str, query: dict[str, Any]) -> str:
    """The address of the rows behind a figure: what was paid stands behind the execution of the budget."""
    if name in SENT:
        return url_for("lead.dispatch_rows", name=name, **query)
    return url_for("lead.rows", name="paid" if name == "budget" else name, **query)


def _shown(figure: Figure) -> tuple[str, str]:
    if figure.value is None:
        return "—", ""
    if figure.unit == "fen":
        return formats.money_wan(int(figure.value)), ""
    if isinstance(figure.value, float):
        return f"{figure.value:.2f}" if figure.unit == "/ 5" else f"{figure.value:.1f}", figure.unit
    return formats.number(figure.value), figure.unit


def _districts(session: Session, period: Period) -> Chart | None:
    """Every district's counts; None where the site has but one. Of other districts nothing opens."""
    found = by_district(session, period)
    if len(found) < 2:
        return None
    title, heads = _("Districts side by side"), (str(_("Being handled")), str(_("Past the limit")))
    bars = [charts.Pair(str(row.name), row.open, row.overdue) for row in found]
    more = str(_("Benefits pending")), str(_("Batches")), str(_("Person-times"))
    rows = cells((str(r.name), r.open, r.overdue, r.pending, r.batches, r.people) for r in found)
    svg = charts.pair_bars(bars, heads=heads, title=str(title), width=charts.CARD[12])
    note = _("Counts alone: cases of another district are not opened from here.")
    return Chart(title, svg, (str(_("District")), *heads, *more), rows, note=note)
