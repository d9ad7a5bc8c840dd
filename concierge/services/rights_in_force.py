"""Rights in force with what bears upon them: the amounts of their person over time, and what earlier rights brought."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.db import among, fixed
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.rules.periods import Rate, end_of_right, is_arrear
from concierge.rules.policy import PolicyKind
from concierge.services.facts import Facts
from concierge.services.rulebook import Version, rates_in_force
from concierge.services.writings import Written, written_under

OVER = ("completed", "terminated", "revoked")
_RIGHTS = fixed(
    select(Entitlement.id, Entitlement.person_id, Entitlement.policy_id, Entitlement.policy_version_id)
    .add_columns(Entitlement.starts_on, Entitlement.ends_on, Entitlement.accrues_on, Entitlement.state)
    .add_columns(Entitlement.since, Person.household_id)
    .join(Person, (Person.id == Entitlement.person_id) & (Person.district_id == Entitlement.district_id))
    .where(among(Entitlement.id, name="rights"), Entitlement.state.in_(("active", "suspended")))
    .order_by(Entitlement.id)
)
_BEFORE = aliased(Entitlement, flat=True)
_EARLIER = fixed(
    select(Entitlement.id, _BEFORE.id.label("earlier_id"), _BEFORE.starts_on)
    .join(_BEFORE, (_BEFORE.person_id == Entitlement.person_id) & (_BEFORE.policy_id == Entitlement.policy_id))
    .where(among(Entitlement.id, name="rights"), _BEFORE.starts_on < Entitlement.starts_on, _BEFORE.state.in_(OVER))
    .order_by(_BEFORE.starts_on)
)
"""A person's earlier rights under the same policy, the first of them first."""


@dataclass(frozen=True)
class RightInForce:
    """A right in force; `taken` are periods that earlier rights of the person brought, `window_to` ends the window."""

    id: int
    person_id: int
    household_id: int | None
    policy_id: int
    policy_version_id: int
    starts_on: date
    ends_on: date | None
    accrues_on: date | None
    state: str
    since: datetime
    taken: frozenset[str] = frozenset()
    window_to: date | None = None


def rights_in_force(session: Session, ids: Sequence[int]) -> list[RightInForce]:
    """Those of these rights that are in force or suspended, by their ids."""
    return [RightInForce(**row) for row in session.execute(_RIGHTS, {"rights": ids}).mappings()]


def with_rates(
    session: Session,
    rights: Sequence[RightInForce],
    families: Mapping[int, Sequence[Version]],
    facts: Mapping[int, Facts],
) -> Iterator[tuple[RightInForce, Version, list[Rate]]]:
    """Each right with its version and the amounts of its person over time.

    Who left and came back, or was recognised anew, has each month and year once, and the window of a monthly benefit
    from the first day on, not anew with each right.
    """
    before = earlier_of(session, [right.id for right in rights])
    versions = {v.id: v for family in families.values() for v in family}
    for version_id in sorted({r.policy_version_id for r in rights} & set(versions)):
        version = versions[version_id]
        mine = [r for r in rights if r.policy_version_id == version_id]
        whose = [r.person_id for r in mine]
        rates = rates_in_force(session, version, families[version.policy_id], whose, facts)
        for right in mine:
            yield after_earlier(version, right, before), version, rates[right.person_id]


Earlier = Mapping[int, tuple[date, Sequence[Written]]]
"""By right, when the first earlier one of the person under the policy began, and what all of them brought."""


def earlier_of(session: Session, right_ids: Sequence[int]) -> Earlier:
    """What rights that are over brought before these, to the same persons under the same policies."""
    before: dict[int, tuple[date, list[Written]]] = {}
    rows = session.execute(_EARLIER, {"rights": right_ids}).all()
    brought = _brought(session, sorted({row.earlier_id for row in rows}))
    for row in rows:
        before.setdefault(row.id, (row.starts_on, []))[1].extend(brought.get(row.earlier_id, ()))
    return before


def _brought(session: Session, right_ids: Sequence[int]) -> dict[int, list[Written]]:
    """The periods of earlier rights that were not refused, without their arrears."""
    found: dict[int, list[Written]] = {}
    for (right_id, key), period in (written_under(session, right_ids) if right_ids else {}).items():
        if period.row.state != "refused" and not is_arrear(key):
            found.setdefault(right_id, []).append(period)
    return found


def after_earlier(version: Version, right: RightInForce, before: Earlier) -> RightInForce:
    """The right with what is left of a benefit by months or years after earlier rights of the person.

    A month that was set to nothing or asked back, as of a post that had ended, was not had.
    """
    if right.id not in before:
        return right
    first, earlier = before[right.id]
    in_kind = version.kind == PolicyKind.IN_KIND
    had = frozenset(old.row.period for old in earlier if in_kind or old.brings > 0)
    if version.kind == PolicyKind.MONTHLY:
        window_to = end_of_right(version.kind, version.schedule, first)
        return replace(right, taken=had, window_to=window_to)
    by_years = version.kind == PolicyKind.REIMBURSE_CAPPED or version.schedule.get("every_years")
    return replace(right, taken=had) if by_years else right
