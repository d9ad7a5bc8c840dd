"""The facts that policies may ask for, each with its type: what officers choose from, and what values may be (§2.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from concierge.basics.text import Bilingual, Text, _
from concierge.rules.roles import UnitKind
from concierge.rules.talent import (
    ASSESSMENTS,
    CATEGORIES,
    DEGREES,
    EMPLOYER_GRADES,
    KINDS,
    TITLES,
    Word,
    Words,
    label_of,
)


class FactType(StrEnum):
    """What the value of a fact is."""

    YES_NO = "yes_no"
    NUMBER = "number"
    MONTHS = "months"
    DAY = "day"
    WORD = "word"


_EXPERT, _EMPLOYER, _HR = _("the expert, with a paper"), _("Employer"), _("HR & Social Security Bureau")
_OFFICE = _("Talent office")


@dataclass(frozen=True)
class Known:
    """One fact of the catalogue. `MONTHS` are numbers that rise by one each month as long as nothing changes.

    `supplier` can tell what is not known yet.
    """

    name: str
    label: Text
    type: FactType
    words: Words = ()
    supplier: Text = _EXPERT

    def fits(self, value: Any) -> bool:
        """Whether a value can be this fact's: a day as a date."""
        if self.type is FactType.YES_NO:
            return isinstance(value, bool)
        if self.type is FactType.DAY:
            return isinstance(value, date)
        if self.type is FactType.WORD:
            return value in {word.code for word in self.words}
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST


MOST = 1_000_000_000
"""Numbers that a fact can be lie below it."""


EMPLOYERS: Words = tuple(Word(kind.value, kind.label) for kind in UnitKind if kind is not UnitKind.VILLAGE)
_ALL = (
    Known("category", _("Talent category"), FactType.WORD, CATEGORIES, supplier=_OFFICE),
    Known("category_from", _("Recognised since"), FactType.DAY, supplier=_OFFICE),
    Known("category_to", _("Recognition valid until"), FactType.DAY, supplier=_OFFICE),
    Known("recruitment", _("Kind of recruitment"), FactType.WORD, KINDS, supplier=_OFFICE),
    Known("employed", _("In post with an employer of the district"), FactType.YES_NO, supplier=_EMPLOYER),
    Known("hired_on", _("In post since"), FactType.DAY, supplier=_EMPLOYER),
    Known("employed_months", _("Months in post"), FactType.MONTHS, supplier=_EMPLOYER),
    Known("age_at_hire", _("Age when hired"), FactType.NUMBER),
    Known("age", _("Age in years"), FactType.NUMBER),
    Known("contract_months", _("Length of the contract in months"), FactType.NUMBER, supplier=_EMPLOYER),
    Known("is_formal", _("In a formal post"), FactType.YES_NO, supplier=_EMPLOYER),
    Known("employer_kind", _("Kind of employer"), FactType.WORD, EMPLOYERS, supplier=_EMPLOYER),
    Known("in_township", _("Works in a township unit"), FactType.YES_NO, supplier=_EMPLOYER),
    Known("remoteness", _("Remoteness class of the work place"), FactType.NUMBER, supplier=_EMPLOYER),
    Known("township_months", _("Months of grass-roots service in all"), FactType.NUMBER, supplier=_OFFICE),
    Known("degree", _("Degree"), FactType.WORD, DEGREES),
    Known("title", _("Professional title"), FactType.WORD, TITLES),
    Known("shortage_major", _("Shortage major"), FactType.YES_NO),
    Known("insured", _("Insured in the district"), FactType.YES_NO, supplier=_HR),
    Known("insurance_months", _("Months insured"), FactType.MONTHS, supplier=_HR),
    Known("assessment", _("Annual assessment"), FactType.WORD, ASSESSMENTS, supplier=_EMPLOYER),
    Known("service_days_last_year", _("Service days last year"), FactType.NUMBER, supplier=_OFFICE),
    Known("away_over_30_days", _("Away for over 30 days"), FactType.YES_NO, supplier=_EMPLOYER),
    Known("credit_flagged", _("On the credit list"), FactType.YES_NO, supplier=_OFFICE),
    Known("home_owner", _("Owns a home in the district"), FactType.YES_NO),
    Known("first_home", _("The home is the first in the district"), FactType.YES_NO),
    Known("home_bought_on", _("Home bought on"), FactType.DAY),
    Known("deed_tax_paid", _("Deed tax paid"), FactType.YES_NO),
    Known("lease_from", _("Lease filed since"), FactType.DAY),
    Known("has_spouse", _("Married"), FactType.YES_NO),
    Known("spouse_placed", _("Spouse has a job"), FactType.YES_NO),
    Known("spouse_registered_on", _("Spouse registered for placement on"), FactType.DAY),
    Known("school_age_child", _("Has a child of school age"), FactType.YES_NO),
    Known("guardian_consent", _("The guardian has consented"), FactType.YES_NO),
    Known("has_specialist", _("Has an assigned specialist"), FactType.YES_NO, supplier=_OFFICE),
    Known("employer_gave_health_check", _("Health check by the employer"), FactType.YES_NO, supplier=_EMPLOYER),
    Known("stipend_from", _("On the stipend list since"), FactType.DAY, supplier=_OFFICE),
    Known("task_book_on", _("Task book of the research signed on"), FactType.DAY, supplier=_EMPLOYER),
    Known("honoured_on", _("Selected for an honour on"), FactType.DAY, supplier=_OFFICE),
    Known("employer_graded_on", _("Employer's grade of the year given on"), FactType.DAY, supplier=_OFFICE),
    Known("employer_grade", _("Employer's grade of the year"), FactType.WORD, EMPLOYER_GRADES, supplier=_OFFICE),
    Known("employer_vetoed", _("The employer has a veto item"), FactType.YES_NO, supplier=_OFFICE),
)
FACTS: Mapping[str, Known] = {fact.name: fact for fact in _ALL}

