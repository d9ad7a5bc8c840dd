"""The working calendar of a district: the newest published tables with the district's own hours."""

from datetime import datetime, time
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.orm import Session

from concierge.db import transaction
from concierge.models.calendar import CalendarTable
from concierge.models.district import District
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import read_year, shipped_years

_STAMP = (
    select(District.zone, District.opens, District.closes)
    .add_columns(select(func.count()).select_from(CalendarTable).scalar_subquery().label("tables"))
    .add_columns(select(func.max(CalendarTable.id)).scalar_subquery().label("newest"))
    .where(District.id == bindparam("district"))
)
_known: WeakKeyDictionary[Engine, dict[tuple[Any, ...], WorkingCalendar]] = WeakKeyDictionary()


def calendar_of(session: Session, district_id: int) -> WorkingCalendar:
    """The calendar that deadlines of this district are counted on now (domain §5).

    One small statement tells whether the tables or the hours have changed since they were last read here.
    """
    connection = session.connection()
    stamp = connection.execute(_STAMP, {"district": district_id}).one()
    known = _known.setdefault(connection.engine, {})
    key = (district_id, *stamp)
    if key not in known:
        if len(known) > 64:
            known.clear()
        known[key] = _read(session, stamp.zone, stamp.opens, stamp.closes)
    return known[key]


def _read(session: Session, zone: str, opens: time, closes: time) -> WorkingCalendar:
    newest = (
        select(CalendarTable.year, func.max(CalendarTable.version).label("version"))
        .group_by(CalendarTable.year)
        .subquery()
    )
    tables = (
        session.execute(
            select(CalendarTable)
            .join(newest, (CalendarTable.year == newest.c.year) & (CalendarTable.version == newest.c.version))
            .order_by(CalendarTable.year)
        )
        .scalars()
        .all()
    )
    years = [
        read_year(
            {"year": t.year, "notice": t.notice, "rest": t.rest, "makeup": t.makeup, "provisional": t.is_provisional}
        )
        for t in tables
    ]
    version = "-".join(f"{t.year}.{t.version}" for t in tables)
    return WorkingCalendar.from_years(years, version=version, zone=ZoneInfo(zone), opens=opens, closes=closes)


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
