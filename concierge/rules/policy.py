"""A policy version's data read as rules: conditions that explain themselves, and amounts (domain §2.3, §2.4).

The data are plain JSON, written by officers and kept with the version:

    clauses  {"all": [CONDITION, {"any": [CONDITION, CONDITION]}, {"not": CONDITION}]}
    CONDITION {"fact", "op", "value", "label": {"zh", "en"}, "article": {...}, "upload": {...}, "grows": "months"}
    rates    {"by": FACT, "amounts": {KEY: fen}, "case_by_case": [KEY], "flat": fen}

A date in `value` is written {"date": "2025-01-01"}. `upload` says what to hand in where the fact is unknown; `grows`
marks a number that rises by itself, so that the next date of a change can be told.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from concierge.basics.text import Bilingual, Text, _
from concierge.rules.eligibility import All, Answer, Any_, Clause, Compare, Fact, Finding, Not


class PolicyKind(StrEnum):
    """How a benefit is given (domain §2.4)."""

    ONE_OFF = "one_off"
    INSTALMENT = "instalment"
    MONTHLY = "monthly"
    PER_DAY = "per_day"
    PER_EVENT = "per_event"
    REIMBURSE_CAPPED = "reimburse_capped"
    IN_KIND = "in_kind"
    TO_EMPLOYER = "to_employer"

    @property
    def is_entered(self) -> bool:
        """Whether people enter what falls due (days of service, events), so that the match opens no right."""
        return self in (PolicyKind.PER_DAY, PolicyKind.PER_EVENT)

    @property
    def label(self) -> Text:
        """The kind for people."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    PolicyKind.ONE_OFF: _("One-off"),
    PolicyKind.INSTALMENT: _("In instalments"),
    PolicyKind.MONTHLY: _("By the month"),
    PolicyKind.PER_DAY: _("By the day"),
    PolicyKind.PER_EVENT: _("By event"),
    PolicyKind.REIMBURSE_CAPPED: _("Settled up to a ceiling"),
    PolicyKind.IN_KIND: _("In kind"),
    PolicyKind.TO_EMPLOYER: _("To the employer"),
}


class Outcome(StrEnum):
    """What a decision says of one person under one policy."""

    ENTITLED = "entitled"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"

    @property
    def label(self) -> Text:
        """The outcome for people."""
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {
    Outcome.ENTITLED: _("Entitled"),
    Outcome.NOT_YET: _("Not entitled yet"),
    Outcome.UNKNOWN: _("A fact is missing"),
}
_OUTCOMES = {Answer.MET: Outcome.ENTITLED, Answer.NOT_MET: Outcome.NOT_YET, Answer.UNKNOWN: Outcome.UNKNOWN}


SOURCES: dict[str, Text] = {
    "recognition": _("Certificate of recognition"),
    "talent_status": _("Talent recognition"),
    "employment": _("Employment register"),
    "household": _("Household record"),
    "id_card": _("Identity card"),
    "assignment": _("Assignment of specialists"),
    "no_record": _("Nothing on record"),
    "hr_bureau": _("HR & Social Security Bureau"),
    "employer": _("Employer"),
    "talent_office": _("Talent office"),
    "expert": _("Handed in by the expert"),
    "specialist": _("Entered by the specialist"),
    "import": _("Imported file"),
    "dispatch_orders": _("Confirmed dispatch orders"),
    "assessment": _("Annual assessment"),
}


def source_label(source: str) -> Text:
    """Where a fact comes from, for people."""
    return SOURCES.get(source, _("%(source)s", source=source))


@dataclass(frozen=True)
class Row:
    """One condition as it was judged: what was looked at, what it said, and what would change it.

    `decisive` rows alone make the outcome: were every decisive row met, the outcome would be `entitled`.
    """

    fact: str
    op: str
    wanted: Any
    answer: Answer
    label: Bilingual
    article: Bilingual
    upload: Bilingual
    value: Any
    source: str
    as_of: date | None
    next_on: date | None
    decisive: bool
    negated: bool = False

    def as_json(self) -> dict[str, Any]:
        """The row as it is kept with a decision."""
        return {
            "fact": self.fact,
            "op": self.op,
            "wanted": _plain(self.wanted),
            "answer": self.answer.value,
            "label": _names(self.label),
            "article": _names(self.article),
            "upload": _names(self.upload) if str(self.upload) else None,
            "value": _plain(self.value),
            "source": self.source,
            "as_of": _plain(self.as_of),
            "next_on": _plain(self.next_on),
            "decisive": self.decisive,
            "negated": self.negated,
        }


