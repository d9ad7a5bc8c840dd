"""Reading the file of a policy: whatever is wrong is told with its place, what stands there, and what is expected."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import Bilingual, Text, _
from concierge.rules.eligibility import COMPARISONS
from concierge.rules.exclusion import Exclusion
from concierge.services.policy_content import FLAGS, NUMBERS, WORDS, VersionContent, check_content

FORM = "concierge-policy-1"
LARGEST = 1_000_000  # bytes
DEEPEST = 20  # levels of parts within parts
SHOWN = 60  # characters of what stands there
TEXTS = ("basis", "article", "guide")
RULES = ("number", "kind", "clauses", "rates", "schedule", "materials", "limits")
SEVERITIES = ("major", "minor")
_OF_SCHEDULE = (*NUMBERS, *WORDS, "shares", "at_months")
_ABSENT = object()

Form = tuple[Callable[[Any], bool], Text]
"""Whether something has a form, and the form in words."""


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_both(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(language), str) for language in ("zh", "en"))


def _is_plain(value: Any) -> bool:
    is_date = isinstance(value, dict) and set(value) == {"date"} and _is_day(value["date"])
    return value is None or isinstance(value, str | int | float) or is_date


def one_of(words: Sequence[str]) -> Form:
    """One of these words."""
    return (lambda value: isinstance(value, str) and value in words), _("one of: %(words)s", words=", ".join(words))


TEXT: Form = (lambda value: isinstance(value, str), _("a text"))
WORD: Form = (lambda value: isinstance(value, str) and bool(value.strip()), _("a text that is not empty"))
GROUP: Form = (lambda value: isinstance(value, dict), _("a group in { }"))
LIST: Form = (lambda value: isinstance(value, list), _("a list in [ ]"))
TRUTH: Form = (lambda value: isinstance(value, bool), _("true or false"))
NUMBER: Form = (lambda value: type(value) is int, _("a whole number"))
DAY: Form = (_is_day, _("a day such as 2026-01-31"))
WORDS_LIST: Form = (
    lambda value: isinstance(value, list) and all(isinstance(part, str) for part in value),
    _("a list of texts in [ ]"),
)
PLAIN: Form = (_is_plain, _('a text, a number, a day as {"date": "2026-01-31"}, or true or false'))
PLAIN_LIST: Form = (
    lambda value: isinstance(value, list) and all(map(_is_plain, value)),
    _("a list of texts or numbers in [ ]"),
)
BOTH: Form = (_is_both, _('Chinese and English, as {"zh": "...", "en": "..."}'))

_UNKEPT = _("it holds characters or numbers that cannot be kept, or parts too deep in one another")


def read_file(content: bytes) -> Any:
    """What a file holds: one policy or a list of such. Raises Invalid, saying where it cannot be read."""
    if len(content) > LARGEST:
        raise _no_file(_("it is larger than %(most)s bytes", most=LARGEST))
    try:
        given = json.loads(content.decode("utf-8-sig"))
        kept = json.dumps(given, ensure_ascii=False, allow_nan=False).encode()  # as a database can keep it
        is_deep = _levels(given) > DEEPEST
    except json.JSONDecodeError as error:
        raise _no_file(_("line %(n)s, character %(m)s is no JSON", n=error.lineno, m=error.colno)) from error
    except (ValueError, RecursionError) as error:
        raise _no_file(
            _("it holds characters or numbers that cannot be kept, or parts too deep in one another")
        ) from error
    if b"\\u0000" in kept or is_deep:
        raise _no_file(_UNKEPT)
    parts = given if isinstance(given, list) else [given]
    wrong = [reason for part in parts for reason in _of_form(part)]
    if wrong:
        raise Invalid(*wrong)
    return given


def _of_form(part: Any) -> Iterator[Reason]:
    if not isinstance(part, dict):
        yield from _no_file(_("%(value)s is no policy", value=_shown(part))).reasons
    elif part.get("form") != FORM:
        yield said("form", part.get("form", _ABSENT), _('the text "%(word)s"', word=FORM))


def _no_file(why: Text) -> Invalid:
    return Invalid.because("no_policy_file", _("This is no file of a policy: %(why)s.", why=why), "file")


def _levels(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_levels, parts), default=0)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:SHOWN]


def said(place: str, value: Any, wanted: Text) -> Reason:
    """What is wrong at a place of a file, and what is expected there."""
    if value is _ABSENT:
        text = _("%(place)s is missing; expected: %(wanted)s.", place=place, wanted=wanted)
    else:
        text = _("%(place)s says %(value)s; expected: %(wanted)s.", place=place, value=_shown(value), wanted=wanted)
    return Reason("policy_file_part", text, place)


class Reader:
    """The parts of one policy of a file; what is wrong is gathered, so that all of it is told at once."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.wrong: list[Reason] = []

    def has(self, place: str, within: Any, name: str, form: Form) -> bool:
        """Whether a part stands where it should, in the form it should have."""
        value = within.get(name, _ABSENT)
        is_right = value is not _ABSENT and form[0](value)
        if not is_right:
            self.wrong.append(said(place, value, form[1]))
        return is_right

    def check(self) -> None:
        """Raises Invalid when anything was wrong."""
        if self.wrong:
            raise Invalid(*self.wrong)

    def read_head(self) -> None:
        """The words of the policy itself."""
        for name in ("code", "group", "icon", "unit", "paying_unit"):
            self.has(name, self.given, name, TEXT if name != "code" else WORD)
        self.has("name", self.given, "name", BOTH)

    def read_rules(self) -> VersionContent:
        """The rules of the version. Raises Invalid naming every place that is wrong."""
        given = self.given
        forms = dict(zip(RULES, (TEXT, TEXT, GROUP, GROUP, GROUP, LIST, GROUP), strict=True))
        forms |= dict.fromkeys(TEXTS, BOTH) | dict.fromkeys(FLAGS, TRUTH) | {"valid_from": DAY}
        right = {name for name, form in forms.items() if self.has(name, given, name, form)}
        if given.get("valid_to"):
            self.has("valid_to", given, "valid_to", DAY)
        within: Mapping[str, Callable[[Any], None]] = {
            "clauses": lambda part: self._condition("clauses", part),
            "rates": self._rates,
            "schedule": self._schedule,
            "materials": self._papers,
            "limits": lambda part: self._numbers("limits", part),
        }
        for name, look in within.items():
            if name in right:
                look(given[name])
        self.check()
        made: dict[str, Any] = {name: given[name] for name in (*RULES, *FLAGS)}
        made |= {name: Bilingual(given[name]["zh"], given[name]["en"]) for name in TEXTS}
        ends = date.fromisoformat(given["valid_to"]) if given.get("valid_to") else None
        return VersionContent(**made, valid_from=date.fromisoformat(given["valid_from"]), valid_to=ends)

    def _rates(self, rates: Mapping[str, Any]) -> None:
        if rates.get("by") is not None:
            self.has("rates.by", rates, "by", TEXT)
        if "amounts" in rates and self.has("rates.amounts", rates, "amounts", GROUP):
            self._numbers("rates.amounts", rates["amounts"])

    def _numbers(self, place: str, table: Mapping[str, Any]) -> None:
        for name in table:
            self.has(f"{place}.{name}", table, name, NUMBER)

    def _schedule(self, schedule: Mapping[str, Any]) -> None:
        for name, form in (("joint", WORDS_LIST), ("exclusions", LIST)):
            if name in schedule:
                self.has(f"schedule.{name}", schedule, name, form)
        for name in ("suspend_when", "end_when"):
            if schedule.get(name) and self.has(f"schedule.{name}", schedule, name, GROUP):
                self._condition(f"schedule.{name}", schedule[name])
        exclusions = schedule.get("exclusions")
        for n, row in enumerate(exclusions if isinstance(exclusions, list) else (), 1):
            place = f"schedule.exclusions.{n}"
            if not isinstance(row, dict):
                self.wrong.append(said(place, row, GROUP[1]))
            else:
                self.has(f"{place}.rule", row, "rule", one_of(tuple(Exclusion)))

    def _papers(self, papers: Sequence[Any]) -> None:
        for n, paper in enumerate(papers, 1):
            place = f"materials.{n}"
            if not isinstance(paper, dict):
                self.wrong.append(said(place, paper, GROUP[1]))
                continue
            for name, form in (("code", TEXT), ("name", BOTH), ("severity", one_of(SEVERITIES))):
                self.has(f"{place}.{name}", paper, name, form)

    def _condition(self, place: str, data: Any) -> None:
        if not isinstance(data, dict):
            self.wrong.append(said(place, data, GROUP[1]))
        elif "not" in data:
            self._condition(f"{place}.not", data["not"])
        elif word := next((word for word in ("all", "any") if word in data), ""):
            parts = data[word]
            if not isinstance(parts, list) or not parts:
                self.wrong.append(said(f"{place}.{word}", parts, _("a list of conditions in [ ]")))
            else:
                for n, part in enumerate(parts, 1):
                    self._condition(f"{place}.{word}.{n}", part)
        else:
            self.has(f"{place}.fact", data, "fact", TEXT)
            self.has(f"{place}.op", data, "op", one_of(COMPARISONS))
            if "value" in data:
                self.has(f"{place}.value", data, "value", PLAIN_LIST if data.get("op") == "in" else PLAIN)


def check_rules(rules: VersionContent, given: Mapping[str, Any]) -> None:
    """Raises Invalid naming all that cannot be in the rules, with its place in the file and what stands there."""
    try:
        check_content(rules)
    except Invalid as wrong:
        raise Invalid(*(_placed(reason, given) for reason in wrong.reasons)) from wrong


def _placed(reason: Reason, given: Mapping[str, Any]) -> Reason:
    name = reason.field or ""
    within, limit = name in _OF_SCHEDULE, name.removeprefix("limit_")
    place = f"schedule.{name}" if within else name if limit == name else f"limits.{limit}"
    holder = given["schedule"] if within else given if limit == name else given["limits"]
    value = holder.get(name if limit == name else limit, None)
    text = _("%(place)s says %(value)s: %(why)s", place=place, value=_shown(value), why=reason.text)
    return Reason(reason.code, text, place)
