"""The dashboard as its template shows it: figures in the reader's form, charts drawn with their tables beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from concierge.basics import formats
from concierge.basics.clock import local_date
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.blueprints.lead.chart import Chart, cells
from concierge.blueprints.lead.dispatch_charts import dispatch_charts
from concierge.queries import dashboard, dashboard_charts
from concierge.queries.dashboard import ON_TIME_TARGET, Figure, Period
from concierge.queries.dashboard_city import by_district
from concierge.queries.dashboard_places import Area, areas, workplaces
from concierge.queries.dashboard_rows import Knot, OverdueRow, most_overdue, where_most_wait
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.care import CATEGORIES
from concierge.web import charts

BANDS = (_("up to 5 working days"), _("6 to 10"), _("11 to 20"), _("over 20"))


@dataclass(frozen=True)
class Kpi:
    """One figure as shown."""

    name: str
    label: Text
    value: str
    unit: str
    change: str
    good: bool
    rising: bool
    against: str
    spark: Markup


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
    def query(self) -> dict[str, str]:
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


def address_of(period: Period) -> dict[str, str]:
    """The stretch and the area looked at, in the words of an address."""
    area = {"area": public_id(period.area)} if period.area is not None else {}
    return {"period": period.span} | area


def dashboard_page(
    session: Session, *, period: Period, calendar: WorkingCalendar, for_the_city: bool = False
) -> DashboardPage:
    """Everything on the dashboard, from live rows; for the city also the counts of its other districts."""
    now = period.now
    figures = dashboard.figures(session, period)
    ages = dashboard_charts.pending_by_age(session, period, calendar.nth_of)
    overdue = most_overdue(session, period)
    late = dashboard.count_overdue(session, period)
    campaign = dispatch_charts(session, period, address_of(period))
    width = charts.CARD[4] if campaign is not None else charts.CARD[6]
    plain = (
        _fields(session, period, width),
        _trend(session, period, width),
        _places(session, local_date(now, calendar.zone), period.area),
    )
    fields, trend, places = campaign or plain
    return DashboardPage(
        period=period,
        kpis=tuple(_kpi(f, now) for f in figures),
        attention=_attention(late, sum(row.counts[3] for row in ages)),
        knot=where_most_wait(session, period),
        fields=fields,
        trend=trend,
        ages=_ages(ages),
        rates=_rates(session, period),
        places=places,
        districts=_districts(session, period) if for_the_city else None,
        below=plain if campaign is not None else (),
        areas=tuple(areas(session)),
        budget=_budget(session, period),
        overdue=tuple(overdue),
        overdue_count=late,
    )


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


def _kpi(figure: Figure, now: datetime) -> Kpi:
    value, unit = _shown(figure)
    change, rising = "", True
    if figure.before:
        difference = figure.value - figure.before
        rising, change = difference >= 0, str(_("%(points)s on last year", points=f"{difference:+.1f}"))
    against = ""
    if figure.target is not None:
        against = str(_("Target %(percent)s", percent=f"{figure.target:.0f}%"))
    if figure.name == "budget":
        passed = (now - datetime(now.year, 1, 1, tzinfo=now.tzinfo)).days / 365
        against = str(_("Year passed: %(percent)s", percent=f"{100 * passed:.1f}%"))
    return Kpi(figure.name, figure.label, value, unit, change, rising, rising, against, charts.spark(figure.spark))


def _shown(figure: Figure) -> tuple[str, str]:
    if figure.unit == "fen":
        return formats.money_wan(int(figure.value)), ""
    if isinstance(figure.value, float):
        return f"{figure.value:.2f}" if figure.unit == "/ 5" else f"{figure.value:.1f}", figure.unit
    return formats.number(figure.value), figure.unit


def _fields(session: Session, period: Period, width: int) -> Chart:
    rows = [(str(_label(f.category)), f.requests, f.experts) for f in dashboard_charts.care_by_field(session, period)]
    heads = (str(_("Requests")), str(_("Experts concerned")))
    title = _("Care requests by field")
    svg = charts.pair_bars([charts.Pair(*row) for row in rows], heads=heads, title=str(title), width=width)
    return Chart(title, svg, (str(_("Field")), *heads), cells(rows))


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


def _label(category: str) -> Any:
    return CATEGORIES[category].label if category in CATEGORIES else category


def _trend(session: Session, period: Period, width: int) -> Chart:
    full = period.month - 1  # the present month is not over and is not drawn
    this = dashboard.months_closed(session, period.year, period.month, period.area)
    last = dashboard.months_closed(session, period.year - 1, 12, period.area)
    labels = [_month(m) for m in range(1, 13)]
    courses = [
        charts.Course(str(_("This year")), "l1", [*this[:full], *[None] * (12 - full)]),
        charts.Course(str(_("Last year")), "l3", last),
    ]
    title = _("Matters closed by month")
    rows = [(labels[m], this[m] if m < len(this) else "", last[m]) for m in range(12)]
    head = (str(_("Month")), str(_("This year")), str(_("Last year")))
    svg = charts.lines(labels, courses, title=str(title), width=width)
    return Chart(title, svg, head, cells(rows), note=_("The month that is not over is not drawn."))


def _month(month: int) -> str:
    return formats.month_name(month)


def _ages(found: Sequence[dashboard_charts.AgeRow]) -> Chart:
    title = _("Benefits pending by time waited")
    bands = [str(band) for band in BANDS]
    svg = charts.stacked_age([charts.Ages(str(r.policy), r.counts) for r in found[:8]], bands=bands, title=str(title))
    return Chart(title, svg, (str(_("Policy")), *bands), cells((str(r.policy), *r.counts) for r in found))


def _rates(session: Session, period: Period) -> Chart:
    found = dashboard_charts.on_time_by_unit(session, period)
    title = _("Steps on time by unit")
    svg = charts.bullet(
        [charts.Rate(str(r.unit), r.rate) for r in found],
        target=ON_TIME_TARGET,
        target_words=str(_("Target %(percent)s", percent="95%")),
        title=str(title),
    )
    head = (str(_("Unit")), str(_("On time")), str(_("Steps")))
    return Chart(title, svg, head, cells((str(r.unit), f"{r.rate:.1f}%", r.steps) for r in found))


def _places(session: Session, today: date, area: int | None) -> Chart:
    rows = [(str(place.unit), place.experts) for place in workplaces(session, today, area)]
    title = _("Where the experts work")
    svg = charts.tiles(charts.tile_places(rows, columns=3), title=str(title), columns=3)
    note = _("Tiles stand for employers; no boundary is drawn.")
    return Chart(title, svg, (str(_("Employer")), str(_("Experts concerned"))), cells(rows), note=note)


def _budget(session: Session, period: Period) -> Chart:
    paid = [fen / 1_000_000 for fen in dashboard_charts.paid_by_month(session, period)]
    plan_total = dashboard.budget_total(session, period.year) / 1_000_000
    plan = [plan_total * (m + 1) / 12 for m in range(12)]
    labels = [_month(m) for m in range(1, 13)]
    title = _("Budget execution (cumulative, in 10,000 yuan)")
    courses = [
        charts.Course(str(_("Paid")), "l1", [*paid, *[None] * (12 - len(paid))]),
        charts.Course(str(_("Plan by calendar")), "l3", plan),
    ]
    rows = [(labels[m], f"{paid[m]:,.2f}" if m < len(paid) else "", f"{plan[m]:,.2f}") for m in range(12)]
    head = (str(_("Month")), str(_("Paid")), str(_("Plan by calendar")))
    return Chart(title, charts.lines(labels, courses, title=str(title), width=757), head, cells(rows))