OPERATIONS: Mapping[FactType, Mapping[str, Text]] = {
    FactType.YES_NO: {"==": _("is")},
    FactType.NUMBER: {">=": _("is at least"), "<=": _("is at most"), "==": _("is exactly")},
    FactType.MONTHS: {">=": _("is at least"), "<=": _("is at most")},
    FactType.DAY: {">=": _("is on or after"), "<=": _("is on or before")},
    FactType.WORD: {"in": _("is one of")},
}
"""How officers compare a fact of each type, in words."""


_UNITS = {
    "age": _("aged %(n)s"),
    "age_at_hire": _("aged %(n)s"),
    "months": _("%(n)s months"),
    "service_days_last_year": _("%(n)s days"),
}
"""In what a number is counted, by the fact's name or by its last word."""


def why_not(fact: str, op: str, value: Any) -> Text | None:
    """Why a condition cannot be judged: an unknown fact, or a value of another type; None if it can."""
    known = FACTS.get(fact)
    if known is None:
        return _("there is no fact called %(name)s", name=fact)
    if op == "is_true":
        fits = known.type is FactType.YES_NO
    elif op == "in":
        fits = isinstance(value, list) and bool(value) and all(known.fits(one) for one in value)
    else:
        fits = known.fits(value)
    return None if fits else _("the value does not fit the fact: %(label)s", label=known.label)


def supplier_of(fact: str) -> Text:
    """Who can tell a fact that is not known yet."""
    known = FACTS.get(fact)
    return known.supplier if known is not None else _EXPERT


def told(fact: str, value: Any) -> Text | str:
    """What is known of somebody, for people: a word by its name, a number with its unit, yes or no beside what it
    answers (a condition may ask for the opposite), anything else as written."""
    known = FACTS.get(fact)
    if isinstance(value, bool):
        answer = _("Yes") if value else _("No")
        return _("%(what)s: %(answer)s", what=known.label, answer=answer) if known is not None else answer
    if known is not None and known.type is FactType.WORD:
        return label_of(known.words, str(value))
    if known is not None and known.type in (FactType.NUMBER, FactType.MONTHS):
        unit = _UNITS.get(fact) or _UNITS.get(fact.rpartition("_")[2])
        return _(unit.msgid, n=value) if unit is not None else str(value)
    return str(value)


def sentence(fact: str, op: str, value: Any) -> Bilingual:
    """A condition in words, as it is suggested where officers write none."""
    known = FACTS[fact]
    told = {language: _sentence(known, op, value, language) for language in ("zh_CN", "en")}
    return Bilingual(told["zh_CN"], told["en"])


def _sentence(known: Known, op: str, value: Any, language: str) -> str:
    label = known.label.in_language(language)
    if known.type is FactType.YES_NO:
        return label if value is True else _("Not so: %(what)s", what=label).in_language(language)
    compared = OPERATIONS[known.type][op].in_language(language)
    if known.type is FactType.WORD:
        labels = [label_of(known.words, code) for code in value]
        names = [one.in_language(language) if isinstance(one, Text) else one for one in labels]
        return f"{label}{_gap(language)}{compared}{_gap(language)}{('、' if language == 'zh_CN' else ', ').join(names)}"
    said = value.isoformat() if isinstance(value, date) else str(value)
    return f"{label}{_gap(language)}{compared} {said}"


def _gap(language: str) -> str:
    return "" if language == "zh_CN" else " "
