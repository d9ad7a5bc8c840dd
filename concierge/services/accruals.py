"""What falls due under rights in force: one row for one right and period, granted at most once (domain §2.4).

States: `due` (may be claimed), `claimed`, `paid`, `superseded` (a higher right of the same group is granted for the
same time), `refused`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import among
from concierge.engine.run import Act
from concierge.engine.tables import History
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import Person
from concierge.rules.exclusion import Line, take_higher
from concierge.rules.periods import Period, Rate, periods
from concierge.rules.policy import add_months
from concierge.services.facts import facts_of
from concierge.services.rulebook import Version, published, rates_over_time

CHUNK = 1000
TAKE_HIGHER = "take_higher"
_DAY = timedelta(days=1)
_QUIET = {"synchronize_session": False}


def accrue(session: Session, act: Act, *, until: date, entitlement_ids: Iterable[int]) -> int:
    """Write what has fallen due up to a day under these entitlements, as far as they are in force.

    Runs in the caller's transaction; returns the number of new rows. A second run writes nothing.
    """
    written = 0
    wanted = sorted(set(entitlement_ids))
    for start in range(0, len(wanted), CHUNK):
        written += _accrue_chunk(session, act, until, wanted[start : start + CHUNK])
    return written


def _accrue_chunk(session: Session, act: Act, until: date, ids: Sequence[int]) -> int:
    rights = _rights(session, ids)
    versions = {v.id: v for family in published(session, {r.policy_id for r in rights}).values() for v in family}
    persons = sorted({r.person_id for r in rights})
    facts = facts_of(session, person_ids=persons, as_of=until)
    known = _known_periods(session, ids)
    skipped = _suspended_months(session, act, ids, until)
    rows: list[dict[str, Any]] = []
    touched: set[int] = set()
    for version_id in sorted({r.policy_version_id for r in rights} & set(versions)):
        version = versions[version_id]
        mine = [r for r in rights if r.policy_version_id == version_id]
        rates = rates_over_time(session, {r.person_id: version for r in mine}, facts)
        for right in mine:
            found = _periods(version, right, rates[right.person_id], until, skipped.get(right.id, set()))
            fresh = [period for period in found if (right.id, period.key) not in known]
            rows += [_row(act, right, version, period) for period in fresh]
            if fresh and version.schedule.get("exclusion") == TAKE_HIGHER:
                touched.add(right.person_id)
    if rows:
        session.execute(insert(Accrual), rows)
    rule_on_groups(session, touched, {v.group for v in versions.values() if _is_exclusive(v)})
    return len(rows)


def _is_exclusive(version: Version) -> bool:
    return version.schedule.get("exclusion") == TAKE_HIGHER


def _rights(session: Session, ids: Sequence[int]) -> list[Any]:
    e = Entitlement
    columns = (e.id, e.person_id, e.policy_id, e.policy_version_id, e.starts_on, e.ends_on, Person.household_id)
    return list(
        session.execute(
            select(*columns)
            .join(Person, (Person.id == e.person_id) & (Person.district_id == e.district_id))
            .where(among(e.id, ids), e.state == "active")
            .order_by(e.id)
        ).all()
    )


def _known_periods(session: Session, ids: Sequence[int]) -> set[tuple[int, str]]:
    rows = session.execute(select(Accrual.entitlement_id, Accrual.period).where(among(Accrual.entitlement_id, ids)))
    return {(entitlement_id, period) for entitlement_id, period in rows}


def _periods(version: Version, right: Any, rates: Sequence[Rate], until: date, skipped: set[str]) -> list[Period]:
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


def _row(act: Act, right: Any, version: Version, period: Period) -> dict[str, Any]:
    return {
        "id": new_id(),
        "district_id": act.actor.district_id,
        "entitlement_id": right.id,
        "person_id": right.person_id,
        "household_id": right.household_id,
        "policy_group": version.group,
        "period": period.key,
        "number": period.number,
        "of_number": period.of_number,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "due_on": period.due_on,
        "amount_fen": period.fen,
        "state": "due",
        "claim_id": None,
        "superseded_by": None,
    }


def _suspended_months(session: Session, act: Act, ids: Sequence[int], until: date) -> dict[int, set[str]]:
    """The months at whose end a right was suspended: without arrears they are not granted."""
    rows = session.execute(
        select(History.case_id, History.step, History.at)
        .where(among(History.case_id, ids), History.step.in_(("suspend", "resume")))
        .order_by(History.case_id, History.version)
    )
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


def rule_on_groups(session: Session, person_ids: Iterable[int], groups: Iterable[str]) -> None:
    """Take the higher, no double: rule anew on what is due to these persons in these groups."""
    wanted, names = sorted(set(person_ids)), sorted(set(groups))
    if not wanted or not names:
        return
    a = Accrual
    rows = session.execute(
        select(a.id, a.person_id, a.policy_group, a.entitlement_id, a.starts_on, a.ends_on, a.amount_fen, a.state)
        .add_columns(a.superseded_by)
        .where(among(a.person_id, wanted), a.policy_group.in_(names), a.state != "refused")
        .order_by(a.id)
        .with_for_update()
    ).all()
    together: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        together.setdefault((row.person_id, row.policy_group), []).append(row)
    changes = [change for mine in together.values() for change in _changes(mine)]
    if changes:
        session.execute(update(Accrual), changes)


def _changes(rows: Sequence[Any]) -> list[dict[str, Any]]:
    if len({row.entitlement_id for row in rows}) < 2:
        return []
    by_id = {row.id: row for row in rows}
    rulings = take_higher([_line(row) for row in rows])
    found = []
    for ruling in rulings:
        row = by_id[ruling.id]
        ruled = "due" if ruling.granted else "superseded"
        if (row.state, row.amount_fen, row.superseded_by) != (ruled, ruling.fen, ruling.by):
            found.append({"id": row.id, "state": ruled, "amount_fen": ruling.fen, "superseded_by": ruling.by})
    return found


def _line(row: Any) -> Line:
    settled = row.state in ("claimed", "paid")
    deducted = row.superseded_by if row.state == "due" else None
    return Line(row.id, row.entitlement_id, row.starts_on, row.ends_on, row.amount_fen, settled, deducted)


def settle(session: Session, claim_ids: Iterable[int], state: str) -> None:
    """Move what these claims bundle to `paid`, `claimed` or `refused`; `due` releases it to be claimed again."""
    values: dict[str, Any] = {"state": state}
    if state == "due":
        values["claim_id"] = None
    session.execute(update(Accrual).where(among(Accrual.claim_id, claim_ids)).values(values), execution_options=_QUIET)
