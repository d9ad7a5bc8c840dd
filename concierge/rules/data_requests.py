"""What a person may ask of the office about the data it keeps of him (PIPL Art. 44-50, domain §7.1), and how soon."""

from enum import StrEnum

from concierge.basics.text import Text, _

LIMIT = 15  # working days until the person is answered (domain §7.1, an assumption)
COPY_KEPT = 7  # days a finished copy may be fetched; then it is deleted


class Wish(StrEnum):
    """What is asked for."""

    COPY = "copy"
    CORRECT = "correct"
    EXPLAIN = "explain"
    ERASE_CARE = "erase_care"
    ERASE_ALL = "erase_all"

    @property
    def label(self) -> Text:
        """The wish for people."""
        return _LABELS[self]


_LABELS = {
    Wish.COPY: _("A copy of everything about me"),
    Wish.CORRECT: _("Something about me is wrong"),
    Wish.EXPLAIN: _("Explain to me how my data is used"),
    Wish.ERASE_CARE: _("Delete what I told for care"),
    Wish.ERASE_ALL: _("Delete everything about me that no law wants kept"),
}
WRITTEN = (Wish.CORRECT, Wish.EXPLAIN)
"""What needs words: somebody has to understand it."""
ERASURES = (Wish.ERASE_CARE, Wish.ERASE_ALL)
"""What deletes: decided by the lead or the talent office, and nothing brings it back."""
STATES: dict[str, Text] = {
    "open": _("Waits for the answer"),
    "done": _("Done"),
    "refused": _("Refused, with its reason"),
}
