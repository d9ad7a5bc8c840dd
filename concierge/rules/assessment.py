"""The annual assessment of a unit (domain §6.5): a base of 100 points less what stands on the negative list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from concierge.basics.text import Text, _

BASE = 100
APPEAL_DAYS = 5
"""Working days within which a unit may appeal against a deduction."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """What a version of an item of the negative list says.

    `is_veto` fails the year whatever the score; `months` is how long a deduction counts, None to the end of its year;
    what is no longer in use (`is_used`) is deducted for no more.
    """

    code: str
    name_zh: str
    name_en: str
    points: int
    basis: str
    is_veto: bool = False
    months: int | None = None
    is_used: bool = True


LATE_RETURN, MISSED = "late_return", "missed_rectification"
BY_RECORDS = (LATE_RETURN, MISSED)
"""Items that follow from the records by themselves; whether the others hold is found by people."""
_BASIS = "人才工作年度考核评价（标准清单）"
STANDARD = tuple(
    Item(code=code, name_zh=zh, name_en=en, points=points, basis=_BASIS, is_veto=is_veto)
    for code, zh, en, points, is_veto in (
        (LATE_RETURN, "月报迟报", "Monthly return handed in late", 1, False),
        ("late_benefit", "待遇办理因本单位环节超时", "Benefit overdue by the unit's own step", 2, False),
        (MISSED, "督导问题逾期未整改", "Finding not put right in time", 3, False),
        ("verified_complaint", "投诉查实", "Complaint found to be true", 3, False),
        ("data_leak", "泄露个人信息", "Personal data leaked", 5, False),
        ("fabricated", "虚报数据", "Figures made up", 10, True),
    )
)
"""The list with which a district begins: version 1 of each item (domain §6.5)."""


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

    points: int
    is_veto: bool
    is_live: bool


def is_expired(expires_on: date | None, year: int, today: date) -> bool:
    """Whether a deduction's last day is over; a year that is over is judged as on its last day, whenever it is closed.

    So a deduction that ran out within its year counts no more, and one that runs out later counts in its year for good.
    """
    return expires_on is not None and expires_on < min(today, date(year, 12, 31))


def score_of(deductions: Iterable[Deduction]) -> int:
    """The base less every live deduction, never below 0."""
    return max(0, BASE - sum(each.points for each in deductions if each.is_live))


def grade_of(deductions: Iterable[Deduction]) -> Grade:
    """The grade of a score; a live item with a veto fails the year."""
    kept = list(deductions)
    if any(each.is_live and each.is_veto for each in kept):
        return Grade.FAILED
    score = score_of(kept)
    return next((grade for least, grade in _FROM if score >= least), Grade.FAILED)
