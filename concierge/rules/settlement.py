"""How the three sides of a payment can stand to one another (product: three-way settlement). Amounts in fen."""

from enum import StrEnum

from concierge.basics.text import Text, _

ANSWER_DAYS = 5
"""Working days after sending within which the bank answers, and after arrival within which the expert may."""


class Cause(StrEnum):
    """What two sides see differently; the values are kept with the differences."""

    PARTIAL = "partial"
    AMOUNT = "amount"
    PAYEE = "payee"
    CONTRADICTS = "contradicts"
    UNKNOWN = "unknown"
    UNANSWERED = "unanswered"
    REVERSED = "reversed"
    CONFIRMED = "confirmed"

    @property
    def label(self) -> Text:
        """The cause for people."""
        return _LABELS[self]


_LABELS = {
    Cause.PARTIAL: _("Only a part has arrived"),
    Cause.AMOUNT: _("The bank names another amount"),
    Cause.PAYEE: _("The bank names another payee"),
    Cause.CONTRADICTS: _("The bank contradicts itself"),
    Cause.UNKNOWN: _("The bank answers a line nobody sent"),
    Cause.UNANSWERED: _("The bank has not answered in time"),
    Cause.REVERSED: _("Reversed after the batch was closed"),
    Cause.CONFIRMED: _("The expert says another amount arrived"),
}
BY_THE_BANK = (Cause.PARTIAL, Cause.AMOUNT, Cause.PAYEE, Cause.CONTRADICTS, Cause.UNANSWERED)
"""Causes that end by themselves once the bank has answered for the whole line."""


class Settled(StrEnum):
    """Where a line stands between the three sides; derived, never kept."""

    SENT = "sent"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    UNANSWERED = "unanswered"

    @property
    def label(self) -> Text:
        """The standing for people."""
        return _STANDINGS[self]


_STANDINGS = {
    Settled.SENT: _("waits for the bank"),
    Settled.RETURNED: _("the expert has not answered yet"),
    Settled.CONFIRMED: _("all three agree"),
    Settled.DISPUTED: _("they differ"),
    Settled.UNANSWERED: _("the expert did not answer"),
}


def standing(
    *, net_fen: int, settled_fen: int, confirmed_fen: int | None, answered: bool, in_dispute: bool, waited_days: int
) -> Settled:
    """Where a line stands: what was sent, paid out and confirmed; `answered` by the bank in full, days since then."""
    if in_dispute or (confirmed_fen is not None and confirmed_fen != settled_fen):
        return Settled.DISPUTED
    if not answered:
        return Settled.SENT
    if confirmed_fen is not None or settled_fen == 0:
        return Settled.CONFIRMED
    if settled_fen != net_fen:
        return Settled.DISPUTED
    return Settled.UNANSWERED if waited_days > ANSWER_DAYS else Settled.RETURNED
