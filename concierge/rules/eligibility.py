"""Eligibility as clauses with three answers: met, not met, or not known yet (domain §2.3, §4.1).

A clause judges facts and keeps, beside the answer, what it looked at: so that every decision explains itself.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Protocol

from concierge.basics.text import Text, _


class Answer(Enum):
    """Three-valued truth (Kleene): what is unknown stays unknown unless the other clauses already decide."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Text:
        """The answer for people."""
        return _ANSWER_LABELS[self]


_ANSWER_LABELS = {
    Answer.MET: _("Condition met"),
    Answer.NOT_MET: _("Condition not met"),
    Answer.UNKNOWN: _("Not known yet"),
}


@dataclass(frozen=True)
class Fact:
    """What is known about a person or unit: the value (None if unknown), where it comes from, and as of when."""

    value: Any
    source: str = ""
    as_of: date | None = None


@dataclass(frozen=True)
class Finding:
    """The answer of one clause with what it was judged on; `parts` are the findings inside it."""

    answer: Answer
    label: Text
    fact: str | None = None
    value: Any = None
    source: str = ""
    as_of: date | None = None
    parts: tuple["Finding", ...] = ()

    def leaves(self) -> tuple["Finding", ...]:
        """All single comparisons below this finding, in order: the rows of an explanation."""
        if not self.parts:
            return (self,)
        return tuple(leaf for part in self.parts for leaf in part.leaves())


class Clause(Protocol):
    """Anything that judges facts."""

    @property
    def label(self) -> Text:
        """What the clause demands, for people."""

    def judge(self, facts: Mapping[str, Fact]) -> Finding:
        """The finding on these facts."""


_OPERATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "in": lambda value, wanted: value in wanted,
    "is_true": lambda value, wanted: value is True,
}


COMPARISONS = tuple(_OPERATIONS)


@dataclass(frozen=True)
class Compare:
    """One fact against one value, by ==, !=, <=, >=, in or is_true (which needs no value)."""

    fact: str
    op: str
    value: Any = None
    label: Text = _("Condition")

    def __post_init__(self) -> None:
        if self.op not in _OPERATIONS:
            raise ValueError(f"no such comparison: {self.op!r}")

    def judge(self, facts: Mapping[str, Fact]) -> Finding:
        """Unknown if the fact is absent, has no value, or cannot be compared; otherwise met or not met."""
        known = facts.get(self.fact, Fact(None))
        return Finding(self._answer(known.value), self.label, self.fact, known.value, known.source, known.as_of)

    def _answer(self, value: Any) -> Answer:
        if value is None:
            return Answer.UNKNOWN
        try:
            return Answer.MET if _OPERATIONS[self.op](value, self.value) else Answer.NOT_MET
        except TypeError:
            # A fact of the wrong kind (a word where a number belongs) proves nothing either way.
            return Answer.UNKNOWN


@dataclass(frozen=True)
class All:
    """Every part must be met; one that is not met decides, even beside unknown ones."""

    parts: tuple[Clause, ...]
    label: Text = _("All of these")

    def judge(self, facts: Mapping[str, Fact]) -> Finding:
        """Not met if a part is not met, else unknown if a part is unknown, else met (also with no parts)."""
        return _joined(self.label, self.parts, facts, decides=Answer.NOT_MET, otherwise=Answer.MET)


@dataclass(frozen=True)
class Any_:
    """One part must be met; one that is met decides, even beside unknown ones."""

    parts: tuple[Clause, ...]
    label: Text = _("One of these")

    def judge(self, facts: Mapping[str, Fact]) -> Finding:
        """Met if a part is met, else unknown if a part is unknown, else not met (also with no parts)."""
        return _joined(self.label, self.parts, facts, decides=Answer.MET, otherwise=Answer.NOT_MET)


@dataclass(frozen=True)
class Not:
    """The part must not be met; unknown stays unknown."""

    part: Clause
    label: Text = _("Not this")

    def judge(self, facts: Mapping[str, Fact]) -> Finding:
        """The opposite of the part's answer."""
        finding = self.part.judge(facts)
        return Finding(_OPPOSITE[finding.answer], self.label, parts=(finding,))


_OPPOSITE = {Answer.MET: Answer.NOT_MET, Answer.NOT_MET: Answer.MET, Answer.UNKNOWN: Answer.UNKNOWN}


def _joined(
    label: Text, clauses: tuple[Clause, ...], facts: Mapping[str, Fact], *, decides: Answer, otherwise: Answer
) -> Finding:
    # Every part is judged, also after the answer is certain: people want to see all conditions.
    parts = tuple(clause.judge(facts) for clause in clauses)
    answers = {part.answer for part in parts}
    answer = decides if decides in answers else Answer.UNKNOWN if Answer.UNKNOWN in answers else otherwise
    return Finding(answer, label, parts=parts)
