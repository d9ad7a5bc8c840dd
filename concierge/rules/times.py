"""When a job is due, as data: every day at a time, or every so many minutes, on working days or always."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from concierge.rules.calendar import WorkingCalendar

DAY = timedelta(days=1)
LONGEST_LOOK = 400  # days
CATCH_UP = 11  # days: the longest holidays and a weekend; what was missed before is not made up for


@dataclass(frozen=True)
class Due:
    """One moment at which a job is due, and the name of the period it stands for."""

    period: str
    at: datetime


class When(Protocol):
    """A rule of the timetable."""

    def last(self, now: datetime, calendar: WorkingCalendar) -> Due | None:
        """The latest moment up to now that is still worth catching up; older ones are not made up for."""

    def next(self, now: datetime, calendar: WorkingCalendar) -> datetime | None:
        """The first moment after now."""


@dataclass(frozen=True)
class Daily:
    """Every day at a local time: on working days only, in some months only; after `until` not any more that day."""

    at: time
    working: bool = True
    months: tuple[int, ...] = ()
    until: time | None = None

    def last(self, now: datetime, calendar: WorkingCalendar) -> Due | None:
        """The latest moment up to now; with `until`, today's or none."""
        local = now.astimezone(calendar.zone)
        day = local.date() if local.time() >= self.at else local.date() - DAY
        if self.until is not None:
            today = day == local.date() and local.time() <= self.until and self._fits(day, calendar)
            return self._due(day, calendar) if today else None
        for back in range(CATCH_UP):
            if self._fits(day - back * DAY, calendar):
                return self._due(day - back * DAY, calendar)
        return None

    def next(self, now: datetime, calendar: WorkingCalendar) -> datetime | None:
        """The first moment after now."""
        local = now.astimezone(calendar.zone)
        day = local.date() if local.time() < self.at else local.date() + DAY
        for ahead in range(LONGEST_LOOK):
            if self._fits(day + ahead * DAY, calendar):
                return self._due(day + ahead * DAY, calendar).at
        return None

    def _fits(self, day: date, calendar: WorkingCalendar) -> bool:
        return (not self.months or day.month in self.months) and (not self.working or calendar.is_working(day))

    def _due(self, day: date, calendar: WorkingCalendar) -> Due:
        return Due(day.isoformat(), datetime.combine(day, self.at, calendar.zone))


@dataclass(frozen=True)
class Every:
    """Every so many minutes of the day (a divisor of 1,440); in working hours only, or always."""

    minutes: int
    in_hours: bool = False

    def last(self, now: datetime, calendar: WorkingCalendar) -> Due | None:
        """The beginning of the running interval; none outside working hours where they count."""
        if self.in_hours and not calendar.open_at(now):
            return None
        start = self._start(now.astimezone(calendar.zone))
        return Due(start.strftime("%Y-%m-%dT%H:%M"), start)

    def next(self, now: datetime, calendar: WorkingCalendar) -> datetime | None:
        """The beginning of the next interval, or the next opening."""
        after = self._start(now.astimezone(calendar.zone)) + timedelta(minutes=self.minutes)
        if not self.in_hours or calendar.open_at(after):
            return after
        day = after.date()
        if not (calendar.is_working(day) and after.time() < calendar.opens):
            day = calendar.next_working_day(day)
        return datetime.combine(day, calendar.opens, calendar.zone)

    def _start(self, local: datetime) -> datetime:
        minute = (local.hour * 60 + local.minute) // self.minutes * self.minutes
        return local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
