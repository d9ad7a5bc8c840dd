"""What officers write of a policy: its head, the rules of one version, and whether they can hold (domain §2.4)."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason
from concierge.basics.formats import LARGEST_FEN
from concierge.basics.text import Bilingual, Text, _
from concierge.models.policy import Policy, PolicyLimit, PolicyVersion
from concierge.rules.clawback import OF_POLICIES
from concierge.rules.exclusion import bonds_of
from concierge.rules.facts import FACTS, FactType, why_not
from concierge.rules.identifiers import check_document_number
from concierge.rules.periods import Rate, periods
from concierge.rules.policy import PolicyKind, read_rule, value_of
from concierge.rules.tax import Tax
from concierge.rules.windows import window_of

LIMIT_NAMES = (
    "claim",
    "correction",
    "employer_review",
    "sector_review",
    "joint_review",
    "hr_review",
    "determination",
    "publicity",
    "special_procedure",
    "finance_check",
    "delivery",
)
NUMBERS = (
    "months",
    "window_months",
    "term_months",
    "claim_months",
    "voucher_days",
    "events_a_year",
    "days_a_month",
    "every_years",
    "leave_days",
)
"""What a schedule says in numbers, none above MOST_NUMBER."""
MOST_NUMBER = 9999
WORDS: Mapping[str, Collection[str]] = {
    "rhythm": ("month", "quarter", "half_year", "year"),
    "starts_with": [fact for fact, known in FACTS.items() if known.type is FactType.DAY],
    "clawback": OF_POLICIES,
    "tax": set(Tax),
}
"""What a schedule says in words of ours."""
SAID = {
    *(*NUMBERS, *WORDS, "shares", "at_months", "apply_from", "apply_to", "exclusions", "orders", "joint", "subject"),
    *("suspend_when", "end_when", "end_at_once", "arrears", "posting_name", "auto_match", "for_all", "certificate"),
    *("halves", "one_a_day", "invoices", "voucher", "waiting_list"),
}
"""All that a schedule may say: a name written wrongly would bound nothing, and nobody would notice."""
FREE_KEYS = ("event", "item")
"""Tables of amounts whose keys officers name themselves: occasions, and what is given for a day."""
LEAST_PUBLICITY = 5
"""Working days a posting lasts at least (domain §3.1)."""
FLAGS = (
    "restarts_clock",
    "needs_employer",
    "needs_sector",
    "needs_joint",
    "needs_hr",
    "needs_publicity",
    "is_paid",
    "is_interim",
)


def _mark_of(written: Mapping[str, Any]) -> str:
    """What tells these words and figures from any others."""
    said = json.dumps(written, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class PolicyHead:
    """What a policy is, whatever its version. `group` is what take-higher works on; units by their ids."""

    code: str
    name: Bilingual
    group: str
    unit_id: int
    paying_unit_id: int
    icon: str = "gift"

    @property
    def mark(self) -> str:
        """What tells this head from any other: whoever puts it right names the one that he read."""
        return _mark_of(asdict(self))


@dataclass(frozen=True)
class VersionContent:
    """The rules of one version, as rules/policy.py and rules/periods.py read them; limits in working days.

    `number` is its document number, as 望人社发〔2025〕12号.
    """

    number: str
    kind: str
    valid_from: date
    clauses: Mapping[str, Any]
    rates: Mapping[str, Any]
    schedule: Mapping[str, Any]
    materials: Sequence[Mapping[str, Any]] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    valid_to: date | None = None
    basis: Bilingual = field(default_factory=lambda: Bilingual(""))
    article: Bilingual = field(default_factory=lambda: Bilingual(""))
    guide: Bilingual = field(default_factory=lambda: Bilingual(""))
    restarts_clock: bool = False
    needs_employer: bool = True
    needs_sector: bool = False
    needs_joint: bool = False
    needs_hr: bool = True
    needs_publicity: bool = True
    is_paid: bool = True
    is_interim: bool = False

    @property
    def mark(self) -> str:
        """What tells this text of the rules from any other: whoever changes or publishes names the one that he read."""
        return _mark_of(asdict(self))


def head_of(session: Session, policy_id: int) -> PolicyHead:
    """What a policy is now. Raises NotFound."""
    policy = session.get(Policy, policy_id)
    if policy is None:
        raise NotFound()
    names = ("code", "name", "group", "unit_id", "paying_unit_id", "icon")
    return PolicyHead(**{name: getattr(policy, name) for name in names})


def content_of(session: Session, version_id: int) -> VersionContent:
    """A version's rules, to write the next version from. Raises NotFound."""
    row = session.get(PolicyVersion, version_id)
    if row is None:
        raise NotFound()
    limits = session.execute(select(PolicyLimit).where(PolicyLimit.policy_version_id == version_id)).scalars()
    names = ("number", "kind", "valid_from", "valid_to", "clauses", "rates", "schedule", "materials", *FLAGS)
    return VersionContent(
        **{name: getattr(row, name) for name in names},
        limits={limit.name: limit.days for limit in limits},
        basis=Bilingual(row.basis_zh, row.basis_en),
        article=Bilingual(row.article_zh, row.article_en),
        guide=Bilingual(row.guide_zh, row.guide_en),
    )


