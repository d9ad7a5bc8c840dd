"""The working calendar of a district: the newest published tables with the district's own hours."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from re import fullmatch
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from concierge.db import Prepared, prepare, transaction
from concierge.engine import binds
from concierge.models.calendar import CalendarTable, calendar_stamp
from concierge.models.district import District
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.calendars import read_year, shipped_years

_HOURS = select(District.zone, District.opens, District.closes, calendar_stamp().label("stamp"))
_known: WeakKeyDictionary[Engine, dict[int, "Known"]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Known:
    """A calendar as it was last read here, with the stamp that tells whether it is still in force."""

    calendar: WorkingCalendar
    stamp: str


def calendar_of(session: Session, district_id: int) -> WorkingCalendar:
    """The calendar that deadlines of this district are counted on now (domain §5).

    One small statement tells whether the tables or the hours have changed since they were last read here.
    """
    connection = session.connection()
    [found] = _in_force(connection.dialect.name).run(connection, {"district": district_id})
    known = _known.setdefault(connection.engine, {})
    if district_id not in known or known[district_id].stamp != found["stamp"]:
        calendar = _read(session, found["zone"], found["opens"], found["closes"])
        known[district_id] = Known(calendar, found["stamp"])
    return known[district_id].calendar


@cache
def _in_force(dialect: str) -> Prepared:
    return prepare(_HOURS.where(District.id == binds.DISTRICT), dialect)


def calendar_at_hand(session: Session, district_id: int) -> Known:
    """The calendar as last read here, without asking: for steps, whose gate sees whether it is still in force."""
    engine = session.get_bind().engine
    known = _known.get(engine, {}).get(district_id)
    if known is None:
        calendar_of(session, district_id)
        known = _known[engine][district_id]
    return known


def published_calendar(session: Session) -> WorkingCalendar:
    """The newest tables of the site with the usual hours, for what asks in whole days and for no district."""
    usual = District.__table__.c
    return _read(session, usual.zone.default.arg, usual.opens.default.arg, usual.closes.default.arg)


def calendar_as_of(session: Session, district_id: int, version: str) -> WorkingCalendar:
    """The calendar of an earlier version, whose tables are all kept; the present one for a version that is none."""
    tables = [tuple(map(int, part.split("."))) for part in version.split("-") if fullmatch(r"\d{4}\.\d+", part)]
    if not tables:
        return calendar_of(session, district_id)
    hours = session.execute(
        select(District.zone, District.opens, District.closes).where(District.id == district_id)
    ).one()
    c = CalendarTable
    wanted = select(c).where(or_(*(and_(c.year == year, c.version == number) for year, number in tables)))
    return _made(session, wanted, hours.zone, hours.opens, hours.closes)


def _read(session: Session, zone: str, opens: time, closes: time) -> WorkingCalendar:
    newest = (
        select(CalendarTable.year, func.max(CalendarTable.version).label("version"))
        .group_by(CalendarTable.year)
        .subquery()
    )
    wanted = select(CalendarTable).join(
        newest, (CalendarTable.year == newest.c.year) & (CalendarTable.version == newest.c.version)
    )
    return _made(session, wanted, zone, opens, closes)


def _made(
    session: Session, wanted: Select[tuple[CalendarTable]], zone: str, opens: time, closes: time
) -> WorkingCalendar:
    tables = session.execute(wanted.order_by(CalendarTable.year)).scalars().all()
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
