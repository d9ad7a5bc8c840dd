"""When a person wants mail: every notice, one a morning, only what cannot wait, or none; not in his quiet hours."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from concierge.basics.text import Text, _


class MailWish(StrEnum):
    """Which notices are mailed too; in the app each is found at once, whatever is chosen here."""

    ALL = "all"
    MORNING = "morning"
    URGENT = "urgent"
    NONE = "none"

    @property
    def label(self) -> Text:
        """The wish for people."""
        return _LABELS[self]

    def wants(self, *, urgent: bool) -> bool:
        """Whether a notice is mailed by itself."""
        return self is MailWish.ALL or (urgent and self in (MailWish.MORNING, MailWish.URGENT))


_LABELS = {
    MailWish.ALL: _("Mail me every notice"),
    MailWish.MORNING: _("One mail each working morning with all that is new; at once only what cannot wait"),
    MailWish.URGENT: _("Mail me only what cannot wait"),
    MailWish.NONE: _("No mail: I read notices here"),
}


def after_quiet(at: datetime, begins: int | None, ends: int | None, zone: ZoneInfo) -> datetime:
    """The first moment from `at` on that lies outside the quiet hours, which run from one full hour to another and
    may cross midnight. Without them, or when both are the same hour, it is `at` itself."""
    if begins is None or ends is None or begins == ends:
        return at
    local = at.astimezone(zone)
    is_quiet = begins <= local.hour < ends if begins < ends else local.hour >= begins or local.hour < ends
    if not is_quiet:
        return at
    day = local.date() if local.hour < ends else local.date() + timedelta(days=1)
    return datetime.combine(day, time(ends), zone).astimezone(at.tzinfo)
