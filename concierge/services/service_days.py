"""Benefits by the day (下乡服务补助, 交通食宿补助): days of service the host confirmed, due when their month is over.

What may be entered for a day is named by the policy's rates: at a fixed amount, or at cost up to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.entitlement import Accrual
from concierge.rules.money import percent_of
from concierge.rules.periods import Period, day_period
from concierge.rules.policy import PolicyKind, add_months, rate_of
from concierge.services.exclusions import rule_anew
from concierge.services.occasions import Entered, enter, right_for
from concierge.services.writings import accrual_row


@dataclass(frozen=True)
class Day:
    """One day of service: what is given for it, whether only half of it, and what it cost (fen) where that is paid."""

    on: date
    item: str
    half: bool = False
    cost_fen: int | None = None


def record_days(
    session: Session, *, actor: Actor, now: datetime, person_id: int, policy_id: int, days: Sequence[Day]
) -> int:
    """Enter days of service of one person under a policy by the day; returns the right's id.

    A day is granted once (for each item, where the policy gives several), whatever is entered again. Raises NotFound;
    Invalid for unknown items and days to come; Refusal when the person is not entitled or a month has more days than
    the policy grants.
    """
    with transaction(session):
        given = enter(session, actor, now, person_id=person_id, policy_id=policy_id, kind=PolicyKind.PER_DAY)
        amounts = _amounts(given, days, local_date(now, given.act.calendar.zone))
        entitlement_id = right_for(session, given)
        fresh = _fresh(session, given, days)
        _check_months(session, given, fresh)
        rows = [_row(given, entitlement_id, day, amounts[day], n) for n, day in enumerate(fresh, 1)]
        if rows:
            session.execute(insert(Accrual), rows)
            rule_anew(session, [person_id])
    return entitlement_id


def _amounts(given: Entered, days: Sequence[Day], today: date) -> dict[Day, int]:
    """What each day brings in fen; half a day half of it, rounded half up to the fen."""
    rates, wrong, found = given.version.rates, [], {}
    for day in days:
        most = rate_of(rates, given.facts, key=day.item)
        if most is None or day.on > today or day.on < given.version.valid_from:
            text = _("%(day)s: please choose a listed item and a day that has come.", day=day.on.isoformat())
            wrong.append(Reason("day_wrong", text, "days"))
            continue
        at_cost = day.item in (rates.get("at_cost") or ())
        fen = min(most, day.cost_fen or 0) if at_cost else most
        found[day] = percent_of(fen, 1, 2) if day.half and given.version.schedule.get("halves") else fen
    if wrong or not days:
        raise Invalid(*(wrong or [Reason("no_days", _("Please enter at least one day."), "days")]))
    return found


def _period(given: Entered, day: Day, number: int = 0, fen: int = 0) -> Period:
    one_a_day = given.version.schedule.get("one_a_day")
    return day_period(given.version.schedule, day.on, "" if one_a_day else day.item, number, fen)


def _mine(given: Entered) -> ColumnElement[bool]:
    """The days of the person under the policy, whatever the right they were granted under."""
    return (Accrual.person_id == given.person.id) & (Accrual.by_day_of == given.version.policy_id)


def _fresh(session: Session, given: Entered, days: Sequence[Day]) -> list[Day]:
    """The days not entered before, each once."""
    statement = select(Accrual.period).where(_mine(given), Accrual.starts_on.in_({day.on for day in days}))
    known = set(session.execute(statement).scalars())
    found: dict[str, Day] = {}
    for day in sorted(days, key=lambda day: (day.on, day.item)):
        key = _period(given, day).key
        if key not in known:
            found.setdefault(key, day)
    return list(found.values())


def _check_months(session: Session, given: Entered, fresh: Sequence[Day]) -> None:
    most = int(given.version.schedule.get("days_a_month") or 0)
    for month in sorted({day.on.replace(day=1) for day in fresh} if most else ()):
        inside = (Accrual.starts_on >= month) & (Accrual.starts_on < add_months(month, 1))
        statement = select(func.count()).select_from(Accrual)
        known = session.execute(statement.where(_mine(given), inside)).scalar_one()
        if known + sum(1 for day in fresh if day.on.replace(day=1) == month) > most:
            text = _("At most %(n)s days of %(month)s are granted.", n=most, month=f"{month:%Y-%m}")
            raise Refusal.because("days_used_up", text)


def _row(given: Entered, entitlement_id: int, day: Day, fen: int, number: int) -> dict[str, Any]:
    period, person = _period(given, day, number, fen), given.person
    return accrual_row(given.act, entitlement_id, person.id, person.household_id, given.version, period)
