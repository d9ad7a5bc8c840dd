"""What falls due under rights in force: one row for one right and period, granted at most once (domain §2.4).

States: `due` (may be claimed), `claimed`, `paid`, `superseded` (another benefit excludes it), `refused`, `lapsed` (its
window to be claimed passed).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.ids import new_id
from concierge.db import add_rows, among, fixed
from concierge.engine.run import Act
from concierge.engine.tables import History
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import Person
from concierge.rules.periods import Period, Rate, periods
from concierge.rules.policy import PolicyKind, add_months
from concierge.services.exclusions import hold_households, rule_anew
from concierge.services.facts import Facts, facts_of
from concierge.services.rulebook import Version, published, rates_in_force

CHUNK = 1000
RHYTHM = 12
"""Months after which what was earned has fallen due at the latest."""
_DAY = timedelta(days=1)
_QUIET = {"synchronize_session": False}

_RIGHTS = fixed(
    select(Entitlement.id, Entitlement.person_id, Entitlement.policy_id, Entitlement.policy_version_id)
    .add_columns(Entitlement.starts_on, Entitlement.ends_on, Entitlement.accrues_on, Entitlement.state)
    .add_columns(Entitlement.since, Person.household_id)
    .join(Person, (Person.id == Entitlement.person_id) & (Person.district_id == Entitlement.district_id))
    .where(among(Entitlement.id, name="rights"), Entitlement.state.in_(("active", "suspended")))
    .order_by(Entitlement.id)
)
_KNOWN = fixed(select(Accrual.entitlement_id, Accrual.period).where(among(Accrual.entitlement_id, name="rights")))
_SUSPENSIONS = fixed(
    select(History.case_id, History.step, History.at)
    .where(among(History.case_id, name="rights"), History.step.in_(("suspend", "resume")))
    .order_by(History.case_id, History.version)
)


def accrue(
    session: Session,
    act: Act,
    *,
    until: date,
    entitlement_ids: Iterable[int],
    facts: Mapping[int, Facts] | None = None,
) -> int:
    """Write what has fallen due up to a day under these entitlements, as far as they are in force; of suspended ones
    what was earned before.

    `facts` are those of the persons on that day, where the caller knows them already. Runs in the caller's
    transaction; returns the number of new rows. A second run writes nothing.
    """
    written = 0
    wanted = sorted(set(entitlement_ids))
    for start in range(0, len(wanted), CHUNK):
        written += _accrue_chunk(session, act, until, wanted[start : start + CHUNK], facts)
    return written


def _accrue_chunk(
    session: Session, act: Act, until: date, ids: Sequence[int], known_facts: Mapping[int, Facts] | None
) -> int:
    rights = _rights(session, ids)
    families = published(session, {r.policy_id for r in rights})
    versions = {v.id: v for family in families.values() for v in family}
    persons = sorted({r.person_id for r in rights})
    facts = known_facts if known_facts is not None else facts_of(session, person_ids=persons, as_of=until)
    known = _known_periods(session, ids)
    skipped = suspended_months(session, act, ids, until)
    rows: list[dict[str, Any]] = []
    looks: dict[int, date | None] = {}
    for version_id in sorted({r.policy_version_id for r in rights} & set(versions)):
        version = versions[version_id]
        mine = [r for r in rights if r.policy_version_id == version_id]
        whose = [r.person_id for r in mine]
        rates = rates_in_force(session, version, families[version.policy_id], whose, facts)
        for right in mine:
            own_rates, paused = rates[right.person_id], skipped.get(right.id, set())
            found = _earned(act, version, right, own_rates, until, paused)
            fresh = [period for period in found if (right.id, period.key) not in known]
            own = (right.id, right.person_id, right.household_id)
            rows += [accrual_row(act, *own, version, period) for period in fresh]
            looks[right.id] = _next_look(version, right, own_rates, until, paused)
    # Rights before households, as whoever changes a right and then accrues: else two of them would stop each other.
    _keep(session, [(r, looks[r.id]) for r in rights if r.id in looks and looks[r.id] != r.accrues_on])
    return _write(session, rows)


def _keep(session: Session, looks: Sequence[tuple[Any, date | None]]) -> None:
    """When these rights are to be looked at again; most of them on the same day.

    One that was moved to another version meanwhile keeps the day that came with it.
    """
    for version_id, day in {(right.policy_version_id, look) for right, look in looks}:
        moved = [right.id for right, look in looks if (right.policy_version_id, look) == (version_id, day)]
        own = (among(Entitlement.id, moved), Entitlement.policy_version_id == version_id)
        session.execute(update(Entitlement).where(*own).values(accrues_on=day), execution_options=_QUIET)


def _next_look(version: Version, right: Any, rates: Sequence[Rate], until: date, paused: set[str]) -> date | None:
    """The day on which more falls due than up to a day, or on which to look again; None where nothing can any more.

    Of whom no amount is known one looks every time: it may come with any fact.
    """
    if not rates:
        return right.accrues_on or until
    horizon = add_months(until, 2 * RHYTHM)
    coming = (p.due_on for p in periods_of(version, right, rates, horizon, paused) if p.due_on > until)
    is_over = right.ends_on is not None and add_months(right.ends_on, RHYTHM) <= horizon
    return next(coming, None if is_over else horizon)


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """What nobody else wrote while this act waited for the households, and what it means for their other benefits."""
    if not rows:
        return 0
    persons = {row["person_id"] for row in rows}
    hold_households(session, sorted(persons))
    there = _known_periods(session, sorted({row["entitlement_id"] for row in rows}))
    fresh = [row for row in rows if (row["entitlement_id"], row["period"]) not in there]
    add_rows(session, Accrual, fresh)
    rule_anew(session, persons)
    return len(fresh)


def _earned(
    act: Act, version: Version, right: Any, rates: Sequence[Rate], until: date, paused: set[str]
) -> list[Period]:
    """What falls due; of a suspended right nothing that begins with its pause, nor the month in which that began."""
    found = periods_of(version, right, rates, until, paused)
    if right.state == "active":
        return found
    begun = local_date(right.since, act.calendar.zone)
    return [period for period in found if period.starts_on < begun and period.key not in paused]


def _rights(session: Session, ids: Sequence[int]) -> list[Any]:
    return list(session.execute(_RIGHTS, {"rights": ids}).all())


def _known_periods(session: Session, ids: Sequence[int]) -> set[tuple[int, str]]:
    return {(entitlement_id, period) for entitlement_id, period in session.execute(_KNOWN, {"rights": ids})}


def periods_of(version: Version, right: Any, rates: Sequence[Rate], until: date, skipped: set[str]) -> list[Period]:
    """What falls due under a right (`starts_on`, `ends_on`) up to a day, without the months of a pause."""
    kept = set() if version.schedule.get("arrears") else skipped
    return periods(
        version.kind,
        version.schedule,
        rates,
        starts_on=right.starts_on,
        ends_on=right.ends_on,
        until=until,
        skipped=kept,
    )


def accrual_row(
    act: Act, entitlement_id: int, person_id: int, household_id: int | None, version: Version, period: Period
) -> dict[str, Any]:
    """A period as it is written when it falls due, before other benefits are looked at."""
    return {
        "id": new_id(),
        "district_id": act.actor.district_id,
        "entitlement_id": entitlement_id,
        "person_id": person_id,
        "household_id": household_id,
        "policy_group": version.group,
        "period": period.key,
        "number": period.number,
        "of_number": period.of_number,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "due_on": period.due_on,
        "gross_fen": period.fen,
        "amount_fen": period.fen,
        "state": "due",
        "claim_id": None,
        "superseded_by": None,
        "rule": None,
        "by_day_of": version.policy_id if version.kind == PolicyKind.PER_DAY else None,
        "order_id": None,
        "lapsed_on": None,
    }


def suspended_months(session: Session, act: Act, ids: Sequence[int], until: date) -> dict[int, set[str]]:
    """The months at whose end a right was suspended: without arrears they are not granted."""
    rows = session.execute(_SUSPENSIONS, {"rights": ids})
    found: dict[int, set[str]] = {}
    since: dict[int, date] = {}
    for case_id, step, at in rows:
        day = at.astimezone(act.calendar.zone).date()
        if step == "suspend":
            since[case_id] = day
        elif case_id in since:
            found.setdefault(case_id, set()).update(_month_ends(since.pop(case_id), day))
    for case_id, day in since.items():
        found.setdefault(case_id, set()).update(_month_ends(day, until + _DAY))
    return found


def _month_ends(begin: date, end: date) -> Iterable[str]:
    """The months whose last day lies from `begin` up to before `end`."""
    month = begin.replace(day=1)
    while add_months(month, 1) - _DAY < end:
        yield f"{month:%Y-%m}"
        month = add_months(month, 1)


def settle(session: Session, claim_ids: Iterable[int], state: str) -> None:
    """Move what these claims bundle to `paid`, `claimed` or `refused`; `due` releases it to be claimed again."""
    values: dict[str, Any] = {"state": state}
    if state == "due":
        values["claim_id"] = None
    own = among(Accrual.claim_id, claim_ids)
    persons = sorted(session.execute(select(Accrual.person_id).where(own).distinct()).scalars())
    # Households before what fell due to them, as whoever writes that: else two of them would stop each other.
    hold_households(session, persons)
    session.execute(update(Accrual).where(own).values(values), execution_options=_QUIET)
    rule_anew(session, persons)
