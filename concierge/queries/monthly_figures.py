"""A bureau's month in figures that may be added up, what changed since they were told, and the table they go into."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.models.campaign import ServiceField
from concierge.models.dispatch import Activity, DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual
from concierge.models.report import ReportSnapshot
from concierge.queries.campaign_figures import Span, published
from concierge.rules.dispatch import ActivityKind
from concierge.rules.summaries import OF_ACTIVITY

MOST_PLACES = 12
COST = "cost_fen"
"""The name under which a month's expenses stand beside its figures, and among its corrections."""
_TOWN = aliased(Unit)


def month_of(year: int, month: int) -> tuple[date, date]:
    """The first and the last day of a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), following - timedelta(days=1)


def month_before(day: date) -> tuple[int, int]:
    """The year and month before the month of a day."""
    last = day.replace(day=1) - timedelta(days=1)
    return last.year, last.month


def additive(session: Session, span: Span) -> dict[str, int]:
    """The figures of a span that may be added over months: no distinct people, no stock of teams. Four statements."""
    o, m, a, f = DispatchOrder, DispatchMember, Activity, ServiceField
    orders = select(func.count(o.id), func.coalesce(func.sum(o.solved), 0)).join(f, f.id == o.field_id)
    batches, solved = session.execute(orders.where(*span.of(o.campaign_id, o.served_on))).one()
    members = select(func.count(m.id)).select_from(m).join(o, o.id == m.order_id).join(f, f.id == o.field_id)
    people = session.execute(members.where(*span.of(o.campaign_id, o.served_on))).scalar_one()
    done = select(a.kind, func.sum(a.amount)).join(f, f.id == a.field_id).group_by(a.kind)
    figures = {"batches": batches, "people": people, "solved": int(solved), "press": published(session, span)}
    for kind, amount in session.execute(done.where(*span.of(a.campaign_id, a.happened_on))):
        figures[OF_ACTIVITY[kind]] = int(amount)
    return {name: figure for name, figure in sorted(figures.items()) if figure}


@dataclass(frozen=True)
class Month:
    """One bureau's month in one campaign (with those under it)."""

    campaign_id: int
    campaigns: tuple[int, ...]
    unit_id: int
    year: int
    month: int

    @property
    def span(self) -> Span:
        """The month itself."""
        return Span(self.campaigns, *month_of(self.year, self.month), self.unit_id)

    @property
    def year_so_far(self) -> Span:
        """From January to the end of the month."""
        return Span(self.campaigns, date(self.year, 1, 1), self.span.last, self.unit_id)

    def other(self, year: int, month: int) -> "Month":
        """Another month of the same bureau."""
        return Month(self.campaign_id, self.campaigns, self.unit_id, year, month)


def told_of(session: Session, month: Month) -> dict[tuple[int, int], dict[str, int]]:
    """What was told of every other month that is locked: its own frozen figures and all corrections of it since."""
    s = ReportSnapshot
    rows = session.execute(
        select(s.year, s.month, s.body)
        .where(s.campaign_id == month.campaign_id, s.unit_id == month.unit_id)
        .order_by(s.id)
    ).all()
    told = {(row.year, row.month): row.body["figures"] | {COST: row.body.get(COST, 0)} for row in rows}
    for row in rows:
        for correction in row.body["adjustments"]:
            figures = told[correction["year"], correction["month"]]
            for name, delta in correction["figures"].items():
                figures[name] = figures.get(name, 0) + delta
    told.pop((month.year, month.month), None)
    return told


def adjustments(session: Session, month: Month) -> list[dict[str, Any]]:
    """What the records now say of each other locked month that was told otherwise, name by name."""
    found = []
    for (year, number), told in sorted(told_of(session, month).items()):
        other = month.other(year, number)
        now = additive(session, other.span) | {COST: cost_of(session, other)}
        deltas = {name: now.get(name, 0) - told.get(name, 0) for name in sorted(now.keys() | told.keys())}
        changed = {name: delta for name, delta in deltas.items() if delta}
        if changed:
            found.append({"year": year, "month": number, "figures": changed})
    return found


def rows_of(session: Session, month: Month) -> dict[str, list[int]]:
    """The rows behind a month's figures, by their ids."""
    o, m, a, f = DispatchOrder, DispatchMember, Activity, ServiceField
    orders = select(o.id).join(f, f.id == o.field_id).where(*month.span.of(o.campaign_id, o.served_on))
    members = select(m.id).select_from(m).join(o, o.id == m.order_id).join(f, f.id == o.field_id)
    members = members.where(*month.span.of(o.campaign_id, o.served_on))
    lines = select(a.id).join(f, f.id == a.field_id).where(*month.span.of(a.campaign_id, a.happened_on))
    return {
        name: list(session.execute(statement.order_by(key)).scalars())
        for name, statement, key in (("orders", orders, o.id), ("members", members, m.id), ("activities", lines, a.id))
    }


def forms_and_places(session: Session, month: Month) -> tuple[list[str], list[str]]:
    """Which kinds of activities there were, and in which townships or units (by their Chinese names)."""
    o, a, f = DispatchOrder, Activity, ServiceField
    kinds = select(a.kind).join(f, f.id == a.field_id).where(*month.span.of(a.campaign_id, a.happened_on)).distinct()
    towns = select(_TOWN.name_zh).select_from(o).join(f, f.id == o.field_id)
    towns = towns.join(_TOWN, _TOWN.id == o.answering_unit_id).where(*month.span.of(o.campaign_id, o.served_on))
    named = session.execute(towns.distinct().order_by(_TOWN.name_zh).limit(MOST_PLACES)).scalars()
    known = set(session.execute(kinds).scalars())
    return [kind.value for kind in ActivityKind if kind.value in known], list(named)


def cost_of(session: Session, month: Month) -> int:
    """What the service of a month has brought its experts so far, in fen: days, transport and lodging that fell due."""
    a, o, f = Accrual, DispatchOrder, ServiceField
    paid = select(func.coalesce(func.sum(a.amount_fen), 0)).join(o, o.id == a.order_id).join(f, f.id == o.field_id)
    return int(session.execute(paid.where(*month.span.of(o.campaign_id, o.served_on))).scalar_one())


def body_of(session: Session, month: Month) -> dict[str, Any]:
    """Everything a return tells that comes from records, as it stands now. About twelve statements and three for each
    locked month."""
    forms, places = forms_and_places(session, month)
    return {
        "figures": additive(session, month.span),
        "so_far": additive(session, month.year_so_far),
        "adjustments": adjustments(session, month),
        COST: cost_of(session, month),
        "forms": forms,
        "places": places,
    }
