"""Standing in for somebody away (product, 2): what a deputy covers, and that nobody's work comes back to him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from concierge.basics.text import Text, _
from concierge.rules.roles import Role

LONGEST = 366  # days


class Cover(StrEnum):
    """Which work a deputy takes over."""

    ALL = "all"
    CARE = "care"
    CLAIMS = "claims"
    PAYMENTS = "payments"

    @property
    def label(self) -> Text:
        """The scope's name for people."""
        return _LABELS[self]

    @property
    def kinds(self) -> frozenset[str] | None:
        """The kinds of cases it covers; None for all."""
        return _KINDS.get(self)

    @property
    def roles(self) -> frozenset[Role]:
        """The duties that go over to the deputy: those without which the covered work cannot be done."""
        return _ROLES.get(self, frozenset(Role)) - {Role.EXPERT, Role.SYSTEM}


_LABELS = {
    Cover.ALL: _("All work"),
    Cover.CARE: _("Care requests only"),
    Cover.CLAIMS: _("Benefits and claims only"),
    Cover.PAYMENTS: _("Payments only"),
}
_KINDS = {
    Cover.CARE: frozenset({"care_request", "care_share", "consultation"}),
    Cover.CLAIMS: frozenset({"entitlement", "claim", "joint_opinion"}),
    Cover.PAYMENTS: frozenset({"payment_item", "payment_batch"}),
}
_REVIEWERS = frozenset({Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.SECTOR, Role.HR, Role.UNIT_LIAISON})
_ROLES = {
    Cover.CARE: _REVIEWERS,
    Cover.CLAIMS: _REVIEWERS | {Role.EMPLOYER, Role.TALENT_OFFICE, Role.PRESS},
    Cover.PAYMENTS: frozenset(
        {Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER}
    ),
}


@dataclass(frozen=True)
class Away:
    """A natural person is away, from a day to a day, and these stand in."""

    person: str
    starts_on: date
    ends_on: date
    others: tuple[str, ...]

    def during(self, other: "Away") -> "Away | None":
        """The same absence, only for the days on which the other runs too; None when there are none."""
        first, last = max(self.starts_on, other.starts_on), min(self.ends_on, other.ends_on)
        return Away(self.person, first, last, self.others) if first <= last else None


def comes_back(wished: Away, known: Sequence[Away]) -> bool:
    """Whether on any day the chain of those who stand in for one another would lead back to where it began."""
    return any(_reaches(wished.person, other, wished, known, frozenset()) for other in wished.others)


def _reaches(goal: str, person: str, days: Away, known: Sequence[Away], passed: frozenset[str]) -> bool:
    if person == goal:
        return True
    if person in passed:
        return False
    shared = [part for each in known if each.person == person and (part := each.during(days)) is not None]
    return any(_reaches(goal, other, part, known, passed | {person}) for part in shared for other in part.others)