@dataclass(frozen=True)
class Judgement:
    """The outcome for one person. The rows are made when somebody asks: most judgements change nothing."""

    finding: Finding
    rule: "Rule"
    as_of: date

    @property
    def outcome(self) -> Outcome:
        """What the conditions say together."""
        return _OUTCOMES[self.finding.answer]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every condition in the order of the policy."""
        leaves = zip(self.rule.conditions, _leaves(self.finding, self.rule.clause), strict=True)
        return tuple(_row(condition, leaf, decisive, self.as_of) for condition, (leaf, decisive) in leaves)

    @property
    def missing(self) -> tuple[Row, ...]:
        """The conditions that stand between the person and the benefit."""
        return tuple(row for row in self.rows if row.decisive and row.answer is not Answer.MET)


@dataclass(frozen=True)
class Rule:
    """A policy version's conditions, ready to judge facts."""

    clause: Clause
    conditions: tuple[Mapping[str, Any], ...]

    def judge(self, facts: Mapping[str, Fact], as_of: date) -> Judgement:
        """The outcome on these facts as of a date, with its reasons."""
        return Judgement(self.clause.judge(facts), self, as_of)


def read_rule(data: Mapping[str, Any]) -> Rule:
    """The conditions of a policy version; ValueError names what is wrong with them."""
    return Rule(_clause(data), tuple(_conditions(data)))


def _clause(data: Mapping[str, Any], negated: bool = False) -> Clause:
    """The clause as it is judged: a "not" is carried down to the conditions, so that each row answers for itself."""
    if "not" in data:
        return _clause(data["not"], not negated)
    for word, join, opposite in (("all", All, Any_), ("any", Any_, All)):
        if word in data:
            parts = data[word]
            if not isinstance(parts, Sequence) or isinstance(parts, str) or not parts:
                raise ValueError(f"{word!r} needs a list of conditions")
            return (opposite if negated else join)(tuple(_clause(part, negated) for part in parts))
    if "fact" not in data or "op" not in data:
        raise ValueError(f"a condition needs a fact and an op: {sorted(data)}")
    compared = Compare(str(data["fact"]), str(data["op"]), _value(data.get("value")))
    return Not(compared) if negated else compared


def _conditions(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "not" in data:
        yield from _conditions(data["not"])
        return
    parts = data.get("all") or data.get("any")
    if parts is None:
        yield data
    for part in parts or ():
        yield from _conditions(part)


def _leaves(finding: Finding, clause: Clause, decisive: bool = True) -> Iterator[tuple[Finding, bool]]:
    """Every comparison with whether it counts: beside a met alternative the other alternatives do not."""
    if not isinstance(clause, All | Any_):
        yield finding, decisive
        return
    chosen = isinstance(clause, Any_) and finding.answer is Answer.MET
    for part, inner in zip(finding.parts, clause.parts, strict=True):
        yield from _leaves(part, inner, decisive and (not chosen or part.answer is Answer.MET))


def _row(condition: Mapping[str, Any], finding: Finding, decisive: bool, as_of: date) -> Row:
    negated = bool(finding.parts)
    leaf = finding.parts[0] if negated else finding
    return Row(
        fact=str(condition["fact"]),
        op=str(condition["op"]),
        wanted=_value(condition.get("value")),
        answer=finding.answer,
        label=not_so(_bilingual(condition.get("label"))) if negated else _bilingual(condition.get("label")),
        article=_bilingual(condition.get("article")),
        upload=_bilingual(condition.get("upload")),
        value=leaf.value,
        source=leaf.source,
        as_of=leaf.as_of,
        next_on=_next_change(condition, leaf, as_of),
        decisive=decisive,
        negated=negated,
    )


def not_so(label: Bilingual) -> Bilingual:
    """A condition that must not hold, as people read it."""
    return Bilingual(*(_("Not so: %(what)s", what=label).in_language(language) for language in ("zh_CN", "en")))


def _next_change(condition: Mapping[str, Any], leaf: Finding, as_of: date) -> date | None:
    """When a number that grows by the month reaches what is asked."""
    wanted = condition.get("value")
    grows = condition.get("grows") == "months" and condition["op"] == ">=" and leaf.answer is Answer.NOT_MET
    if not grows or not isinstance(leaf.value, int) or not isinstance(wanted, int):
        return None
    return add_months(leaf.as_of or as_of, wanted - leaf.value)


def rate_of(rates: Mapping[str, Any], facts: Mapping[str, Fact], *, key: str | None = None) -> int | None:
    """The amount in fen for a person with these facts: a month's, or the whole; None if in kind or not known.

    `key` overrides the fact where the amount follows an event. A case-by-case amount (一事一议) is a ceiling.
    """
    if "flat" in rates:
        return int(rates["flat"])
    amounts: Mapping[str, Any] = rates.get("amounts") or {}
    known = facts.get(str(rates.get("by")), Fact(None)).value if key is None else key
    return int(amounts[str(known)]) if known is not None and str(known) in amounts else None


def add_months(day: date, months: int) -> date:
    """The same day of a later or earlier month, or its last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def value_of(condition: Mapping[str, Any]) -> Any:
    """The value a condition compares with, a day as a date."""
    return _value(condition.get("value"))


def _value(value: Any) -> Any:
    return date.fromisoformat(value["date"]) if isinstance(value, Mapping) and "date" in value else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _bilingual(names: Mapping[str, str] | None) -> Bilingual:
    return Bilingual(names.get("zh", ""), names.get("en", "")) if names else Bilingual("")


def _names(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
