"""What officers type about a policy, read into its data: conditions, amounts, periods, papers, exclusions."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from concierge.basics.errors import Invalid, Reason
from concierge.basics.formats import parse_date, parse_money
from concierge.basics.text import Bilingual, Text, _
from concierge.queries.policy_editing import CLASSES, EVERYBODY, FREE_KEYS
from concierge.rules.clauses import ALL
from concierge.rules.clawback import OF_POLICIES
from concierge.rules.exclusion import Exclusion
from concierge.rules.facts import FACTS, OPERATIONS, FactType, Known, sentence
from concierge.rules.tax import Tax
from concierge.rules.windows import read_month_day
from concierge.services.policies import PolicyHead, VersionContent

SUSPENSION, ENDING = "suspension", "ending"
TREES = {SUSPENSION: "suspend_when", ENDING: "end_when"}
"""The parts of a draft that are conditions beside those of the right, and where its schedule keeps them."""
AT_ONCE = "end_at_once"
NUMBERS: dict[str, Text] = {
    "months": _("Months granted at most"),
    "window_months": _("Within so many months"),
    "term_months": _("Service term in months"),
    "claim_months": _("To be claimed within so many months"),
    "voucher_days": _("A voucher may be used for so many days"),
    "events_a_year": _("Occasions in a year at most"),
    "days_a_month": _("Days in a month at most"),
    "every_years": _("Once in so many years"),
    "leave_days": _("To be left within so many days of the end"),
}
RHYTHMS: dict[str, Text] = {
    "": _("At once"),
    "month": _("After each month"),
    "quarter": _("After each quarter"),
    "half_year": _("After each half-year"),
    "year": _("After each year"),
}
CLAWBACKS: dict[str, Text] = {
    "": _("Nothing is returned"),
    **{formula.value: formula.label for formula in OF_POLICIES},
}
TAXES: dict[str, Text] = {tax.value: tax.label for tax in Tax}
SUBJECTS: dict[str, Text] = {
    "": _("People"),
    "unit": _("Units themselves, as for a reward to employers"),
}
NAMES: dict[str, Text] = {
    "": _("In part, as 沈*远"),
    "full": _("In full, as for awards"),
}
DAYS_OF_YEAR: dict[str, Text] = {
    "apply_from": _("Applied for each year from"),
    "apply_to": _("Applied for each year until"),
}
SWITCHES: dict[str, Text] = {
    "auto_match": _("Told without application (免申即享)"),
    "for_all": _("It also holds for who enjoys the benefit already; what was paid since its first day is corrected"),
    "arrears": _("Months of a suspension are paid afterwards"),
    "invoices": _("Settled against invoices, up to the amount"),
    "halves": _("Half a day brings half the amount"),
    "one_a_day": _("One item a day"),
    "voucher": _("Served by a provider against a voucher (服务券)"),
    "waiting_list": _("Given in turn, from a waiting list (轮候)"),
}


class Typed:
    """One form as it is read; what is wrong is gathered, and told all at once."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.wrong: list[Reason] = []

    def text(self, name: str) -> str:
        """A text without spaces around it."""
        return self.given.get(name, "").strip()

    def both(self, name: str) -> Bilingual:
        """A text in both languages."""
        return Bilingual(self.text(f"{name}_zh"), self.text(f"{name}_en"))

    def read(self, parse: Callable[[str], Any], name: str) -> Any:
        """A value, or None with a reason kept beside its field."""
        try:
            return parse(self.text(name))
        except Invalid as error:
            self.wrong += [Reason(reason.code, reason.text, name) for reason in error.reasons]
            return None

    def refuse(self, code: str, text: Text, name: str) -> None:
        """Keep a reason beside a field."""
        self.wrong.append(Reason(code, text, name))

    def check(self) -> None:
        """Raises Invalid when anything was wrong."""
        if self.wrong:
            raise Invalid(*self.wrong)


CHANGED = "changed_meanwhile"
_REPLACES = _(
    "Somebody else has changed this draft since you opened it. Yours is below: saved once more, it replaces theirs."
)
_NOTHING_DONE = _(
    "This draft has been changed since you opened it. Nothing was done; look at it as it is now, and choose again."
)
Written = TypeVar("Written", VersionContent, PolicyHead)


