"""Which past day a page of the books is asked for: `?on=2026-10-31` shows them as they stood when that day ended."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import request

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid
from concierge.basics.formats import parse_date
from concierge.basics.text import Text, _
from concierge.web.doors import door


@dataclass(frozen=True)
class Asked:
    """The day asked for; without one the books of now are meant. `error` says why it is none."""

    day: date | None = None
    typed: str = ""
    error: Text | None = None

    @property
    def here(self) -> str:
        """The same page with the books of now."""
        return request.path

    @property
    def until(self) -> datetime | None:
        """The last instant of the day in the district's time."""
        if self.day is None:
            return None
        return datetime.combine(self.day + timedelta(days=1), time(), SHANGHAI) - timedelta(microseconds=1)


def asked_day() -> Asked:
    """What the address asks for. A day that is none, or lies ahead, is said in words and the books of now are shown."""
    typed = request.args.get("on", "").strip()
    if not typed:
        return Asked()
    try:
        day = parse_date(typed, "on")
    except Invalid as wrong:
        return Asked(typed=typed, error=wrong.reasons[0].text)
    if day > local_date(door.now, SHANGHAI):
        return Asked(typed=typed, error=_("This day lies ahead; choose today or a day before."))
    return Asked(day, day.isoformat())
