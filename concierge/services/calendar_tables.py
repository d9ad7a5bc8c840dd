"""Publishing a year's working-day table: preview which open deadlines move, then publish and recount (product, 1)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import old_and_new, record
from concierge.engine.recount import MovedDeadline, moved_deadlines, recount
from concierge.models.calendar import CalendarTable
from concierge.models.district import District
from concierge.rules.calendar import CalendarYear, WorkingCalendar
from concierge.rules.calendars import read_year
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_as_of, calendar_of
from concierge.services.people import only

WEEKEND = 5


@dataclass(frozen=True)
class Preview:
    """What publishing a table would change."""

    year: int
    working_days: int
    moved: tuple[MovedDeadline, ...]


def parse_table(*, year: str, notice: str, rest: str, makeup: str) -> CalendarYear:
    """A table from typed lists of dates (one a line, or separated by blanks or commas). Raises Invalid by field."""
    wrong: list[Reason] = []
    number = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else 0
    if not 2020 <= number <= 2100:
        wrong.append(Reason("year", _("Please give the year with four digits."), "year"))
    if not notice.strip():
        wrong.append(Reason("notice", _("Please name the notice that the table comes from."), "notice"))
    days = {"rest": _days(rest, number, "rest", wrong), "makeup": _days(makeup, number, "makeup", wrong)}
    wrong += _contradictions(days)
    if wrong:
        raise Invalid(*wrong)
    return read_year({"year": number, "notice": notice.strip(), "provisional": False, **days})


def _days(typed: str, year: int, field: str, wrong: list[Reason]) -> list[str]:
    found = []
    for word in typed.replace(",", " ").replace("，", " ").split():
        try:
            day = date.fromisoformat(word)
        except ValueError:
            wrong.append(Reason("date", _("%(word)s is no date; write it like 2027-01-01.", word=word[:20]), field))
            continue
        if day.year != year:
            wrong.append(Reason("date", _("%(word)s is not in that year.", word=word), field))
        found.append(day.isoformat())
    return sorted(set(found))


def _contradictions(days: dict[str, list[str]]) -> list[Reason]:
    both = sorted(set(days["rest"]) & set(days["makeup"]))
    found = [Reason("both", _("%(day)s cannot be a rest day and a working day.", day=d), "makeup") for d in both]
    weekdays = [d for d in days["makeup"] if date.fromisoformat(d).weekday() < WEEKEND]
    return found + [
        Reason("not_weekend", _("%(day)s is no Saturday or Sunday: it is worked anyway.", day=d), "makeup")
        for d in weekdays
    ]


def preview_table(session: Session, *, actor: Actor, table: CalendarYear) -> Preview:
    """Which open deadlines would move. Writes nothing. Raises Refusal for other roles than system administrators."""
    only(actor, Role.SYSTEM_ADMIN)
    old = calendar_of(session, actor.district_id)
    new = _with(old, table, "preview")
    first, last = date(table.year, 1, 1), date(table.year, 12, 31)
    count = sum(new.is_working(date.fromordinal(n)) for n in range(first.toordinal(), last.toordinal() + 1))
    return Preview(table.year, count, tuple(moved_deadlines(session, old, new)))


def publish_table(session: Session, *, actor: Actor, now: datetime, table: CalendarYear) -> int:
    """Publish a table as the newest version of its year, and move open deadlines with it. Returns the version.

    The table holds for every district of the site; the others' deadlines follow in the night (`recount_open`).
    """
    only(actor, Role.SYSTEM_ADMIN)
    with transaction(session):
        last = session.execute(select(func.max(CalendarTable.version)).where(CalendarTable.year == table.year)).scalar()
        session.add(_row(table, (last or 0) + 1, now, actor.account_id))
        session.flush()
        count = _recount(session, actor.district_id)
        version = (last or 0) + 1
        data = {"year": table.year, "version": version, "notice": table.notice, "recounted": count}
        data |= old_and_new({"version": last}, {"version": version})
        record(session, act="publish-calendar", actor=actor, now=now, subject_kind="calendar", data=data)
    return (last or 0) + 1


def recount_open(session: Session, *, actor: Actor, now: datetime) -> int:
    """Move the open deadlines that are still counted on an earlier calendar; returns how many.

    So they follow a table that another district published, or one that a new version of the program brought along.
    """
    with transaction(session):
        count = _recount(session, actor.district_id)
        if count:
            about: dict[str, Any] = {"subject_kind": "calendar", "data": {"recounted": count}}
            record(session, act="recount-deadlines", actor=actor, now=now, **about)
    return count


def _recount(session: Session, district_id: int) -> int:
    earlier = cache(lambda version: calendar_as_of(session, district_id, version))
    return recount(session, earlier, calendar_of(session, district_id))


def _row(table: CalendarYear, version: int, now: datetime, account_id: int | None) -> CalendarTable:
    return CalendarTable(
        id=new_id(),
        year=table.year,
        version=version,
        notice=table.notice,
        rest=sorted(d.isoformat() for d in table.rest),
        makeup=sorted(d.isoformat() for d in table.makeup),
        is_provisional=table.provisional,
        published_at=now,
        published_by=account_id,
    )


def _with(old: WorkingCalendar, table: CalendarYear, version: str) -> WorkingCalendar:
    hours: dict[str, Any] = {"zone": old.zone, "opens": old.opens, "closes": old.closes}
    return WorkingCalendar.from_years([*old.years, table], version=version, **hours)


def set_hours(session: Session, *, actor: Actor, now: datetime, opens: time, closes: time) -> None:
    """Set the district's working hours; they count from the next act on. Raises Invalid."""
    only(actor, Role.SYSTEM_ADMIN)
    if opens >= closes:
        raise Invalid(Reason("hours", _("Closing time must be after opening time."), "closes"))
    with transaction(session):
        district = session.get_one(District, actor.district_id)
        before = {"opens": f"{district.opens:%H:%M}", "closes": f"{district.closes:%H:%M}"}
        district.opens, district.closes = opens, closes
        data = old_and_new(before, {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"})
        about: dict[str, Any] = {"subject_kind": "district", "subject_id": district.id}
        record(session, act="set-hours", actor=actor, now=now, data=data, **about)
