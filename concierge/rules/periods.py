"""When what falls due: a policy version's schedule turned into periods with dates and amounts (domain §2.4, §2.6).

    schedule {"starts_with": FACT, "rhythm": "month" | "quarter" | "half_year" | "year", "months", "window_months",
              "shares": [40, 30, 30], "at_months": [0, 24, 48], "term_months": 60, "every_years", "claim_months"}

A period's key is "1/3" for an instalment, "2026-03" for a month, "2026" for a year, "once", "2026-e1" for an event,
or "2026-03-05 lodging" for a day of service and what was given for it. A month is granted whole; where the rate
changes inside it (a new category from its recognition date) its amount is shared by days.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from concierge.basics.formats import spelled
from concierge.basics.text import Text, _
from concierge.rules.eligibility import Fact
from concierge.rules.money import percent_of, share
from concierge.rules.policy import PolicyKind, add_months, rate_of

_DAY = timedelta(days=1)
_RHYTHMS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_MOST_MONTHS = 1200
_LASTING = {
    PolicyKind.MONTHLY: ("window_months", "months"),
    PolicyKind.INSTALMENT: ("term_months",),
    PolicyKind.TO_EMPLOYER: ("term_months", "claim_months"),
    PolicyKind.ONE_OFF: ("claim_months",),
    PolicyKind.IN_KIND: ("months",),
}
"""What bounds a right of each kind: the first of these that the schedule names."""


_UNBOUNDED = (PolicyKind.PER_EVENT, PolicyKind.PER_DAY, PolicyKind.IN_KIND, PolicyKind.REIMBURSE_CAPPED)


@dataclass(frozen=True)
class Period:
    """One period of a right: its number of how many (0: open-ended), its dates, when it falls due, its fen."""

    key: str
    number: int
    of_number: int
    starts_on: date
    ends_on: date
    due_on: date
    fen: int


@dataclass(frozen=True)
class Rate:
    """An amount in fen that holds from a day on: a month's, a year's ceiling, or the whole.

    `is_recognised`: it is that of a later recognition, so that what fell due of a sum before is deducted from it.
    `is_dated`: the day is that of the fact it goes by, so that it also holds for months that were written before.
    """

    since: date
    fen: int
    is_recognised: bool = False
    is_dated: bool = False


def rates_by_category(rates: Mapping[str, Any], held: Iterable[tuple[date, str | None]]) -> list[Rate]:
    """The amounts of a policy by category, from when each holds: every category counts from its recognition.

    `held` are categories with the day since when, oldest first. Who is of none for a time is given nothing for it.
    """
    known = [(since, 0 if code is None else rate_of(rates, {"category": Fact(code)})) for since, code in held]
    return [
        Rate(since, fen, is_recognised=n > 0, is_dated=True) for n, (since, fen) in enumerate(known) if fen is not None
    ]


def end_of_right(kind: str, schedule: Mapping[str, Any], starts_on: date) -> date | None:
    """The last day a right can bring anything; None where it lasts as long as its conditions hold."""
    months = months_of_right(kind, schedule)
    return add_months(starts_on, months) - _DAY if months else None


def months_of_right(kind: str, schedule: Mapping[str, Any]) -> int | None:
    """How many months a right can last; None where it lasts as long as its conditions hold."""
    names = _LASTING.get(PolicyKind(kind), ())
    return next((int(schedule[name]) for name in names if schedule.get(name)), None)


def total_of(kind: str, schedule: Mapping[str, Any], fen: int | None) -> int | None:
    """What a right can bring in all, in fen; None where nothing bounds it or nothing is paid."""
    if fen is None or kind in _UNBOUNDED:
        return None
    if kind == PolicyKind.MONTHLY:
        return fen * int(schedule["months"]) if schedule.get("months") else None
    return fen


def periods(
    kind: str,
    schedule: Mapping[str, Any],
    rates: Sequence[Rate],
    *,
    starts_on: date,
    ends_on: date | None,
    until: date,
    skipped: Collection[str] = (),
    used: int = 0,
) -> list[Period]:
    """The periods of a right that fall due up to a date, in order.

    `rates` in the order of their dates; `ends_on` is the right's last day; `skipped` are keys of months without a
    claim (a suspension without arrears), which do not use up the number of months granted; `used` of these months an
    earlier right of the person has brought.
    """
    if not rates:
        return []
    if kind == PolicyKind.MONTHLY:
        return _months(schedule, rates, starts_on, ends_on, until, skipped, used)
    if kind == PolicyKind.INSTALMENT or (kind == PolicyKind.TO_EMPLOYER and schedule.get("shares")):
        return _instalments(schedule, rates, starts_on, ends_on, until)
    if kind == PolicyKind.REIMBURSE_CAPPED or schedule.get("every_years"):
        return _years(rates, starts_on, ends_on, until, int(schedule.get("every_years") or 1))
    if not PolicyKind(kind).is_entered and starts_on <= until:
        return [Period("once", 1, 1, starts_on, ends_on or starts_on, starts_on, _rate_on(rates, starts_on))]
    return []


def claim_by(schedule: Mapping[str, Any], day: date) -> date | None:
    """The last day on which what fell due on a day may be claimed; None where the policy bounds nothing."""
    months = int(schedule.get("claim_months") or 0)
    return add_months(day, months) - _DAY if months else None


def is_given_once(kind: str, schedule: Mapping[str, Any]) -> bool:
    """Whether a right is one period, so that its own window is that of the period."""
    once = (PolicyKind.ONE_OFF, PolicyKind.IN_KIND, PolicyKind.TO_EMPLOYER)
    return kind in once and not schedule.get("shares") and not schedule.get("every_years")


def answer_by(kind: str, schedule: Mapping[str, Any], starts_on: date, ends_on: date | None) -> date | None:
    """The last day on which a right may be confirmed: while anything under it can be claimed; None without bound."""
    if is_given_once(kind, schedule):
        return claim_by(schedule, starts_on)
    return claim_by(schedule, ends_on) if ends_on is not None else None


def _instalments(
    schedule: Mapping[str, Any], rates: Sequence[Rate], starts_on: date, ends_on: date | None, until: date
) -> list[Period]:
    """Instalments of one sum. After another recognition its sum counts, less what fell due at the level before, spread
    over the instalments to come (domain §2.1); of a new version's sum each instalment to come is its own share."""
    at_months = [int(m) for m in schedule["at_months"]]
    days = [add_months(starts_on, m) for m in at_months]
    last = end_of_right(PolicyKind.INSTALMENT, schedule, starts_on) or days[-1]
    ends = [day - _DAY for day in days[1:]] + [last]
    shares = [int(s) for s in schedule["shares"]]
    amounts, held = list[int](), None
    count, found = len(days), []
    for i, (day, end) in enumerate(zip(days, ends, strict=True)):
        if day > until or (ends_on is not None and day > ends_on):
            break
        rate = _held_on(rates, day)
        if held is not None and rate != held and rate.is_recognised:
            before = amounts[:i]
            amounts = [*before, *share(max(rate.fen - sum(before), 0), shares[i:])]
        elif rate != held:
            amounts = [*amounts[:i], *share(rate.fen, shares)[i:]]
        held = rate
        found.append(Period(f"{i + 1}/{count}", i + 1, count, day, end, day, amounts[i]))
    return found


