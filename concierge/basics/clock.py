"""Time: where the present moment comes from, and which date it is in a zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the present moment; doors read it once and pass `now` on."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class MovedClock:
    """A clock that stands still until it is moved: for tests and for making the demo district."""

    def __init__(self, start: datetime) -> None:
        self._now = _instant(start)

    def now(self) -> datetime:
        """The moment the clock was last moved to, in UTC."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Set the clock to an aware moment, earlier or later; ValueError if it has no zone."""
        self._now = _instant(moment)

    def advance(self, by: timedelta) -> None:
        """Move the clock by an interval."""
        self._now += by


def _instant(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment.astimezone(UTC)


def local_date(at: datetime, zone: ZoneInfo) -> date:
    """The calendar date of an instant in a zone; ValueError if the instant has no zone."""
    return _instant(at).astimezone(zone).date()
