"""How a benefit is taxed (domain §2.4): what the paying unit keeps back of the gross amount, in fen.

Incidental income is taxed at a flat rate at the source. What counts as wages is taxed by the employer together with
the wages, because the rate depends on them: nothing is kept back here, and the annual statement says so.
"""

from enum import StrEnum

from concierge.basics.text import Text, _
from concierge.rules.money import percent_of

INCIDENTAL_PERCENT = 20


class Tax(StrEnum):
    """The treatments a policy may name; the empty one is a policy that says nothing."""

    UNSTATED = ""
    EXEMPT = "exempt"
    WAGES = "wages"
    INCIDENTAL = "incidental"
    TO_UNIT = "to_unit"

    @property
    def label(self) -> Text:
        """The treatment for people."""
        return _LABELS[self]

    @property
    def note(self) -> Text | None:
        """What the person has to know about it."""
        return _NOTES.get(self)


_LABELS = {
    Tax.UNSTATED: _("Not stated"),
    Tax.EXEMPT: _("Exempt from tax"),
    Tax.WAGES: _("As wages"),
    Tax.INCIDENTAL: _("As incidental income"),
    Tax.TO_UNIT: _("Paid to a unit"),
}
_NOTES = {
    Tax.WAGES: _("Taxed by your employer together with your wages; nothing was withheld here."),
    Tax.INCIDENTAL: _("Withheld at %(n)s %% when it was paid.", n=INCIDENTAL_PERCENT),
    Tax.UNSTATED: _("The policy does not say how it is taxed; nothing was withheld here."),
}


def withheld(tax: Tax, fen: int) -> int:
    """What is kept back of a gross amount, rounded half up to the fen."""
    return percent_of(fen, INCIDENTAL_PERCENT) if tax is Tax.INCIDENTAL else 0


def share_of(kept_fen: int, net_fen: int, arrived_fen: int) -> int:
    """The tax on what has arrived of a net amount (fen), rounded half up: all of it once everything is there."""
    return percent_of(kept_fen, arrived_fen, net_fen) if net_fen > 0 else kept_fen


def tax_of(schedule: dict[str, object]) -> Tax:
    """The treatment that a version's schedule names."""
    return Tax(str(schedule.get("tax") or ""))
