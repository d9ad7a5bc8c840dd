"""The working calendar of a district: the newest published tables with the district's own hours."""

from datetime import datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.db import transaction
from concierge.models.calendar import CalendarTable
from concierge.models.district import District
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import read_year, shipped_years


@lru_cache(maxsize=16)
def _built(
    tables: tuple[tuple[int, int, str, tuple[str, ...], tuple[str, ...], bool], ...], zone: str, hours: tuple[str, str]
) -> WorkingCalendar:

    years = [
        read_year({"year": y, "notice": notice, "rest": list(rest), "makeup": list(makeup), "provisional": provisional})
        for y, _v, notice, rest, makeup, provisional in tables
    ]
    version = "-".join(f"{y}.{v}" for y, v, *_ in tables)
    opens, closes = (time.fromisoformat(h) for h in hours)
    return WorkingCalendar.from_years(years, version=version, zone=ZoneInfo(zone), opens=opens, closes=closes)


def calendar_of(session: Session, district_id: int) -> WorkingCalendar:
    """The calendar that deadlines of this district are counted on now (domain §5)."""
    newest = (
        select(CalendarTable.year, func.max(CalendarTable.version).label("version"))
        .group_by(CalendarTable.year)
        .subquery()
    )
    rows = session.execute(
        select(CalendarTable)
        .join(newest, (CalendarTable.year == newest.c.year) & (CalendarTable.version == newest.c.version))
        .order_by(CalendarTable.year)
    ).scalars()
    tables = tuple((r.year, r.version, r.notice, tuple(r.rest), tuple(r.makeup), r.is_provisional) for r in rows)
    zone, opens, closes = session.execute(
        select(District.zone, District.opens, District.closes).where(District.id == district_id)
    ).one()
    return _built(tables, zone, (opens.isoformat(), closes.isoformat()))


def load_shipped(session: Session, *, now: datetime) -> int:
    """Load the shipped yearly tables of years that have none yet; returns how many. Safe to repeat at every start."""
    with transaction(session):
        known = set(session.execute(select(CalendarTable.year)).scalars())
        fresh = [table for table in shipped_years() if table.year not in known]
        session.add_all(
            CalendarTable(
                year=table.year,
                notice=table.notice,
                rest=sorted(day.isoformat() for day in table.rest),
                makeup=sorted(day.isoformat() for day in table.makeup),
                is_provisional=table.provisional,
                published_at=now,
                published_by=None,
            )
            for table in fresh
        )
    return len(fresh)
