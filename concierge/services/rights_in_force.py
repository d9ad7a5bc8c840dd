"""Rights in force with what bears upon them: the amounts of their person over time, and what earlier rights brought."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from concierge.db import among, fixed
from concierge.models.entitlement import Accrual, Entitlement
from concierge.models.person import Person
from concierge.rules.periods import Rate, end_of_right
from concierge.rules.policy import PolicyKind
from concierge.services.facts import Facts
from concierge.services.rulebook import Version, rates_in_force

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
    select(Entitlement.id, _BEFORE.starts_on, Accrual.period)
    .join(_BEFORE, (_BEFORE.person_id == Entitlement.person_id) & (_BEFORE.policy_id == Entitlement.policy_id))
    .outerjoin(Accrual, (Accrual.entitlement_id == _BEFORE.id) & (Accrual.state != "refused"))
    .where(among(Entitlement.id, name="rights"), _BEFORE.starts_on < Entitlement.starts_on)
    .where(_BEFORE.state.in_(OVER), or_(Accrual.id.is_(None), ~Accrual.period.contains("+v")))
    .order_by(_BEFORE.starts_on)
)
"""When a person's earlier rights under the same policy began, the first of them first, and what they brought."""


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
    before: dict[int, tuple[date, set[str]]] = {}
    for right_id, since, period in session.execute(_EARLIER, {"rights": [right.id for right in rights]}):
        before.setdefault(right_id, (since, set()))[1].update([period] if period is not None else [])
    versions = {v.id: v for family in families.values() for v in family}
    for version_id in sorted({r.policy_version_id for r in rights} & set(versions)):
        version = versions[version_id]
        mine = [r for r in rights if r.policy_version_id == version_id]
        whose = [r.person_id for r in mine]
        rates = rates_in_force(session, version, families[version.policy_id], whose, facts)
        for right in mine:
            yield _after(version, right, *before.get(right.id, ())), version, rates[right.person_id]


def _after(version: Version, right: RightInForce, first: date | None = None, had: Collection[str] = ()) -> RightInForce:
    """The right with what is left of a benefit by months or years after earlier rights of the person."""
    if first is None:
        return right
    if version.kind == PolicyKind.MONTHLY:
        window_to = end_of_right(version.kind, version.schedule, first)
        return replace(right, taken=frozenset(had), window_to=window_to)
    by_years = version.kind == PolicyKind.REIMBURSE_CAPPED or version.schedule.get("every_years")
    return replace(right, taken=frozenset(had)) if by_years else right
