"""Where the money of a budget line lies, and what can happen to the money of a payment."""

from enum import StrEnum

from concierge.basics.text import Text, _


class Purse(StrEnum):
    """Where money of a budget line lies; what a person owes stands against what was claimed from him."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SPENT = "spent"
    RECEIVABLE = "receivable"
    CLAIMED = "claimed"
    WRITTEN_OFF = "written_off"


class Movement(StrEnum):
    """What can happen to the money of an item."""

    RESERVE = "reserve"
    UNRESERVE = "unreserve"
    DISBURSE = "disburse"
    BOUNCE = "bounce"
    REVERSE = "reverse"
    RETURN = "return"
    CORRECT_OUT = "correct_out"
    CORRECT_IN = "correct_in"
    CLAIM_BACK = "claim_back"
    LOWER = "lower"
    RECOVER = "recover"
    REDEEM = "redeem"
    WRITE_OFF = "write_off"

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
    Movement.CLAIM_BACK: _("Decided to be paid back"),
    Movement.LOWER: _("Lowered by a judgment or withdrawn"),
    Movement.RECOVER: _("Paid back"),
    Movement.REDEEM: _("Debt redeemed"),
    Movement.WRITE_OFF: _("Written off"),
    Movement.RETURN: _("Returned to treasury"),
    Movement.CORRECT_OUT: _("Corrected: taken off this line"),
    Movement.CORRECT_IN: _("Corrected: charged to this line"),
}

WAYS: dict[Movement, tuple[Purse, Purse]] = {
    Movement.RESERVE: (Purse.AVAILABLE, Purse.RESERVED),
    Movement.UNRESERVE: (Purse.RESERVED, Purse.AVAILABLE),
    Movement.DISBURSE: (Purse.RESERVED, Purse.SPENT),
    Movement.BOUNCE: (Purse.RESERVED, Purse.AVAILABLE),
    Movement.REVERSE: (Purse.SPENT, Purse.AVAILABLE),
    Movement.CLAIM_BACK: (Purse.CLAIMED, Purse.RECEIVABLE),
    Movement.LOWER: (Purse.RECEIVABLE, Purse.CLAIMED),
    Movement.RECOVER: (Purse.SPENT, Purse.AVAILABLE),
    Movement.REDEEM: (Purse.RECEIVABLE, Purse.CLAIMED),
    Movement.WRITE_OFF: (Purse.RECEIVABLE, Purse.WRITTEN_OFF),
    Movement.RETURN: (Purse.SPENT, Purse.AVAILABLE),
    Movement.CORRECT_OUT: (Purse.SPENT, Purse.AVAILABLE),
    Movement.CORRECT_IN: (Purse.AVAILABLE, Purse.SPENT),
}
"""From where to where each movement goes."""


def movement_named(act: str) -> Movement:
    """The movement of a posting: later rounds are written "reserve.2"."""
    return Movement(act.partition(".")[0])
