"""Why a kept-secret value is looked at: the person concerned may read it (domain §7.1)."""

from enum import StrEnum

from concierge.basics.text import Text, _


class Purpose(StrEnum):
    """The reasons to choose from when a number is revealed."""

    IDENTITY = "identity"
    CONTACT = "contact"
    CLAIM = "claim"
    PAYMENT = "payment"
    CARE = "care"
    CORRECTION = "correction"
    SUPERVISION = "supervision"

    @property
    def label(self) -> Text:
        """The purpose for people."""
        return _LABELS[self]


_LABELS = {
    Purpose.IDENTITY: _("To check the person's identity"),
    Purpose.CONTACT: _("To reach the person"),
    Purpose.CLAIM: _("To examine a claim"),
    Purpose.PAYMENT: _("To make or correct a payment"),
    Purpose.CARE: _("To handle a care request"),
    Purpose.CORRECTION: _("To correct the record"),
    Purpose.SUPERVISION: _("For supervision or audit"),
}


def purpose_label(kept: str) -> Text | str:
    """A kept purpose for people: its label, or the words that were typed."""
    return Purpose(kept).label if kept in list(Purpose) else kept