def _months(
    schedule: Mapping[str, Any],
    rates: Sequence[Rate],
    starts_on: date,
    ends_on: date | None,
    until: date,
    skipped: Collection[str],
    used: int,
) -> list[Period]:
    most = int(schedule.get("months") or 0)
    step = _RHYTHMS[schedule.get("rhythm", "month")]
    first, found = starts_on.replace(day=1), list[Period]()
    for i in range(_MOST_MONTHS):
        begin = add_months(first, i)
        due = _after_rhythm(begin, step)
        if due > until or (ends_on is not None and begin > ends_on) or (most and used + len(found) >= most):
            break
        key = f"{begin:%Y-%m}"
        if key not in skipped:
            end = add_months(begin, 1) - _DAY
            number = used + len(found) + 1
            found.append(Period(key, number, most, max(begin, starts_on), end, due, month_amount(rates, begin)))
    return found


def _after_rhythm(month: date, step: int) -> date:
    """The first day after the month, quarter, half-year or year in which a month lies."""
    return add_months(month.replace(month=(month.month - 1) // step * step + 1), step)


def month_amount(rates: Sequence[Rate], month: date) -> int:
    """A month's amount in fen, shared by days where the rate changes inside it."""
    days = monthrange(month.year, month.month)[1]
    end = month.replace(day=days)
    inside = [rate for rate in rates if month < rate.since <= end]
    cuts = [month, *(rate.since for rate in inside), end + _DAY]
    pieces = zip(cuts, cuts[1:], strict=False)
    amounts = [(_rate_on(rates, begin), (stop - begin).days) for begin, stop in pieces]
    return percent_of(sum(fen * n for fen, n in amounts), 1, days)


def _years(rates: Sequence[Rate], starts_on: date, ends_on: date | None, until: date, step: int) -> list[Period]:
    """One period in each calendar year, or in every second one."""
    found: list[Period] = []
    for year in range(starts_on.year, until.year + 1, step):
        begin = max(date(year, 1, 1), starts_on)
        if begin > until or (ends_on is not None and begin > ends_on):
            break
        end = date(year + step - 1, 12, 31)
        found.append(Period(str(year), len(found) + 1, 0, begin, end, begin, _rate_on(rates, begin)))
    return found


def event_period(key_year: int, number: int, day: date, fen: int, most: int) -> Period:
    """The period of one event (a birth, a stay in hospital): due at once."""
    return Period(f"{key_year}-e{number}", number, most, day, day, day, fen)


def day_period(schedule: Mapping[str, Any], day: date, item: str, number: int, fen: int) -> Period:
    """The period of one day of service (or of one item given for it): due when the rhythm of its month ends."""
    due = _after_rhythm(day.replace(day=1), _RHYTHMS[schedule.get("rhythm", "month")])
    return Period(f"{day.isoformat()} {item}".strip(), number, 0, day, day, due, fen)


def _rate_on(rates: Sequence[Rate], day: date) -> int:
    return _held_on(rates, day).fen


def _held_on(rates: Sequence[Rate], day: date) -> Rate:
    held = [rate for rate in rates if rate.since <= day]
    return held[-1] if held else rates[0]


def arrears_key(key: str, version: int, nth: int) -> str:
    """The period of what is added later to a period under a version: "2026-03+v2", the second time "2026-03+v2.2"."""
    return f"{key}+v{version}" if nth == 1 else f"{key}+v{version}.{nth}"


def is_arrear(key: str) -> bool:
    """Whether a period is what was added later to another."""
    return "+v" in key


def joined(keys: Sequence[str]) -> str:
    """The period of a claim that bundles several: "2026-01..2026-06"; one key stands for itself."""
    first, last = (key.partition(" ")[0].partition("+v")[0] for key in (keys[0], keys[-1]))
    return keys[0] if len(keys) == 1 else f"{first}..{last}"


_SAID = (
    (re.compile(r"(?P<k>\d+)/(?P<n>\d+)"), _("instalment %(k)s of %(n)s")),
    (re.compile(r"(?P<k>\d+/\d+)\.\.(?P<n>\d+/\d+)"), _("instalments %(k)s to %(n)s")),
    (re.compile(r"(?P<k>\d{4})-e(?P<n>\d+)"), _("%(k)s, event %(n)s")),
)
_DATED = re.compile(r"\d{4}-\d\d(-\d\d)?")


def said(key: str) -> Text:
    """A period for people: "2026年3月至6月", "Mar to Jun 2026"."""
    if key == "once":
        return _("one-off")
    if "+v" in key and ".." not in key:
        return _("%(period)s, arrears", period=said(key.partition("+v")[0]))
    for form, words in _SAID:
        if match := form.fullmatch(key):
            return _(words.msgid, **match.groupdict())
    # What was given on a day ("2026-03-05 lodging") is told by the policy, which has a name for it.
    first, _way, last = key.partition(" ")[0].partition("..")
    if last and _DATED.fullmatch(first) and _DATED.fullmatch(last):
        # One year is said once: where each language expects it.
        one_year = first[:4] == last[:4]
        begin, end = spelled(first, year_en=not one_year), spelled(last, year_zh=not one_year)
        return _("%(k)s to %(n)s", k=begin, n=end)
    return _("%(period)s", period=spelled(first) if _DATED.fullmatch(first) and not last else key)