def check_content(content: VersionContent) -> None:
    """Raises Invalid naming everything in a version's rules that cannot be."""
    wrong = [*_wrong_number(content), *_wrong_rules(content), *_wrong_amounts(content)]
    wrong += [*_wrong_schedule(content), *_wrong_limits(content)]
    if content.valid_to is not None and content.valid_to < content.valid_from:
        wrong.append(Reason("ends_before_start", _("The last day is before the first."), "valid_to"))
    if content.is_interim and content.valid_to is None:
        text = _("A version for trial has a last day.")
        wrong.append(Reason("trial_without_end", text, "valid_to"))
    if content.needs_joint and not (content.needs_hr and (content.needs_employer or content.needs_sector)):
        text = _("A joint review follows the employer's or the sector bureau's review and ends at the HR bureau.")
        wrong.append(Reason("joint_review_alone", text, "needs_joint"))
    codes = [material["code"] for material in content.materials]
    if len(codes) != len(set(codes)) or any(m.get("severity") not in ("major", "minor") for m in content.materials):
        text = _("Every paper has its own code and is major or minor.")
        wrong.append(Reason("materials_wrong", text, "materials"))
    if wrong:
        raise Invalid(*wrong)


def _wrong_number(content: VersionContent) -> Sequence[Reason]:
    try:
        check_document_number(content.number, field="number")
    except Invalid as refused:
        return refused.reasons
    return ()


def _wrong_rules(content: VersionContent) -> list[Reason]:
    wrong = []
    try:
        conditions = read_rule(content.clauses).conditions
    except (ValueError, TypeError) as error:
        wrong.append(Reason("clauses_wrong", _("The conditions cannot be read: %(why)s", why=str(error)), "clauses"))
    else:
        told = [why_not(row["fact"], row["op"], value_of(row)) for row in conditions]
        odd = [why for why in told if why is not None] or _wordless(conditions)
        wrong += [Reason("clauses_wrong", why, "clauses") for why in odd]
    return wrong


def _wordless(conditions: Iterable[Mapping[str, Any]]) -> list[Text]:
    labels = [(str(row["fact"]), row.get("label")) for row in conditions]
    wordless = [
        fact for fact, label in labels if not isinstance(label, Mapping) or not (label.get("zh") or label.get("en"))
    ]
    return [_("a condition has no words for people: %(fact)s", fact=fact) for fact in wordless]


