"""Where the money of a budget line lies, and what can happen to the money of a payment."""

from enum import StrEnum

from concierge.basics.text import Text, _


class Purse(StrEnum):
    """Where money of a budget line lies."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SPENT = "spent"


class Movement(StrEnum):
    """What can happen to the money of an item."""

    RESERVE = "reserve"
    UNRESERVE = "unreserve"
    DISBURSE = "disburse"
    BOUNCE = "bounce"
    REVERSE = "reverse"
    RETURN = "return"

    @property
    def label(self) -> Text:
        """The movement's name for people."""
        return _LABELS[self]


_LABELS = {
    Movement.RESERVE: _("Reserved at approval"),
    Movement.UNRESERVE: _("Reservation released"),
    Movement.DISBURSE: _("Paid by the bank"),
    Movement.BOUNCE: _("Released after a bounce"),
    Movement.REVERSE: _("Reversed by the bank"),
    Movement.RETURN: _("Returned to treasury"),
}

WAYS: dict[Movement, tuple[Purse, Purse]] = {
    Movement.RESERVE: (Purse.AVAILABLE, Purse.RESERVED),
    Movement.UNRESERVE: (Purse.RESERVED, Purse.AVAILABLE),
    Movement.DISBURSE: (Purse.RESERVED, Purse.SPENT),
    Movement.BOUNCE: (Purse.RESERVED, Purse.AVAILABLE),
    Movement.REVERSE: (Purse.SPENT, Purse.AVAILABLE),
    Movement.RETURN: (Purse.SPENT, Purse.AVAILABLE),
}
"""From where to where each movement goes."""


def movement_named(act: str) -> Movement:
    """The movement of a posting: later rounds are written "reserve.2"."""
    return Movement(act.partition(".")[0])
