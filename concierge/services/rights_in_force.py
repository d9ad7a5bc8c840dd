"""Rights in force with what bears upon them: the amounts of their person over time, and what earlier rights brought."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, or_, select
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
    select(Entitlement.id, func.min(_BEFORE.starts_on), func.count(Accrual.id))
    .join(_BEFORE, (_BEFORE.person_id == Entitlement.person_id) & (_BEFORE.policy_id == Entitlement.policy_id))
    .outerjoin(Accrual, (Accrual.entitlement_id == _BEFORE.id) & (Accrual.state != "refused"))
    .where(among(Entitlement.id, name="rights"), _BEFORE.starts_on < Entitlement.starts_on)
    .where(_BEFORE.state.in_(OVER), or_(Accrual.id.is_(None), ~Accrual.period.contains("+v")))
    .group_by(Entitlement.id)
)
"""When the first of a person's earlier rights under the same policy began, and how many periods they brought."""


@dataclass(frozen=True)
class RightInForce:
    """A right in force; `used` months and the window up to `window_to` count from earlier rights of the person on."""

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
    used: int = 0
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

    Who left and came back has the months and the window of a monthly benefit once, not anew with each right.
    """
    before = {
        right: (first, used) for right, first, used in session.execute(_EARLIER, {"rights": [r.id for r in rights]})
    }
    versions = {v.id: v for family in families.values() for v in family}
    for version_id in sorted({r.policy_version_id for r in rights} & set(versions)):
        version = versions[version_id]
        mine = [r for r in rights if r.policy_version_id == version_id]
        whose = [r.person_id for r in mine]
        rates = rates_in_force(session, version, families[version.policy_id], whose, facts)
        for right in mine:
            if right.id in before and version.kind == PolicyKind.MONTHLY:
                first, used = before[right.id]
                right = replace(right, used=used, window_to=end_of_right(version.kind, version.schedule, first))
            yield right, version, rates[right.person_id]
