"""Days of service that a host has confirmed become what is due, without being typed again (domain §2.6, P07 and P08).

A policy by the day says in its schedule what an order brings:

    "orders": {"items": {"1": ITEM, "2": ITEM, "3": ITEM}, "away": true}

An item for each remoteness class of the place; `away`: only outside the own township. What is due is worked out from
the orders each time, so that a second run, or one after a kill, writes nothing. What was claimed is never edited: a day
that an order no longer bears is to be recovered, and a fuller one is due as an arrear.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import add_rows, among, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.rules.money import percent_of
from concierge.rules.periods import Period, day_period
from concierge.rules.policy import Outcome, PolicyKind, rate_of
from concierge.services.accruals import suspended_months
from concierge.services.calendars import calendar_of
from concierge.services.day_rights import BEARING, Bearing, rights_for
from concierge.services.exclusions import hold_rights, rule_anew
from concierge.services.facts import facts_of
from concierge.services.rulebook import Version, published
from concierge.services.service_record import CONFIRMED, DayServed, days_of
from concierge.services.steps import Taking, after
from concierge.services.writings import Writing, accrual_row, written_under
from concierge.workflows.dispatch import DispatchOrderFlow

CHUNK = 500


@dataclass
class _Day:
    """What one day brings a person under one policy: the fen of a whole day and the half days on each order."""

    version: Version
    period: Period
    served: DayServed
    parts: list[tuple[int, int]] = field(default_factory=list)

    @property
    def fen(self) -> int:
        """Two halves of a day at most, the better paid first."""
        if not self.version.schedule.get("halves"):
            return max(fen for fen, _halves in self.parts)
        halves = sorted((fen for fen, n in self.parts for _half in range(n)), reverse=True)
        return percent_of(sum(halves[:2]), 1, 2)


Key = tuple[int, int, str]
"""A person, a policy, a period."""


@after(DispatchOrderFlow.confirm)
def bring_what_is_due(taking: Taking, ids: list[int]) -> None:
    """A confirmed service is due to everybody on file who was there."""
    grant_for_orders(taking.session, taking.act, ids)


def grant_for_orders(session: Session, act: Act, order_ids: Sequence[int], *, also: int | None = None) -> int:
    """Work out anew what the days of these orders bring to who was there, and `also` to an expert taken off.

    Runs in the caller's transaction; returns the number of new lines.
    """
    e, o = ServiceExpert, DispatchOrder
    counts = [among(o.id, order_ids), o.state.in_(CONFIRMED), o.served_on.is_not(None)]
    first = session.execute(select(func.min(o.served_on)).where(*counts)).scalar_one_or_none()
    if first is None:
        return 0
    m = DispatchMember
    there = select(m.id).join(o, o.id == m.order_id).where(m.expert_id == e.id, *counts)
    who = select(e.person_id).where(there.exists() | (e.id == also), e.person_id.is_not(None))
    persons = [person for person in session.execute(who).scalars() if person is not None]
    return grant_days(session, act, persons, since=first)


def grant_confirmed(session: Session, *, actor: Actor, now: datetime) -> int:
    """Work out what all confirmed days since the beginning of last year bring; the number of new lines. For the clock.

    It finds those whom a fact or a policy entered later entitles. A transaction for every 500 persons.
    """
    written, last = 0, 0
    while True:
        with transaction(session):
            act = Act(actor, now, calendar_of(session, actor.district_id))
            since = date(local_date(now, act.calendar.zone).year - 1, 1, 1)
            persons = _who_served(session, since, last)
            if not persons:
                return written
            written += grant_days(session, act, persons, since=since)
        last = persons[-1]


def _who_served(session: Session, since: date, last: int) -> list[int]:
    e, m, o = ServiceExpert, DispatchMember, DispatchOrder
    served = select(m.id).join(o, o.id == m.order_id)
    served = served.where(m.expert_id == e.id, o.state.in_(CONFIRMED), o.served_on >= since)
    wanted = select(e.person_id).where(e.person_id > last, served.exists()).order_by(e.person_id).limit(CHUNK)
    return [person for person in session.execute(wanted).scalars() if person is not None]


def grant_days(session: Session, act: Act, person_ids: Iterable[int], *, since: date) -> int:
    """Write what the confirmed days of persons bring since a day, up to today; the number of new lines.

    Runs in the caller's transaction. A day is granted to a person once under a policy, whatever orders name it and
    whoever enters it.
    """
    persons, today = sorted(set(person_ids)), local_date(act.now, act.calendar.zone)
    families = [
        family
        for family in published(session).values()
        if any(v.kind == PolicyKind.PER_DAY and v.schedule.get("orders") for v in family)
    ]
    if not persons or not families:
        return 0
    policies = [family[0].policy_id for family in families]
    hold_rights(session, persons, policies)
    wanted: dict[Key, _Day] = {}
    for day in days_of(session, persons, since=since, until=today):
        for family in families:
            _add(wanted, family, day)
    known = _known(session, persons, policies, since)
    _correct(session, act, wanted, {key: row for key, row in known.items() if row.starts_on >= since})
    fresh = [wanted[key] for key in sorted(set(wanted) - set(known), key=lambda key: (wanted[key].served.on, key))]
    rows = _grant(session, act, fresh, known) if fresh else []
    if rows:
        add_rows(session, Accrual, rows)
    rule_anew(session, persons)
    return len(rows)


def _add(wanted: dict[Key, _Day], family: Sequence[Version], day: DayServed) -> None:
    """What one day on one order adds under the version in force on that day."""
    version = next((v for v in reversed(family) if v.holds_on(day.on)), None)
    said: Mapping[str, Any] = (version.schedule.get("orders") if version is not None else None) or {}
    item = (said.get("items") or {}).get(str(max(day.place.remoteness, 1)))
    if version is None or item is None or (said.get("away") and not day.is_away):
        return
    fen = rate_of(version.rates, {}, key=item) or 0
    period = day_period(version.schedule, day.on, "" if version.schedule.get("one_a_day") else item, 1, fen)
    found = wanted.setdefault((day.person_id, version.policy_id, period.key), _Day(version, period, day))
    found.parts.append((fen, day.halves))


def _known(session: Session, persons: Sequence[int], policies: Sequence[int], since: date) -> dict[Key, Any]:
    a = Accrual
    rows = session.execute(
        select(a.id, a.person_id, a.by_day_of, a.period, a.entitlement_id, a.household_id, a.starts_on)
        .add_columns(a.gross_fen, a.amount_fen, a.state, a.order_id, Entitlement.policy_version_id)
        .join(Entitlement, Entitlement.id == a.entitlement_id)
        .where(among(a.person_id, persons), among(a.by_day_of, policies), a.starts_on >= since.replace(day=1))
        .order_by(a.id)
        .with_for_update(of=a)
    )
    return {(row.person_id, row.by_day_of, row.period): row for row in rows}


def _correct(session: Session, act: Act, wanted: Mapping[Key, _Day], known: Mapping[Key, Any]) -> None:
    """Bring the lines that orders brought before to what the orders say now; what is being examined is waited for."""
    ours = {key: row for key, row in known.items() if row.order_id is not None}
    corrected = _corrections(session, [row.id for row in ours.values()])
    due = {key: wanted[key].fen if key in wanted else 0 for key in ours}
    gone = [
        row.id
        for key, row in ours.items()
        if key not in wanted and row.state in ("due", "superseded") and row.id not in corrected
    ]
    again = {
        key: row
        for key, row in ours.items()
        if row.id not in gone and (row.id in corrected or due[key] != row.gross_fen)
    }
    if gone:
        session.execute(
            delete(Accrual).where(among(Accrual.id, gone)), execution_options={"synchronize_session": False}
        )
    if not again:
        return
    versions = {v.id: v for family in published(session, {key[1] for key in again}).values() for v in family}
    written = written_under(session, sorted({row.entitlement_id for row in again.values()}))
    writings: dict[int, Writing] = {}
    for key, row in again.items():
        version, old = versions[row.policy_version_id], written[row.entitlement_id, row.period]
        if not old.is_examined:
            period = day_period(version.schedule, row.starts_on, "", 1, due[key])
            right = _Right(row.entitlement_id, row.person_id, row.household_id)
            writing = writings.setdefault(version.id, Writing(act, version))
            writing.compare(right, old, replace(period, key=row.period))
    for writing in writings.values():
        if writing.has_any:
            writing.write(session)


@dataclass(frozen=True)
class _Right:
    """The right a line belongs to, as a correction names it."""

    id: int
    person_id: int
    household_id: int | None


def _corrections(session: Session, accrual_ids: Sequence[int]) -> set[int]:
    """The lines that were corrected before."""
    rows = session.execute(select(Correction.accrual_id).where(among(Correction.accrual_id, accrual_ids)))
    return set(rows.scalars())


def _grant(session: Session, act: Act, fresh: Sequence[_Day], known: Mapping[Key, Any]) -> list[dict[str, Any]]:
    """The lines of new days, each under a right that bears it."""
    days = sorted({day.served.on for day in fresh})
    whose = {on: sorted({day.served.person_id for day in fresh if day.served.on == on}) for on in days}
    facts = {on: facts_of(session, person_ids=whose[on], as_of=on) for on in days}
    allowed = [day for day in fresh if _is_entitled(day, facts[day.served.on][day.served.person_id])]
    granted = _within_months(allowed, known)
    rights = rights_for(session, act, [Bearing(*_of(day), day.version, day.served.on) for day in granted], facts)
    skipped = suspended_months(session, act, [right.id for right in rights.values()], days[-1])
    rows = []
    for day in granted:
        right = rights[_of(day)]
        paused = f"{day.served.on:%Y-%m}" in skipped.get(right.id, ()) and not day.version.schedule.get("arrears")
        if right.state not in BEARING or paused:
            continue
        period = replace(day.period, fen=day.fen)
        row = accrual_row(act, right.id, day.served.person_id, right.household_id, day.version, period)
        rows.append(row | {"order_id": day.served.order_id})
    return rows


def _of(day: _Day) -> tuple[int, int]:
    return day.served.person_id, day.version.policy_id


def _is_entitled(day: _Day, facts: Mapping[str, Any]) -> bool:
    """Whether the conditions were met on the very day."""
    return day.version.rule.judge(facts, day.served.on).outcome is Outcome.ENTITLED


def _within_months(days: Sequence[_Day], known: Mapping[Key, Any]) -> list[_Day]:
    """As many days of each month as the policy grants, the earliest first; those granted already count."""
    used: dict[tuple[int, int, str], set[date]] = {}
    for (person, policy, _key), row in known.items():
        if row.state != "refused":
            used.setdefault((person, policy, f"{row.starts_on:%Y-%m}"), set()).add(row.starts_on)
    found = []
    for day in days:
        taken = used.setdefault((*_of(day), f"{day.served.on:%Y-%m}"), set())
        most = int(day.version.schedule.get("days_a_month") or 0)
        if not most or len(taken | {day.served.on}) <= most:
            taken.add(day.served.on)
            found.append(day)
    return found
