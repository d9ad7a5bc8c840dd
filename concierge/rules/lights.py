"""The deadline lamp and the worklist's bands, from working-day ordinals (domain §4, §5)."""

from enum import StrEnum

from concierge.basics.text import Text, _

WARN_DAYS = 3  # working days before the limit from which the lamp is amber


class Light(StrEnum):
    """One lamp for one deadline; a case closed late keeps its own colour for ever."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"
    DONE = "done"
    DONE_LATE = "done_late"
    NONE = "none"

    @property
    def label(self) -> Text:
        """The lamp in words, for people who do not see its colour."""
        return _LIGHT_LABELS[self]


_LIGHT_LABELS = {
    Light.GREEN: _("On time"),
    Light.YELLOW: _("Due soon"),
    Light.RED: _("Overdue"),
    Light.PAUSED: _("Clock paused"),
    Light.DONE: _("Finished on time"),
    Light.DONE_LATE: _("Finished late"),
    Light.NONE: _("No time limit"),
}


class Band(StrEnum):
    """The groups of a worklist, most urgent first."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    AMPLE = "ample"
    PAUSED = "paused"
    NONE = "none"

    @property
    def label(self) -> Text:
        """The band's heading."""
        return _BAND_LABELS[self]


_BAND_LABELS = {
    Band.OVERDUE: _("Overdue"),
    Band.TODAY: _("Due today"),
    Band.SOON: _("Due within three working days"),
    Band.AMPLE: _("More time"),
    Band.PAUSED: _("Clock paused"),
    Band.NONE: _("No time limit"),
}


def light(
    *,
    now_nth: int,
    due_nth: int | None,
    paused: bool = False,
    closed_nth: int | None = None,
    paused_nth: int | None = None,
    warn_days: int = WARN_DAYS,
) -> Light:
    """The lamp of a case, all moments as working-day ordinals.

    After the close of business on the due day "now" is the next ordinal, and the lamp is red. A pause set when the
    limit was already missed (`paused_nth` beyond `due_nth`) does not hide that.
    """
    if closed_nth is not None:
        return Light.DONE_LATE if due_nth is not None and closed_nth > due_nth else Light.DONE
    place = band(now_nth=now_nth, due_nth=due_nth, paused=paused, paused_nth=paused_nth, warn_days=warn_days)
    return _LIGHT_OF_BAND[place]


_LIGHT_OF_BAND = {
    Band.OVERDUE: Light.RED,
    Band.TODAY: Light.YELLOW,
    Band.SOON: Light.YELLOW,
    Band.AMPLE: Light.GREEN,
    Band.PAUSED: Light.PAUSED,
    Band.NONE: Light.NONE,
}


def band(
    *,
    now_nth: int,
    due_nth: int | None,
    paused: bool = False,
    paused_nth: int | None = None,
    warn_days: int = WARN_DAYS,
) -> Band:
    """The worklist group of an open case, all moments as working-day ordinals."""
    if due_nth is None:
        return Band.NONE
    if paused and (paused_nth is None or paused_nth <= due_nth):
        return Band.PAUSED
    left = due_nth - now_nth
    if left < 0 or paused:
        return Band.OVERDUE
    if left == 0:
        return Band.TODAY
    return Band.SOON if left <= warn_days else Band.AMPLE
