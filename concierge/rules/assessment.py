"""The annual assessment of a unit (domain §6.5): a base of 100 points less what stands on the negative list."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from concierge.basics.text import Text, _

BASE = 100
RULE_VERSION = 1
APPEAL_DAYS = 5
"""Working days within which a unit may appeal against a deduction."""


@dataclass(frozen=True)
class Item:
    """An item of the negative list: its points; `veto` fails the year whatever the score."""

    code: str
    label: Text
    points: int
    veto: bool = False


ITEMS: dict[str, Item] = {
    item.code: item
    for item in (
        Item("late_return", _("Monthly return handed in late"), 1),
        Item("missed_rectification", _("Finding not put right in time"), 3),
        Item("verified_complaint", _("Complaint found to be true"), 3),
        Item("data_leak", _("Personal data leaked"), 5),
        Item("fabricated", _("Figures made up"), 10, veto=True),
    )
}
BY_HAND = ("verified_complaint", "data_leak", "fabricated")
"""What people find to be so; the other items follow from the records by themselves."""


class Grade(StrEnum):
    """The grades of a year and the coefficient of the reward funds that goes with each."""

    EXCELLENT = "excellent"
    GOOD = "good"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def label(self) -> Text:
        """The grade's name for people."""
        return _GRADES[self][0]

    @property
    def coefficient(self) -> int:
        """The coefficient of the reward funds, in tenths."""
        return _GRADES[self][1]


_GRADES = {
    Grade.EXCELLENT: (_("Excellent"), 12),
    Grade.GOOD: (_("Good"), 10),
    Grade.PASSED: (_("Passed the year"), 8),
    Grade.FAILED: (_("Failed the year"), 0),
}
_FROM = ((90, Grade.EXCELLENT), (80, Grade.GOOD), (60, Grade.PASSED))


@dataclass(frozen=True)
class Deduction:
    """One deduction as the score sees it."""

    item: str
    points: int
    is_live: bool


def score_of(deductions: Iterable[Deduction]) -> int:
    """The base less every live deduction, never below 0."""
    return max(0, BASE - sum(each.points for each in deductions if each.is_live))


def grade_of(deductions: Iterable[Deduction]) -> Grade:
    """The grade of a score; a live item with a veto fails the year."""
    kept = list(deductions)
    if any(each.is_live and ITEMS[each.item].veto for each in kept):
        return Grade.FAILED
    score = score_of(kept)
    return next((grade for least, grade in _FROM if score >= least), Grade.FAILED)
