"""The statutory working calendar: rest days, make-up days, and limits counted in working days (domain §5).

Time is counted in working-day ordinals: the nth working day since the beginning of 2024. Ordinals may be added and
subtracted; only this calendar turns them into dates.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from concierge.basics.clock import SHANGHAI
from concierge.basics.errors import Reason, Refusal
from concierge.basics.text import _

_BASE = date(2024, 1, 1).toordinal()
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class CalendarYear:
    """One year's table as its notice gives it; `provisional` while the notice is not published."""

    year: int
    notice: str
    rest: frozenset[date]
    makeup: frozenset[date]
    provisional: bool = False

    def __post_init__(self) -> None:
        if any(day.year != self.year for day in self.rest | self.makeup):
            raise ValueError(f"the table of {self.year} holds days of another year")


class CalendarMissing(Refusal):
    """A date is asked for that lies in a year without a published table; `year` says which."""

    def __init__(self, *reasons: Reason, year: int = 0) -> None:
        super().__init__(*reasons)
        self.year = year

    @classmethod
    def of(cls, year: int) -> "CalendarMissing":
        """The refusal for one year."""
        text = _("The working calendar of %(year)s is not published yet, so no date can be promised", year=year)
        return cls(Reason("calendar_missing", text), year=year)


@dataclass(frozen=True)
class _Exceptions:
    """Where the tables differ from Monday to Friday, sorted, with running sums."""

    days: tuple[int, ...]  # proleptic ordinals, rest days on weekdays and make-up days on weekends
    working: tuple[bool, ...]
    sums: tuple[int, ...]  # sums[i]: working days gained before days[i]; one longer than days
    worked: tuple[int, ...]  # working days up to and including days[i]


@dataclass(frozen=True, eq=False)
class WorkingCalendar:
    """Which days are worked: immutable, hashed by its version, cheap to pass around."""

    version: str
    years: tuple[CalendarYear, ...] = ()
    zone: ZoneInfo = field(default=SHANGHAI)
    opens: time = time(9, 0)
    closes: time = time(17, 30)

    @classmethod
    def from_years(
        cls,
        years: Iterable[CalendarYear],
        *,
        version: str,
        zone: ZoneInfo = SHANGHAI,
        opens: time = time(9, 0),
        closes: time = time(17, 30),
    ) -> "WorkingCalendar":
        """A calendar from yearly tables; of two tables for one year the later one counts."""
        tables = {table.year: table for table in years}
        return cls(version, tuple(tables[year] for year in sorted(tables)), zone, opens, closes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WorkingCalendar):
            return NotImplemented
        return self is other or self._contents == other._contents

    def __hash__(self) -> int:
        return hash((self.version, self.opens, self.closes))

    @property
    def _contents(self) -> tuple[object, ...]:
        return self.version, self.years, self.zone, self.opens, self.closes

    @cached_property
    def _table(self) -> dict[int, CalendarYear]:
        return {table.year: table for table in self.years}

    @cached_property
    def _exceptions(self) -> _Exceptions:
        listed = frozenset[date]().union(*(table.rest | table.makeup for table in self.years))
        changes = {day.toordinal(): not _is_weekday(day) for day in listed if self.is_working(day) != _is_weekday(day)}
        days = tuple(sorted(changes))
        working = tuple(changes[day] for day in days)
        sums = [0]
        worked = []
        for ordinal, is_worked in zip(days, working, strict=True):
            sums.append(sums[-1] + (1 if is_worked else -1))
            worked.append(_weekdays_before(ordinal + 1) + sums[-1])
        return _Exceptions(days, working, tuple(sums), tuple(worked))

    @cached_property
    def _told(self) -> dict[int, tuple[date, bool]]:
        """What was said of an ordinal before: offices ask for the same few days all day long."""
        return {}

    def _worked_before(self, ordinal: int) -> int:
        """Working days since the year 1 before a proleptic ordinal."""
        return _weekdays_before(ordinal) + self._exceptions.sums[bisect_left(self._exceptions.days, ordinal)]

    @cached_property
    def _worked_before_base(self) -> int:
        return self._worked_before(_BASE)

    def is_working(self, day: date) -> bool:
        """Whether this is a working day: make-up day before holiday before weekend."""
        table = self._table.get(day.year)
        if table is not None:
            if day in table.makeup:
                return True
            if day in table.rest:
                return False
        return _is_weekday(day)

    def is_published(self, day: date) -> bool:
        """Whether the table of this day's year is published, so that the day may be promised."""
        table = self._table.get(day.year)
        return table is not None and not table.provisional

    def nth(self, day: date) -> int:
        """The ordinal of a working day, 1 for the first of 2024; a rest day has that of the next working day."""
        return self._worked_before(day.toordinal()) - self._worked_before_base + 1

    def day(self, nth: int) -> date:
        """The date of the nth working day, published or not; the inverse of `nth`."""
        known = self._exceptions
        wanted = nth - 1 + self._worked_before_base
        i = bisect_right(known.worked, wanted)
        if i < len(known.days) and known.working[i] and known.worked[i] == wanted + 1:
            return date.fromordinal(known.days[i])
        weeks, weekday = divmod(wanted - known.sums[i], 5)
        return date.fromordinal(7 * weeks + weekday + 1)

    def received(self, at: datetime) -> date:
        """The working date an instant counts for: after closing time or on a rest day the next working day."""
        return self.day(self.nth_of(at))

    def nth_of(self, at: datetime) -> int:
        """The ordinal of the working date an instant counts for."""
        local = at.astimezone(self.zone)
        day = local.date()
        if local.time() > self.closes:
            day += _DAY
        return self.nth(day)

    def due(self, start: date, days: int) -> date:
        """The last day of a limit of working days; the day of acceptance, `start`, is not counted.

        Raises CalendarMissing when start or answer lies in a year without a published table.
        """
        self._demand(start)
        answer = self.day(self.nth(start) + days)
        for year in range(start.year, answer.year + 1):
            self._demand(date(year, 1, 1))
        return answer

    def _demand(self, day: date) -> None:
        if not self.is_published(day):
            raise CalendarMissing.of(day.year)

    def provisional_day(self, nth: int) -> tuple[date, bool]:
        """The date of an ordinal, and whether it is only provisional because its year's table is not published."""
        known = self._told.get(nth)
        if known is None:
            day = self.day(nth)
            known = self._told[nth] = day, not self.is_published(day)
        return known

    def closing(self, day: date) -> datetime:
        """The instant, in UTC, when business closes on a day."""
        return datetime.combine(day, self.closes, self.zone).astimezone(UTC)

    def open_at(self, at: datetime) -> bool:
        """Whether an instant lies inside the working hours of a working day."""
        local = at.astimezone(self.zone)
        return self.is_working(local.date()) and self.opens <= local.time() <= self.closes

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days lie after `a` up to and including `b`; negative if `b` is earlier."""
        return self._worked_before(b.toordinal() + 1) - self._worked_before(a.toordinal() + 1)

    def next_working_day(self, day: date) -> date:
        """The first working day after a day."""
        return self.day(self.nth(day + _DAY))


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _weekdays_before(ordinal: int) -> int:
    """How many Mondays to Fridays lie before a proleptic ordinal (day 1 was a Monday)."""
    weeks, days = divmod(ordinal - 1, 7)
    return weeks * 5 + min(days, 5)


def resume_due(due_nth: int, paused_nth: int, now_nth: int) -> int:
    """The new due ordinal when a paused clock runs on: later by the working days of the pause.

    The day of the pause counts as used, counting resumes with the first working day after `now_nth` (domain §5).
    """
    return due_nth + max(now_nth - paused_nth, 0)
