"""Care cadence (domain §4.1): when an expert should hear from his specialist. Gentle: what was missed is never scored.

A call each month, a visit each quarter, a visit at festivals, a word on birthdays, before a contract or a certificate
ends, and after illness or hardship.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from concierge.basics.text import Text, _


class Contact(StrEnum):
    """How a specialist was in touch."""

    CALL = "call"
    VISIT = "visit"
    MESSAGE = "message"

    @property
    def label(self) -> Text:
        """The way in words."""
        return _CONTACT_LABELS[self]


_CONTACT_LABELS = {Contact.CALL: _("Call"), Contact.VISIT: _("Visit to the expert"), Contact.MESSAGE: _("Message")}


class Occasion(StrEnum):
    """Why somebody is due to hear from his specialist."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    FESTIVAL = "festival"
    BIRTHDAY = "birthday"
    CONTRACT = "contract"
    CERTIFICATE = "certificate"
    HARDSHIP = "hardship"

    @property
    def label(self) -> Text:
        """The occasion in words."""
        return _OCCASION_LABELS[self]

    @property
    def wants_visit(self) -> bool:
        """Whether a call is not enough."""
        return self in (Occasion.QUARTERLY, Occasion.FESTIVAL, Occasion.HARDSHIP)


_OCCASION_LABELS = {
    Occasion.MONTHLY: _("Monthly call"),
    Occasion.QUARTERLY: _("Quarterly visit"),
    Occasion.FESTIVAL: _("Festival"),
    Occasion.BIRTHDAY: _("Birthday"),
    Occasion.CONTRACT: _("Contract ends"),
    Occasion.CERTIFICATE: _("Certificate ends"),
    Occasion.HARDSHIP: _("Illness or hardship"),
}
BEFORE_END = timedelta(days=60)
"""So long before a contract or a certificate ends it is spoken of."""
AROUND_FESTIVAL = timedelta(days=10)
"""A contact from so many days before a festival until it is over counts for it."""
AFTER_HARDSHIP = timedelta(days=30)
NOT_ALONE = ("medical", "psychological", "elderly_parents", "bereavement")
"""Kinds of care requests after which somebody is visited."""

SPRING, DRAGON_BOAT, MID_AUTUMN, DOUBLE_NINTH, NATIONAL = (
    _("Spring Festival"), _("Dragon Boat Festival"), _("Mid-Autumn Festival"), _("Double Ninth Festival"),
    _("National Day"),
)  # fmt: skip
LUNAR: dict[Text, tuple[date, ...]] = {
    SPRING: (
        date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26), date(2029, 2, 13),
        date(2030, 2, 3),
    ),
    DRAGON_BOAT: (
        date(2024, 6, 10), date(2025, 5, 31), date(2026, 6, 19), date(2027, 6, 9), date(2028, 5, 28), date(2029, 6, 16),
        date(2030, 6, 5),
    ),
    MID_AUTUMN: (
        date(2024, 9, 17), date(2025, 10, 6), date(2026, 9, 25), date(2027, 9, 15), date(2028, 10, 3),
        date(2029, 9, 22), date(2030, 9, 12),
    ),
    DOUBLE_NINTH: (
        date(2024, 10, 11), date(2025, 10, 29), date(2026, 10, 18), date(2027, 10, 8), date(2028, 10, 26),
        date(2029, 10, 16), date(2030, 10, 5),
    ),
}  # fmt: skip
"""Festivals of the lunar calendar, by the almanac; beyond the last of these years none is known."""


def festivals(first: date, last: date) -> list[tuple[date, Text]]:
    """The festivals on the days from first to last, in order."""
    found = [(day, name) for name, days in LUNAR.items() for day in days]
    found += [(date(year, 10, 1), NATIONAL) for year in range(first.year, last.year + 1)]
    return sorted((each for each in found if first <= each[0] <= last), key=lambda each: each[0])


@dataclass(frozen=True)
class Known:
    """What is known of one expert: dates that matter, contacts so far (day, way), hardships told."""

    birth_on: date | None = None
    contract_ends_on: date | None = None
    certificate_ends_on: date | None = None
    contacts: Sequence[tuple[date, Contact]] = ()
    hardships: Sequence[date] = ()


@dataclass(frozen=True)
class Due:
    """One contact due on a day, or by that day for calls and visits of a period; done or not."""

    day: date
    occasion: Occasion
    is_done: bool
    name: Text | None = None


def due_contacts(known: Known, first: date) -> list[Due]:
    """What is due in the month that begins on `first`, in the order of the days."""
    last = first.replace(day=monthrange(first.year, first.month)[1])
    begins, ends = _quarter(first)
    found = [Due(last, Occasion.MONTHLY, _heard(known, first, last))]
    if last == ends:
        found.append(Due(last, Occasion.QUARTERLY, _heard(known, begins, ends, visit=True)))
    found += [
        Due(day, Occasion.FESTIVAL, _heard(known, day - AROUND_FESTIVAL, day, visit=True), name)
        for day, name in festivals(first, last)
    ]
    found += [Due(day, why, _heard(known, since, day)) for day, why, since in _days(known, first.year)]
    found += [
        Due(day + AFTER_HARDSHIP, Occasion.HARDSHIP, _heard(known, day, day + AFTER_HARDSHIP, visit=True))
        for day in known.hardships
    ]
    return sorted((each for each in found if first <= each.day <= last), key=lambda each: (each.day, each.occasion))


def _days(known: Known, year: int) -> Iterable[tuple[date, Occasion, date]]:
    """Days of the expert's own, with the day from which a contact counts for them."""
    if known.birth_on is not None:
        day = _in_year(known.birth_on, year)
        yield day, Occasion.BIRTHDAY, day - timedelta(days=3)
    for end, occasion in (
        (known.contract_ends_on, Occasion.CONTRACT),
        (known.certificate_ends_on, Occasion.CERTIFICATE),
    ):
        if end is not None:
            yield end - BEFORE_END, occasion, end - 2 * BEFORE_END


def _in_year(born: date, year: int) -> date:
    """The birthday in a year; of those born on a leap day the last of February."""
    return date(year, born.month, min(born.day, monthrange(year, born.month)[1]))


def _quarter(day: date) -> tuple[date, date]:
    month = (day.month - 1) // 3 * 3 + 1
    return date(day.year, month, 1), date(day.year, month + 2, monthrange(day.year, month + 2)[1])


def _heard(known: Known, first: date, last: date, *, visit: bool = False) -> bool:
    return any(first <= day <= last and (not visit or way is Contact.VISIT) for day, way in known.contacts)
