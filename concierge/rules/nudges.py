"""When somebody may be reminded (催办, 催一下): never so often that reminders are no longer read (domain §4)."""

from datetime import date, timedelta

from concierge.basics.errors import Reason
from concierge.basics.text import _

WEEK = timedelta(days=7)


def why_not_nudge(
    *, is_open: bool, is_waiting: bool, due_on: date | None, last_on: date | None, today: date, by_expert: bool
) -> Reason | None:
    """Why a reminder is not sent now, or None. `is_open`: somebody has still to act; `is_waiting`: it is with somebody
    else than the one reminding.

    Staff remind at most once a day. An expert reminds once the promise has lapsed, or a week after the last reminder;
    before any reminder a week counts from the day the matter went to where it is now, given as `last_on`.
    """
    if not is_open:
        return Reason("closed", _("the matter is closed"))
    if not is_waiting:
        return Reason("in_own_hands", _("it is in your own hands"))
    if not by_expert:
        if last_on is not None and last_on >= today:
            return Reason("nudged_today", _("a reminder was already sent today"))
        return None
    if due_on is not None and due_on < today:
        if last_on is None or last_on < today:
            return None
        text = _("a reminder was sent or it moved on today; it may be reminded of again tomorrow")
        return Reason("moved_today", text)
    if last_on is not None and last_on + WEEK > today:
        text = _("a reminder may be sent once a week, or after the promised date has passed")
        return Reason("nudged_lately", text)
    return None