def as_read(kept: Written, given: Mapping[str, str], *, replaces: bool) -> Written:
    """What a form changes, if the form was made from it as it is: nobody overwrites or takes out what he never saw.

    `replaces`: the form holds all that it is about, rather than one row that comes or goes. Raises Invalid.
    """
    if given.get("mark") != kept.mark:
        raise Invalid.because(CHANGED, _REPLACES if replaces else _NOTHING_DONE, "")
    return kept


def read_head(typed: Typed, units: Collection[str], icon: str) -> PolicyHead:
    """What a policy is, from its form. Raises Invalid."""
    for name in ("code", "name_zh", "name_en"):
        if not typed.text(name):
            typed.refuse("missing", _("Please fill this in."), name)
    for name in ("unit", "payer"):
        if typed.text(name) not in units:
            typed.refuse("missing", _("Please choose."), name)
    typed.check()
    return PolicyHead(
        code=typed.text("code").upper(),
        name=typed.both("name"),
        group=(typed.text("group") or typed.text("code")).upper(),
        unit_id=int(typed.text("unit")),
        paying_unit_id=int(typed.text("payer")),
        icon=icon,
    )


def whole(text: str) -> int:
    """A whole number up to four digits. Raises Invalid."""
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise Invalid.because("number", _("Write a whole number."))
    return int(text)


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them. Raises Invalid."""
    return [whole(part.strip()) for part in text.replace("，", ",").split(",")] if text else []


def tree_of(content: VersionContent, part: str) -> Mapping[str, Any]:
    """The conditions of a right, or those that suspend or end it; an empty group where there are none."""
    return content.schedule.get(TREES[part]) or {ALL: []} if part in TREES else content.clauses


def with_tree(content: VersionContent, part: str, tree: Mapping[str, Any]) -> VersionContent:
    """The content with other conditions; with none left, nothing suspends or ends the right."""
    if part not in TREES:
        return replace(content, clauses=tree)
    schedule = {name: value for name, value in content.schedule.items() if name != TREES[part]}
    return replace(content, schedule=schedule | ({TREES[part]: tree} if tree != {ALL: []} else {}))


def ended_at_once(content: VersionContent, at_once: bool) -> VersionContent:
    """The content that lets the night end a right by itself, or that leaves it to people."""
    schedule = {name: value for name, value in content.schedule.items() if name != AT_ONCE}
    return replace(content, schedule=schedule | ({AT_ONCE: True} if at_once else {}))


def read_condition(typed: Typed, known: Known, values: Sequence[str]) -> dict[str, Any]:
    """A condition from its form. Raises Invalid."""
    op = typed.text("op")
    if op not in OPERATIONS[known.type]:
        typed.refuse("op_wrong", _("Please choose how it is compared."), "op")
        typed.check()
    value = _value(typed, known, values)
    typed.check()
    suggested, label = sentence(known.name, op, value), typed.both("label")
    kept = {"date": value.isoformat()} if isinstance(value, date) else value
    condition: dict[str, Any] = {"fact": known.name, "op": op, "value": kept}
    condition["label"] = {"zh": label.zh or suggested.zh, "en": label.en or suggested.en}
    condition["article"] = _words(typed.both("article"))
    if typed.text("upload_zh") or typed.text("upload_en"):
        condition["upload"] = _words(typed.both("upload"))
    if known.type is FactType.MONTHS:
        condition["grows"] = "months"
    return {"not": condition} if typed.text("negated") else condition


def _words(text: Bilingual) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _value(typed: Typed, known: Known, values: Sequence[str]) -> Any:
    if known.type is FactType.YES_NO:
        return typed.text("value") == "yes"
    if known.type is FactType.DAY:
        return typed.read(parse_date, "value")
    if known.type is FactType.WORD:
        chosen = [word.code for word in known.words if word.code in values]
        if not chosen:
            typed.refuse("nothing_chosen", _("Please choose at least one."), "value")
        return chosen
    return typed.read(whole, "value")


def new_table(by: str) -> dict[str, Any]:
    """An empty table of amounts of this kind."""
    return {"flat": 0} if by == EVERYBODY else {"by": by, "amounts": {}}


def keys_of(by: str) -> list[str]:
    """The keys a table may have: the words of a fact, or classes."""
    return list(CLASSES) if by == "remoteness" else [word.code for word in FACTS[by].words] if by in FACTS else []


def read_rates(typed: Typed, rates: Mapping[str, Any]) -> dict[str, Any]:
    """A table of amounts from its form; a key without an amount brings nothing. Raises Invalid."""
    if "flat" in rates:
        made: dict[str, Any] = {"flat": typed.read(parse_money, "rate-")}
        typed.check()
        return made
    by, kept = str(rates["by"]), dict(rates)
    keys = list(rates["amounts"]) if by in FREE_KEYS else keys_of(by)
    kept["amounts"] = {key: typed.read(parse_money, f"rate-{key}") for key in keys if typed.text(f"rate-{key}")}
    for mark in ("case_by_case", "at_cost"):
        kept[mark] = [key for key in kept["amounts"] if typed.text(f"{mark}-{key}")]
    if by in FREE_KEYS and typed.text("new_zh"):
        key = _free_key(rates["amounts"])
        kept["amounts"][key] = typed.read(parse_money, "rate-new")
        kept["names"] = {**(rates.get("names") or {}), key: _words(typed.both("new"))}
    typed.check()
    return kept


def _free_key(taken: Mapping[str, Any]) -> str:
    return next(f"item{n}" for n in range(1, 1000) if f"item{n}" not in taken)


def read_schedule(typed: Typed, schedule: Mapping[str, Any]) -> dict[str, Any]:
    """When what falls due, from its form. Raises Invalid."""
    read_here = (*NUMBERS, *SWITCHES, *DAYS_OF_YEAR, "orders")
    made = {name: value for name, value in schedule.items() if name not in read_here}
    for name in NUMBERS:
        if typed.text(name):
            made[name] = typed.read(whole, name)
    for name in ("starts_with", "rhythm", "clawback", "tax", "posting_name", "subject"):
        made[name] = typed.text(name)
    for name in ("shares", "at_months"):
        made[name] = typed.read(numbers, name)
    if made["shares"] is not None and made["at_months"] is not None and len(made["shares"]) != len(made["at_months"]):
        typed.refuse("shares_wrong", _("Write as many months as shares."), "at_months")
    if made["shares"] and sum(made["shares"]) != 100:
        typed.refuse("shares_wrong", _("The shares add up to 100."), "shares")
    made |= {name: typed.read(read_month_day, name) for name in DAYS_OF_YEAR if typed.text(name)}
    missing = [name for name in DAYS_OF_YEAR if not typed.text(name)]
    if len(missing) == 1:
        typed.refuse("window_half", _("Write both days, or none."), missing[0])
    made |= {name: True for name in SWITCHES if typed.text(name)}
    if items := {key: typed.text(f"order-{key}") for key in CLASSES if typed.text(f"order-{key}")}:
        made["orders"] = {"items": items, **({"away": True} if typed.text("order-away") else {})}
    typed.check()
    return {name: value for name, value in made.items() if value not in ("", [], None)}


def read_paper(typed: Typed, known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A paper to ask for: one that the district knows, or a new one. Raises Invalid."""
    severity = "major" if typed.text("severity") == "major" else "minor"
    if typed.text("known") in known:
        return {**known[typed.text("known")], "severity": severity}
    name = typed.both("name")
    if not name.zh or not name.en:
        typed.refuse("name_missing", _("Choose a known paper, or write the name in both languages."), "name_zh")
        typed.check()
    source = typed.text("source") if typed.text("source") in ("employer", "shared") else "expert"
    # The same name is the same paper, so that it is asked for once.
    code = f"paper-{hashlib.sha256(name.zh.encode()).hexdigest()[:10]}"
    return {"code": code, "name": _words(name), "severity": severity, "source": source}


def read_exclusion(typed: Typed, names: Sequence[str]) -> dict[str, Any]:
    """How a policy stands beside others. Raises Invalid."""
    if typed.text("rule") not in set(Exclusion) or not names:
        typed.refuse("exclusion_wrong", _("Please choose a rule and at least one policy or group."), "rule")
        typed.check()
    household = bool(typed.text("household"))
    return {
        "rule": typed.text("rule"),
        "with": list(names),
        "household": household,
        "article": _words(typed.both("article")),
    }
