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
from concierge.db import add_rows, among, fixed
from concierge.engine.run import Act
from concierge.engine.tables import History
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.rules.periods import Period, Rate, is_arrear, periods
from concierge.rules.policy import PolicyKind, add_months
from concierge.services.exclusions import SETTLED, hold_households, rule_anew
from concierge.services.facts import Facts, facts_of
from concierge.services.rights_in_force import RightInForce, rights_in_force, with_rates
from concierge.services.rulebook import Version, published
from concierge.services.writings import Writing, accrual_row, written_under

CHUNK = 1000
OPEN = ("due", "superseded")
RHYTHM = 12
"""Months after which what was earned has fallen due at the latest."""
_DAY = timedelta(days=1)
_QUIET = {"synchronize_session": False}

_KNOWN = fixed(
    select(Accrual.entitlement_id, Accrual.period, Accrual.gross_fen, Accrual.starts_on, Accrual.ends_on, Accrual.state)
    .where(among(Accrual.entitlement_id, name="rights"))
    .order_by(Accrual.id)
)
_CORRECTED = fixed(select(Correction.entitlement_id).where(among(Correction.entitlement_id, name="rights")).distinct())
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
    rights = rights_in_force(session, ids)
    families = published(session, {r.policy_id for r in rights})
    persons = sorted({r.person_id for r in rights})
    facts = known_facts if known_facts is not None else facts_of(session, person_ids=persons, as_of=until)
    known = _known_periods(session, ids)
    corrected = set(session.execute(_CORRECTED, {"rights": ids}).scalars())
    skipped = suspended_months(session, act, ids, until)
    rows: list[dict[str, Any]] = []
    again: list[tuple[Version, Any, Period]] = []
    looks: dict[int, date | None] = {}
    for right, version, rates in with_rates(session, rights, families, facts):
        written, paused = known.get(right.id, {}), skipped.get(right.id, set())
        found = _earned(act, version, right, rates, until, paused)
        own = (right.id, right.person_id, right.household_id)
        rows += [accrual_row(act, *own, version, period) for period in found if period.key not in written]
        otherwise = _otherwise(version, right, rates, found, written, right.id in corrected)
        again += [(version, right, period) for period in otherwise]
        looks[right.id] = _next_look(version, right, rates, until, paused)
    # Rights before households, as whoever changes a right and then accrues: else two of them would stop each other.
    _keep(session, [(r, looks[r.id]) for r in rights if r.id in looks and looks[r.id] != r.accrues_on])
    return _write(session, act, rows, again)


def _otherwise(
    version: Version,
    right: Any,
    rates: Sequence[Rate],
    found: Sequence[Period],
    written: Mapping[str, Any],
    is_corrected: bool,
) -> list[Period]:
    """What may have been written otherwise than it would be now: a fact was entered later than it holds.

    A month after the end is granted to nobody; of a sum in parts that was paid before, the policy's own formula tells
    what comes back.
    """
    is_dated = bool(rates) and all(rate.is_dated for rate in rates)
    # The months before a version keep the amounts of its forerunner, where those are known.
    is_known = bool(rates) and rates[0].since < version.valid_from
    mine = [p for p in found if p.key in written and (is_known or p.ends_on >= version.valid_from)]
    # What was set to nothing, as of a post that was thought to have ended, is granted as if it fell due only now.
    again = [p for p in mine if is_dated or not written[p.key].gross_fen]
    changed = [period for period in again if is_corrected or period.fen != written[period.key].gross_fen]
    if right.ends_on is None or PolicyKind(version.kind).is_entered:
        return changed
    back = (*OPEN, *SETTLED) if version.kind == PolicyKind.MONTHLY else OPEN
    late = [w for w in written.values() if w.starts_on > right.ends_on and w.gross_fen and w.state in back]
    over = [w for w in late if not is_arrear(w.period)]
    return [*changed, *(Period(w.period, 0, 0, w.starts_on, w.ends_on, w.ends_on, 0) for w in over)]


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


def _write(
    session: Session, act: Act, rows: Sequence[dict[str, Any]], again: Sequence[tuple[Version, Any, Period]]
) -> int:
    """What nobody else wrote while this act waited for the households, and what it means for their other benefits."""
    if not rows and not again:
        return 0
    persons = {row["person_id"] for row in rows} | {right.person_id for _version, right, _period in again}
    hold_households(session, sorted(persons))
    there = _known_periods(session, sorted({row["entitlement_id"] for row in rows}))
    fresh = [row for row in rows if row["period"] not in there.get(row["entitlement_id"], {})]
    if fresh:
        add_rows(session, Accrual, fresh)
    if again:
        _correct(session, act, again)
    rule_anew(session, persons)
    return len(fresh)


def _correct(session: Session, act: Act, again: Sequence[tuple[Version, Any, Period]]) -> None:
    """Bring what was written otherwise to what it should be; what is being examined is waited for.

    A claim may yet be withdrawn or refused: nothing is added to or asked back from what nobody was paid.
    """
    written = written_under(session, sorted({right.id for _version, right, _period in again}))
    writings: dict[int, Writing] = {}
    for version, right, period in again:
        old = written[right.id, period.key]
        if not old.is_examined:
            writings.setdefault(version.id, Writing(act, version)).compare(right, old, period)
    for writing in writings.values():
        if writing.has_any:
            writing.write(session)


def _earned(
    act: Act, version: Version, right: Any, rates: Sequence[Rate], until: date, paused: set[str]
) -> list[Period]:
    """What falls due; of a suspended right nothing that begins with its pause, nor the month in which that began."""
    found = periods_of(version, right, rates, until, paused)
    if right.state == "active":
        return found
    begun = local_date(right.since, act.calendar.zone)
    return [period for period in found if period.starts_on < begun and period.key not in paused]


def _known_periods(session: Session, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What was written under each right, by period."""
    found: dict[int, dict[str, Any]] = {}
    for row in session.execute(_KNOWN, {"rights": ids}):
        found.setdefault(row.entitlement_id, {})[row.period] = row
    return found


def periods_of(version: Version, right: Any, rates: Sequence[Rate], until: date, skipped: set[str]) -> list[Period]:
    """What falls due under a right (`starts_on`, `ends_on`) up to a day, without the months of a pause."""
    kept = set() if version.schedule.get("arrears") else skipped
    had, window_to = (right.taken, right.window_to) if isinstance(right, RightInForce) else (frozenset(), None)
    ends_on = min(right.ends_on or window_to, window_to) if window_to is not None else right.ends_on
    found = periods(
        version.kind,
        version.schedule,
        rates,
        starts_on=right.starts_on,
        ends_on=ends_on,
        until=until,
        skipped=kept | had,
        used=len(had),
    )
    return [period for period in found if period.key not in had]


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
