"""A version that also holds for who enjoys the benefit already: rights move to it, paid periods are corrected (§2.4).

What is paid or claimed is never edited. The difference to what the new version says is an arrear, due as a period of
its own, or an amount to recover; both are linked to the original. Deliberate pauses stay. Who no longer meets the
conditions keeps his right under the old version: people decide what becomes of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.rules.periods import Period, is_arrear, total_of
from concierge.rules.policy import Outcome, PolicyKind, add_months, rate_of
from concierge.services.accruals import RHYTHM, periods_of, suspended_months
from concierge.services.calendars import calendar_of
from concierge.services.exclusions import hold_households, rule_anew
from concierge.services.facts import facts_of
from concierge.services.rights_in_force import RightInForce, after_earlier, earlier_of
from concierge.services.rulebook import Version, published, rates_in_force
from concierge.services.writings import Writing, Written, written_under

CHUNK = 500
ENJOYED = ("confirmed", "active", "suspended")


@dataclass(frozen=True)
class Corrected:
    """What was corrected: rights moved to a newer version, and fen to pay in addition and to recover."""

    moved: int = 0
    arrears_fen: int = 0
    recovery_fen: int = 0

    def __add__(self, other: "Corrected") -> "Corrected":
        return Corrected(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def correct_rights(session: Session, *, actor: Actor, now: datetime) -> Corrected:
    """Move rights to versions in force that hold for everybody, and correct what was paid. For the clock.

    A transaction for every 500 rights; a right moves and is corrected at once, so that a second run finds nothing.
    """
    with transaction(session):
        day = local_date(now, calendar_of(session, actor.district_id).zone)
        families = published(session)
        newest = [[v for v in family if v.holds_on(day)][-1:] for family in families.values()]
    done = Corrected()
    for version in (v for found in newest for v in found if v.schedule.get("for_all")):
        last = 0
        while True:
            with transaction(session):
                act = Act(actor, now, calendar_of(session, actor.district_id))
                rights = _rights(session, version, last)
                if not rights:
                    break
                done += _correct_chunk(session, act, version, families[version.policy_id], rights, day)
            last = rights[-1].id
    return done


def _rights(session: Session, version: Version, last: int) -> list[RightInForce]:
    e = Entitlement
    columns = (e.id, e.person_id, e.policy_id, e.policy_version_id, e.starts_on, e.ends_on, e.accrues_on)
    rows = session.execute(
        select(*columns, e.state, e.since, Person.household_id)
        .join(Person, (Person.id == e.person_id) & (Person.district_id == e.district_id))
        .where(e.policy_id == version.policy_id, e.policy_version_id != version.id, e.state.in_(ENJOYED), e.id > last)
        .order_by(e.id)
        .limit(CHUNK)
        .with_for_update(of=e)
    )
    return [RightInForce(**row) for row in rows.mappings()]


def _correct_chunk(
    session: Session, act: Act, version: Version, family: Sequence[Version], rights: Sequence[RightInForce], day: date
) -> Corrected:
    # Households before what fell due to them, as whoever writes that: else two of them would stop each other.
    hold_households(session, [right.person_id for right in rights])
    known = written_under(session, [right.id for right in rights])
    # Whose arrear is being examined waits: it may be refused, and what was never paid is asked back from nobody.
    examined = {right_id for (right_id, key), old in known.items() if is_arrear(key) and old.row.state == "claimed"}
    rights = [right for right in rights if right.id not in examined]
    persons = [right.person_id for right in rights]
    facts = facts_of(session, person_ids=persons, as_of=day)
    entitled = {p for p in persons if version.rule.judge(facts[p], day).outcome is Outcome.ENTITLED}
    mine = [right for right in rights if right.person_id in entitled]
    rates = rates_in_force(session, version, family, [right.person_id for right in mine], facts)
    # Whose amount nobody knows has not been paid too much: he is looked at again once it is known.
    mine = [right for right in mine if rates[right.person_id] or version.kind != PolicyKind.MONTHLY]
    skipped = suspended_months(session, act, [right.id for right in mine], day)
    writing, before = Writing(act, version), earlier_of(session, [right.id for right in mine])
    for right in mine:
        paused = skipped.get(right.id, set())
        # What was paid by the month is compared even where the version lets it fall due with the year.
        until, own = add_months(day, RHYTHM), after_earlier(version, right, before)
        found = periods_of(version, own, rates[right.person_id], until, paused)
        written = {key: old for (right_id, key), old in known.items() if right_id == right.id}
        for period in [*found, *_no_more(version, found, written, paused)]:
            if period.key in written and period.ends_on >= version.valid_from:
                writing.compare(right, written[period.key], period)
    _move(session, version, mine, facts)
    if mine:
        writing.write(session)
    rule_anew(session, [right.person_id for right in mine])
    return Corrected(len(mine), writing.arrears_fen, writing.recovery_fen)


def _no_more(
    version: Version, found: Sequence[Period], written: Mapping[str, "Written"], paused: Collection[str]
) -> list[Period]:
    """The months that were written and that the version, of fewer months, does not give; a pause stays as it was."""
    if version.kind != PolicyKind.MONTHLY:
        return []
    kept = {*(period.key for period in found), *paused}
    rows = [old.row for key, old in written.items() if key not in kept and not is_arrear(key)]
    return [Period(row.period, 0, 0, row.starts_on, row.ends_on, row.ends_on, 0) for row in rows]


def _move(session: Session, version: Version, rights: Sequence[Any], facts: Mapping[int, Any]) -> None:
    rows = [
        {
            "id": right.id,
            "policy_version_id": version.id,
            "accrues_on": date.min,
            "total_fen": total_of(version.kind, version.schedule, rate_of(version.rates, facts[right.person_id])),
        }
        for right in rights
    ]
    if rows:
        session.execute(update(Entitlement), rows)
