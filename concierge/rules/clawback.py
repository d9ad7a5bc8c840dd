"""Why and by which formula money comes back, and until when a person is heard (domain §2.5)."""

from collections.abc import Callable
from enum import StrEnum

from concierge.basics.text import Text, _
from concierge.rules.money import earned_difference, full_return, paid_prorata, share

HEARD_DAYS = 10
"""Working days in which the person may state and defend himself before anything is decided."""


class Formula(StrEnum):
    """The formulas; the values are kept with policies and clawbacks."""

    FULL_RETURN = "full_return"
    PAID_PRORATA = "paid_prorata"
    EARNED_DIFFERENCE = "earned_difference"
    CORRECTION = "correction"

    @property
    def label(self) -> Text:
        """The formula for people."""
        return _LABELS[self]


_LABELS = {
    Formula.FULL_RETURN: _("Everything paid is returned"),
    Formula.PAID_PRORATA: _("Of what was paid, the share of the months not served"),
    Formula.EARNED_DIFFERENCE: _("What was paid beyond what service has earned"),
    Formula.CORRECTION: _("What later corrections took off what was paid"),
}
_SUMS: dict[Formula, Callable[..., int]] = {
    Formula.FULL_RETURN: full_return,
    Formula.PAID_PRORATA: paid_prorata,
    Formula.EARNED_DIFFERENCE: earned_difference,
}

OF_POLICIES = tuple(_SUMS)
"""What a policy may name; a correction is calculated from its lines."""

GROUNDS: dict[str, Text] = {
    "left": _("Left before the end of the service term"),
    "not_entitled": _("Conditions were not met"),
    "overpaid": _("Too much was paid"),
    "fraud": _("False statements"),
}
EXEMPTIONS: dict[str, Text] = {
    "transfer": _("Transferred by the organisation"),
    "illness": _("Illness"),
    "death": _("Death"),
}
"""Reasons for which nothing is claimed back (domain §2.5)."""


def due(formula: Formula, *, total: int, paid: int, term_months: int, served_months: int) -> int:
    """What has to come back (fen), never more than was paid. Raises ValueError for a term without months."""
    sum_of = _SUMS[formula]
    return min(paid, sum_of(total=total, paid=paid, term_months=term_months, served_months=served_months))


def instalments(fen: int, count: int) -> list[int]:
    """A sum in so many instalments that add up to it; what rounding leaves goes to the first ones."""
    return share(fen, [1] * count)
