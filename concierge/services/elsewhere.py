"""Benefits granted twice, in two districts of one site (domain §2.4): found by the blind index, told as a count.

Two persons are one where the blind index of their ID numbers is the same; nobody reads the number. Of the other
district's file nothing crosses over but how many benefits of the same group it has granted; a person decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, func, select, update
from sqlalchemy.orm import Session

from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import CASES
from concierge.models.district import District
from concierge.models.entitlement import Entitlement
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.rules.exclusion import groups_beside, of_the_partner
from concierge.rules.policy import PolicyKind

GRANTED = ("confirmed", "active", "suspended", "completed")
UNDER_WAY = ("identified", "notified", "confirmed", "active", "suspended")
_RIGHTS, _PERSONS, _POLICIES = (cast(Table, model.__table__) for model in (Entitlement, Person, Policy))


@dataclass(frozen=True)
class _Beside:
    """What a version says of other benefits: the groups that count, and whether the partner's do too."""

    groups: frozenset[str]
    partner: bool


def look_at_all(session: Session, *, actor: Actor, now: datetime) -> int:
    """Count anew for every right under way; how many rights stand beside one of another district. For the clock."""
    with transaction(session):
        return len(look_elsewhere(session, actor=actor, now=now))


def look_elsewhere(
    session: Session, *, actor: Actor, now: datetime, right_ids: Sequence[int] | None = None
) -> dict[int, int]:
    """Keep with these rights (or all) how many of the like another district has granted; those that have any.

    Runs in the caller's transaction. That one looked is written down with the number found, and nothing else.
    """
    others = select(District.id).where(District.id != actor.district_id).limit(1)
    if right_ids == [] or session.execute(others).first() is None:
        return {}
    found = _counted(session, actor.district_id, right_ids)
    e = Entitlement
    mine = [e.granted_elsewhere > 0] if right_ids is None else [e.granted_elsewhere > 0, among(e.id, right_ids)]
    before = dict(session.execute(select(e.id, e.granted_elsewhere).where(*mine)).tuples().all())
    changes = {right: found.get(right, 0) for right in {*before, *found} if before.get(right, 0) != found.get(right, 0)}
    if changes:
        rows = [{"id": right, "granted_elsewhere": count} for right, count in sorted(changes.items())]
        session.execute(update(e), rows)
        data = {"rights": len(changes)}
        record(session, act="look-elsewhere", actor=actor, now=now, subject_kind="entitlement", data=data)
    return found


def _counted(session: Session, district: int, right_ids: Sequence[int] | None) -> dict[int, int]:
    beside, found = _versions(session), dict[int, int]()
    for partner, key in ((False, _PERSONS.c.id_index), (True, _PERSONS.c.spouse_key)):
        statement = _doubled(district, key, right_ids)
        for right, version, group, count in session.execute(statement, execution_options={"whole_city": True}):
            said = beside[version]
            if group in said.groups and (said.partner or not partner):
                found[right] = found.get(right, 0) + count
    return found


def _versions(session: Session) -> Mapping[int, _Beside]:
    v = PolicyVersion
    rows = session.execute(
        select(v.id, v.kind, v.schedule, Policy.group).join(
            Policy, (Policy.id == v.policy_id) & (Policy.district_id == v.district_id)
        )
    )
    return {
        row.id: _Beside(
            groups_beside(row.group, row.schedule, in_kind=row.kind == PolicyKind.IN_KIND),
            of_the_partner(row.schedule),
        )
        for row in rows
    }


def _doubled(district: int, key: ColumnElement[Any], right_ids: Sequence[int] | None) -> Any:
    """Own rights beside what other districts granted to whom a key names, by group: ids and counts alone."""
    own, case, person = _RIGHTS, CASES, _PERSONS
    fellow, theirs, granted = person.alias("fellow"), own.alias("theirs"), case.alias("granted")
    policy, other = _POLICIES.alias("policy"), cast(Table, District.__table__).alias("other")
    where = [own.c.district_id == district, case.c.state.in_(UNDER_WAY), granted.c.state.in_(GRANTED)]
    if right_ids is not None:
        where.append(among(own.c.id, right_ids))
    return (
        select(own.c.id, own.c.policy_version_id, policy.c.group, func.count())
        .join(case, (case.c.id == own.c.id) & (case.c.district_id == own.c.district_id))
        .join(person, (person.c.id == own.c.person_id) & (person.c.district_id == own.c.district_id))
        .join(other, other.c.id != own.c.district_id)
        .join(fellow, (fellow.c.district_id == other.c.id) & (fellow.c.id_index == key))
        .join(theirs, (theirs.c.person_id == fellow.c.id) & (theirs.c.district_id == fellow.c.district_id))
        .join(granted, (granted.c.id == theirs.c.id) & (granted.c.district_id == theirs.c.district_id))
        .join(policy, (policy.c.id == theirs.c.policy_id) & (policy.c.district_id == theirs.c.district_id))
        .where(*where)
        .group_by(own.c.id, own.c.policy_version_id, policy.c.group)
    )
