"""The nightly match: the database itself says whose answers have changed, and only they are matched anew.

Time changes facts too (months in post, ages, what begins or ends today): the recount is set-based and as of the day, so
that nobody is missed. On the first of a month everybody is matched, whatever the recount says.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.entitlement import Decision, Entitlement
from concierge.models.person import Employment, Person, PersonFact, TalentStatus
from concierge.rules.facts import FACTS
from concierge.services.calendars import calendar_of
from concierge.services.clause_sql import amount, facts_in, outcome
from concierge.services.entitlements import accrue_due
from concierge.services.fact_table import fact_table
from concierge.services.matching import MatchReport, is_for_units, match, matched
from concierge.services.rulebook import Version, published

CATCH_UP = timedelta(days=31)


def match_changed(session: Session, *, actor: Actor, now: datetime) -> MatchReport:
    """Match those whose answers have changed since they were decided, and write what has fallen due. For the clock.

    Killed and begun again, it goes on: who was matched is no longer among the changed.
    """
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        ids = None if day.day == 1 else changed_persons(session, day)
    report = match(session, actor=actor, now=now, person_ids=ids)
    return report + MatchReport(accrued=accrue_due(session, actor=actor, now=now))


def changed_persons(session: Session, day: date) -> list[int]:
    """Whom a match on this day could tell something new: by the facts, by a version, or never decided."""
    found: set[int] = set(session.execute(_begun(day)).scalars())
    for family in (family for family in published(session).values() if not is_for_units(family)):
        if any(version.holds_on(day) for version in family):
            found.update(session.execute(_undecided(family, day)).scalars())
        for version in family:
            found.update(session.execute(_differing(version, day)).scalars())
    return sorted(found)


def _last(policy_id: int) -> Any:
    """The newest decision of each person under a policy."""
    d = Decision
    newest = select(func.max(d.id)).where(d.policy_id == policy_id).group_by(d.person_id)
    columns = (d.person_id, d.policy_version_id, d.facts_revision, d.outcome, d.amount_fen)
    return select(*columns).where(d.id.in_(newest)).subquery("last")


def _differing(version: Version, day: date) -> Select[Any]:
    """Those last decided under this version whom it would answer otherwise today, or whose facts were changed."""
    by = {str(version.rates.get("by"))} & set(FACTS)
    facts = fact_table({*facts_in(version.rule.clause), *by}, day).subquery("facts")
    last = _last(version.policy_id)
    changed = or_(
        last.c.facts_revision != facts.c.facts_revision,
        last.c.outcome != outcome(version.rule.clause, facts.c),
        last.c.amount_fen.is_distinct_from(amount(version.rates, facts.c)),
    )
    mine = last.c.policy_version_id == version.id
    return select(last.c.person_id).join(facts, facts.c.person_id == last.c.person_id).where(mine, changed)


def _undecided(family: Sequence[Version], day: date) -> Select[Any]:
    """Experts without a decision under a policy in force, or with one under a version that is over and no right."""
    last, e = _last(family[0].policy_id), Entitlement
    holding = [version.id for version in family if version.holds_on(day)]
    right = select(e.id).where(e.person_id == Person.id, e.is_open, e.policy_version_id == last.c.policy_version_id)
    over = last.c.policy_version_id.not_in(holding) & ~right.exists()
    wanted = select(Person.id).outerjoin(last, last.c.person_id == Person.id)
    return wanted.where(matched(), or_(last.c.person_id.is_(None), over))


def _begun(day: date) -> Any:
    """Persons of whom something entered ahead has begun to hold in the last month."""
    dates: Iterable[Any] = (
        (TalentStatus, TalentStatus.valid_from),
        (Employment, Employment.starts_on),
        (PersonFact, PersonFact.as_of),
    )
    return union(*(select(table.person_id).where(held > day - CATCH_UP, held <= day) for table, held in dates))
