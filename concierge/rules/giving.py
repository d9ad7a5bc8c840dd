"""How a benefit is given, in sentences that anybody understands: what a version's kind and schedule say (domain §2.6).

The guide says them to the public, and the pages of a version to whoever writes or publishes it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from concierge.basics.text import Text, _
from concierge.rules.clawback import Formula
from concierge.rules.facts import FACTS
from concierge.rules.policy import PolicyKind
from concierge.rules.tax import Tax

_MONTHLY = {
    "month": _("For each month; it falls due when the month is over."),
    "quarter": _("For each month; it falls due when the quarter is over."),
    "half_year": _("For each month; it falls due when the half-year is over."),
    "year": _("For each month; it falls due when the year is over."),
}
_AMOUNTS = {
    PolicyKind.MONTHLY: _("Amount a month"),
    PolicyKind.PER_DAY: _("Amount a day"),
    PolicyKind.PER_EVENT: _("Amount for each occasion"),
    PolicyKind.REIMBURSE_CAPPED: _("Amount at most"),
    PolicyKind.INSTALMENT: _("Amount in all"),
}
_NUMBERED = {
    "events_a_year": _("At most %(n)s occasions in a year."),
    "days_a_month": _("At most %(n)s days in a month."),
    "claim_months": _("To be claimed within %(n)s months of falling due."),
    "leave_days": _("To be left within %(n)s days of the end."),
    "voucher_days": _("A voucher may be used for %(n)s days."),
}
_SAID = {
    "halves": _("Half a day brings half the amount."),
    "one_a_day": _("One item a day."),
    "invoices": _("Settled against invoices, up to the amount."),
    "waiting_list": _("Given in turn, from a waiting list."),
    "auto_match": _("Nothing is applied for: whoever is entitled is told, and confirms."),
}


def amount_of_kind(kind: str) -> Text:
    """What the amounts of a version are amounts of."""
    return _AMOUNTS.get(PolicyKind(kind), _("Amount"))


def terms(kind: str, schedule: Mapping[str, Any]) -> list[Text]:
    """What a schedule says, a sentence for each thing that it bounds or promises."""
    return [*_begin(schedule), *_fall_due(kind, schedule), *_bounds(schedule), *_service(schedule)]


def _begin(schedule: Mapping[str, Any]) -> Iterator[Text]:
    fact = FACTS.get(str(schedule.get("starts_with")))
    if fact is not None:
        yield _("Counted from: %(fact)s.", fact=fact.label)


def _fall_due(kind: str, schedule: Mapping[str, Any]) -> Iterator[Text]:
    if kind == PolicyKind.MONTHLY:
        yield _MONTHLY[schedule.get("rhythm") or "month"]
    years = schedule.get("every_years") or (1 if kind == PolicyKind.REIMBURSE_CAPPED else 0)
    if years:
        yield _("Once in a calendar year.") if years == 1 else _("Once in %(n)s years.", n=years)
    months, window = schedule.get("months"), schedule.get("window_months")
    if months and window:
        yield _("For %(n)s months at most, inside %(window)s months.", n=months, window=window)
    elif months:
        yield _("For %(n)s months at most.", n=months)
    shares = schedule.get("shares") or ()
    for number, (share, after) in enumerate(zip(shares, schedule.get("at_months") or (), strict=False), start=1):
        if after:
            yield _("Instalment %(k)s: %(share)s %% after %(n)s months.", k=number, share=share, n=after)
        else:
            yield _("Instalment %(k)s: %(share)s %% at the beginning.", k=number, share=share)


def _bounds(schedule: Mapping[str, Any]) -> Iterator[Text]:
    for name, text in _NUMBERED.items():
        if schedule.get(name):
            yield _(text.msgid, n=schedule[name])
    yield from (text for name, text in _SAID.items() if schedule.get(name))


def _service(schedule: Mapping[str, Any]) -> Iterator[Text]:
    if schedule.get("term_months"):
        yield _("Service term: %(n)s months.", n=schedule["term_months"])
    if schedule.get("clawback"):
        yield _("Whoever leaves before its end: %(what)s.", what=Formula(schedule["clawback"]).label)
    if schedule.get("tax"):
        yield _("Tax: %(what)s.", what=Tax(schedule["tax"]).label)
