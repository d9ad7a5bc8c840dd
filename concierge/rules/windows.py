"""The days of each year on which a benefit may be applied for (domain §2.6: children's schooling, 1 May to 30 June).

A policy version's schedule says it: {"apply_from": "05-01", "apply_to": "06-30"}, month and day.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from concierge.basics.errors import Invalid
from concierge.basics.formats import day as short_day
from concierge.basics.text import Text, _

LEAP_YEAR = 2000
_TYPED = re.compile(r"([0-9]{1,2})[-/月]([0-9]{1,2})日?")


@dataclass(frozen=True)
class Window:
    """From one day of every year to another, both counted; its dates stand in a leap year for all years.

    One that begins later in the year than it ends goes over the turn of the year.
    """

    first: date
    last: date

    @property
    def said(self) -> Text:
        """The window in the words of whoever reads now."""
        return _("every year from %(first)s to %(last)s", first=short_day(self.first), last=short_day(self.last))

    def holds_on(self, day: date) -> bool:
        """Whether an application may be made on a day."""
        at, first, last = ((one.month, one.day) for one in (day, self.first, self.last))
        return first <= at <= last if first <= last else at >= first or at <= last

    def opens_after(self, day: date) -> date:
        """The next day after this one on which it opens."""
        return next(opening for opening in map(self._opening, (day.year, day.year + 1)) if opening > day)

    def _opening(self, year: int) -> date:
        return date(year, self.first.month, min(self.first.day, monthrange(year, self.first.month)[1]))


def window_of(schedule: Mapping[str, Any]) -> Window | None:
    """When a version may be applied for; None at any time. Raises ValueError for days that are none, or one alone."""
    ends = [schedule.get(name) for name in ("apply_from", "apply_to")]
    if not any(ends):
        return None
    first, last = (date.fromisoformat(f"{LEAP_YEAR}-{end}") for end in ends)
    return Window(first, last)


def opens_on(schedule: Mapping[str, Any], today: date) -> date | None:
    """From when on a version may be applied for, where that is not today."""
    window = window_of(schedule)
    return None if window is None or window.holds_on(today) else window.opens_after(today)


def read_month_day(typed: str) -> str:
    """A day of every year as it is kept, "05-01", from "5-1", "5/1" or "5月1日". Raises Invalid."""
    found = _TYPED.fullmatch(typed)
    try:
        day = date(LEAP_YEAR, int(found[1]), int(found[2])) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid.because("month_day", _("Write month and day, as 05-01."))
    return f"{day:%m-%d}"
