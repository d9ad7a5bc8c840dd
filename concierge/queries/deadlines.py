"""The one sign everybody reads: the deadline lamp with its words, in working days (domain §4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from concierge.basics.clock import local_date
from concierge.basics.text import Text, _
from concierge.engine.clockwork import light_of
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.lights import Light
from concierge.rules.lights import light as band_light


@dataclass(frozen=True)
class Lamp:
    """A lamp (`red`, `yellow`, `green`, `paused`, `done`, `done_late`, `none`) and its words."""

    light: str
    text: Text

    @property
    def sign(self) -> str:
        """The colour drawn: what is finished is green, or yellow for ever when it was late."""
        return _SIGNS.get(self.light, self.light)


_SIGNS = {Light.DONE.value: Light.GREEN.value, Light.DONE_LATE.value: Light.YELLOW.value}


def lamp(
    row: Any, *, now: datetime, calendar: WorkingCalendar, waits_for_me: bool = False, due_nth: int | None = None
) -> Lamp:
    """The lamp of a case or of a list's row with `due_nth, clock, is_open, since_nth` (and `paused_nth`).

    While a correction is awaited the office's clock stands still, but the applicant's own limit runs:
    `waits_for_me` shows that one. `due_nth` names the case's own limit instead of the nearer one.
    """
    now_nth, due = calendar.nth_of(now), row.due_nth if due_nth is None else due_nth
    if waits_for_me:
        light = band_light(now_nth=now_nth, due_nth=due)
    else:
        light = light_of(row, now=now, calendar=calendar, due_nth=due_nth)
    is_today = calendar.received(now) == local_date(now, calendar.zone)
    return Lamp(light.value, _words(light, due, now_nth, is_today=is_today))


def _words(light: Light, due_nth: int | None, now_nth: int, *, is_today: bool) -> Text:
    """After closing time and on a rest day an instant counts for the next working day, and no word says "today"."""
    if due_nth is None or light not in (Light.RED, Light.YELLOW, Light.GREEN):
        return light.label
    left = due_nth - now_nth
    if light is Light.RED and left < 0:
        return _("1 day overdue") if left == -1 else _("%(n)s days overdue", n=-left)
    if left <= 0:
        return _("Due today") if is_today else _("Due next working day")
    return _("1 day left") if left == 1 else _("%(n)s days left", n=left)