def _wrong_amounts(content: VersionContent) -> list[Reason]:
    table, by = content.rates.get("amounts") or {}, content.rates.get("by")
    if by is not None and by not in FREE_KEYS:
        words = {word.code for word in FACTS[by].words} if by in FACTS else set()
        strange = set(table) - words if words else {by} - {"remoteness"}
        if strange:
            text = _("Amounts are named for something that is not known: %(word)s", word=", ".join(sorted(strange)))
            return [Reason("amounts_wrong", text, "rates")]
    amounts = [*table.values(), *([content.rates["flat"]] if "flat" in content.rates else [])]
    if all(_is_number(fen, LARGEST_FEN) for fen in amounts):
        return []
    text = _("An amount is a whole number of fen, from 0 to %(most)s.", most=LARGEST_FEN)
    return [Reason("amounts_wrong", text, "rates")]


def _wrong_schedule(content: VersionContent) -> list[Reason]:
    """What the periods cannot be made of; each is named, for a file may come from anywhere."""
    said = content.schedule
    if content.kind not in set(PolicyKind):
        return [Reason("kind_wrong", _("There is no such way of giving a benefit."), "kind")]
    wrong = [
        Reason("number_wrong", _("Write a whole number."), name)
        for name in NUMBERS
        if name in said and not _is_number(said[name], MOST_NUMBER)
    ]
    wrong += [
        Reason("word_wrong", _("The schedule names something that is not known: %(word)s", word=str(said[name])), name)
        for name, words in WORDS.items()
        if said.get(name) and str(said[name]) not in words
    ]
    wrong += [
        Reason("word_wrong", _("The schedule names something that is not known: %(word)s", word=name), "schedule")
        for name in said
        if name not in SAID
    ]
    if not all(isinstance(row, Mapping) and _are_names(row.get("with")) for row in said.get("exclusions") or ()):
        text = _("Please choose a rule and at least one policy or group.")
        wrong.append(Reason("exclusion_wrong", text, "schedule"))
    return wrong or _wrong_shares(said) or _wrong_periods(content)


def _are_names(given: Any) -> bool:
    return isinstance(given, list | tuple) and bool(given) and all(isinstance(name, str) for name in given)


def _wrong_shares(said: Mapping[str, Any]) -> list[Reason]:
    shares, months = said.get("shares") or [], said.get("at_months") or []
    are_lists = isinstance(shares, list) and isinstance(months, list)
    if not are_lists or not all(_is_number(one, MOST_NUMBER) for one in (*shares, *months)):
        return [Reason("shares_wrong", _("Write a whole number."), "shares")]
    if len(shares) != len(months) or list(months) != sorted(set(months)):
        return [Reason("shares_wrong", _("Each share has its month, and a later one a later month."), "at_months")]
    if shares and sum(shares) != 100:
        return [Reason("shares_wrong", _("The shares add up to 100."), "shares")]
    return []


def _wrong_periods(content: VersionContent) -> list[Reason]:
    try:
        day = content.valid_from
        periods(content.kind, content.schedule, [Rate(day, 1)], starts_on=day, ends_on=None, until=day)
        bonds_of(content.schedule)
        window_of(content.schedule)
        for said in ("suspend_when", "end_when"):
            if content.schedule.get(said):
                read_rule(content.schedule[said])
    except (ValueError, TypeError, KeyError):
        text = _("What falls due when cannot be told: instalments need shares and months, other parts known words.")
        return [Reason("schedule_wrong", text, "shares")]
    return []


def _is_number(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _wrong_limits(content: VersionContent) -> list[Reason]:
    wrong = []
    for name, days in content.limits.items():
        if name not in LIMIT_NAMES or not 1 <= days <= 250:
            text = _("A limit is between 1 and 250 working days.")
            wrong.append(Reason("limit_wrong", text, f"limit_{name}"))
    if content.needs_publicity and content.limits.get("publicity", LEAST_PUBLICITY) < LEAST_PUBLICITY:
        text = _("A posting lasts at least %(n)s working days.", n=LEAST_PUBLICITY)
        wrong.append(Reason("posting_too_short", text, "limit_publicity"))
    return wrong
