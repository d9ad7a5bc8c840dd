"""Who determines an amount (domain §3.3): the director, the office meeting with its minutes, or the leading group."""

from enum import StrEnum

from concierge.basics.text import Text, _

DIRECTOR_FEN = 5_000_000
MEETING_FEN = 50_000_000


class Tier(StrEnum):
    """The tiers of amounts; the values are kept with the claims."""

    DIRECTOR = "director"
    MEETING = "meeting"
    LEADING_GROUP = "leading_group"

    @property
    def label(self) -> Text:
        """The tier for people."""
        return _LABELS[self]

    @property
    def needs_minutes(self) -> bool:
        """Whether the number of the minutes must be named."""
        return self is not Tier.DIRECTOR


_LABELS = {
    Tier.DIRECTOR: _("Director of the talent office (up to 50,000 yuan)"),
    Tier.MEETING: _("Meeting of the talent office (up to 500,000 yuan)"),
    Tier.LEADING_GROUP: _("Leading group (above 500,000 yuan)"),
}


def tier_of(fen: int) -> Tier:
    """The tier of an amount in fen."""
    if fen <= DIRECTOR_FEN:
        return Tier.DIRECTOR
    return Tier.MEETING if fen <= MEETING_FEN else Tier.LEADING_GROUP
