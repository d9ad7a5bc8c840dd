"""Recognition of talent as arithmetic (domain §2.1): how long a certificate holds, and what may follow it."""

from dataclasses import dataclass
from datetime import date, timedelta

from concierge.basics.text import Text, _
from concierge.rules.policy import add_months

ENDING = timedelta(days=60)
"""So long before its end a certificate may be renewed, and its holder is told."""
APPLIED_BY: dict[str, Text] = {
    "expert": _("the expert"),
    "specialist": _("the specialist, on behalf"),
    "employer": _("the employer"),
}


@dataclass(frozen=True)
class Held:
    """A certificate in force: the grade it gives, and its last day."""

    grade: str
    valid_to: date


def is_higher(grade: str, than: str) -> bool:
    """Whether a grade stands above another: A is the highest letter."""
    return grade < than


def may_follow(grade: str, held: Held | None, today: date) -> bool:
    """Whether somebody may apply for a grade: a higher one at any time, any other only when nothing holds for long."""
    return held is None or is_higher(grade, held.grade) or held.valid_to - today <= ENDING


def validity(grade: str, held: Held | None, today: date, months: int) -> tuple[date, date]:
    """First and last day of a certificate issued today. A renewal begins when the one before it ends."""
    begins = today
    if held is not None and not is_higher(grade, held.grade) and held.valid_to >= today:
        begins = held.valid_to + timedelta(days=1)
    return begins, add_months(begins, months) - timedelta(days=1)
