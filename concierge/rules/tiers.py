"""Who determines an amount (domain §3.3): the director, the office meeting with its minutes, or the leading group.

The bounds between them, and how long a changed payee waits, are data that two persons set; without any the ones of
the domain hold.
"""

from dataclasses import dataclass
from enum import StrEnum

from concierge.basics.formats import money
from concierge.basics.text import Text, _

HOLD_DAYS = 3
"""Working days for which nothing is paid to a changed account, unless the district sets another number."""


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
    Tier.DIRECTOR: _("Director of the talent office"),
    Tier.MEETING: _("Meeting of the talent office"),
    Tier.LEADING_GROUP: _("Leading group"),
}


@dataclass(frozen=True)
class MoneyRules:
    """Up to which amount (fen, included) the director and the meeting determine; the hold in working days."""

    director_fen: int = 5_000_000
    meeting_fen: int = 50_000_000
    hold_days: int = HOLD_DAYS
    basis: str = ""

    def tier_of(self, fen: int) -> Tier:
        """The tier of an amount in fen."""
        if fen <= self.director_fen:
            return Tier.DIRECTOR
        return Tier.MEETING if fen <= self.meeting_fen else Tier.LEADING_GROUP

    def span(self, tier: Tier) -> Text:
        """The amounts of a tier in words."""
        if tier is Tier.LEADING_GROUP:
            return _("above %(sum)s", sum=money(self.meeting_fen))
        return _("up to %(sum)s", sum=money(self.director_fen if tier is Tier.DIRECTOR else self.meeting_fen))

    def why(self, fen: int) -> Text:
        """Which tier an amount needs, and why."""
        tier = self.tier_of(fen)
        text = _("%(tier)s: it determines amounts %(span)s.", tier=tier.label, span=self.span(tier))
        return _("%(text)s The number of the minutes is named.", text=text) if tier.needs_minutes else text
