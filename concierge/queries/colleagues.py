"""What an administrator of a unit looks at: the people of his own unit, and what he may grant them there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.account import Account, AccountGrant
from concierge.models.district import Unit
from concierge.rules.roles import Role

PAGE = 50
Delegated = Mapping[int, frozenset[Role]]
"""The roles that may be granted, by unit."""


@dataclass(frozen=True)
class Held:
    """A role that a colleague holds in the unit, or held; `may_end` says that it is the administrator's to end."""

    id: int
    role: Text
    unit: Bilingual
    starts_on: date
    ends_on: date | None
    is_over: bool
    may_end: bool


@dataclass(frozen=True)
class Colleague:
    """Somebody of the unit: never a password, never an ID number, and nothing of what he does elsewhere."""

    id: int
    login: str
    name: str
    is_disabled: bool
    held: tuple[Held, ...]


@dataclass(frozen=True)
class Colleagues:
    """Some people of the unit, in the order their accounts were made, and where the next ones begin."""

    rows: tuple[Colleague, ...]
    next_after: int | None


@dataclass(frozen=True)
class Duty:
    """A role in a unit that the administrator may grant."""

    unit_id: int
    unit: Bilingual
    role: Role


def delegated(session: Session, *, actor: Actor, today: date) -> Delegated:
    """What was delegated to the actor, or to whom he stands in for, and is in force."""
    g = AccountGrant
    found = session.execute(
        select(g.unit_id, g.delegates).where(
            g.account_id == actor.duty,
            g.role == Role.UNIT_ADMIN.value,
            g.starts_on <= today,
            or_(g.ends_on.is_(None), g.ends_on >= today),
        )
    )
    roles: dict[int, frozenset[Role]] = {}
    for unit_id, delegates in found:
        if unit_id is not None:
            roles[unit_id] = roles.get(unit_id, frozenset()) | {Role(each) for each in delegates}
    return roles


def duties(session: Session, *, actor: Actor, today: date) -> tuple[Duty, ...]:
    """The roles that the actor may grant, unit by unit."""
    given = delegated(session, actor=actor, today=today)
    units = session.execute(select(Unit).where(among(Unit.id, list(given))).order_by(Unit.id)).scalars()
    return tuple(Duty(unit.id, unit.name, role) for unit in units for role in Role if role in given[unit.id])


def colleagues(session: Session, *, actor: Actor, today: date, after: int = 0) -> Colleagues:
    """The people who hold a role in the actor's units, or held one."""
    given = delegated(session, actor=actor, today=today)
    wanted = select(Account).where(Account.id > after, of_the_units(given)).order_by(Account.id).limit(PAGE + 1)
    found = list(session.execute(wanted).scalars())
    held = _held(session, given, [each.id for each in found[:PAGE]], today)
    rows = tuple(
        Colleague(a.id, a.login, a.name, a.disabled_at is not None, tuple(held.get(a.id, ()))) for a in found[:PAGE]
    )
    return Colleagues(rows, rows[-1].id if len(found) > PAGE else None)


def colleague(session: Session, *, actor: Actor, today: date, account_id: int) -> Colleague:
    """One of them. Raises NotFound for anybody else."""
    found = colleagues(session, actor=actor, today=today, after=account_id - 1).rows
    if not found or found[0].id != account_id:
        raise NotFound()
    return found[0]


def of_the_units(units: Collection[int]) -> ColumnElement[bool]:
    """Accounts that hold a role in one of these units, or held one; its administrators do not see each other."""
    g = AccountGrant.__table__.c
    return Account.id.in_(select(g.account_id).where(among(g.unit_id, list(units)), g.role != Role.UNIT_ADMIN.value))


def _held(session: Session, given: Delegated, ids: list[int], today: date) -> dict[int, list[Held]]:
    g = AccountGrant
    found = session.execute(
        select(g, Unit)
        .join(Unit, Unit.id == g.unit_id)
        .where(among(g.account_id, ids), among(g.unit_id, list(given)))
        .order_by(g.id)
    ).tuples()
    held: dict[int, list[Held]] = {}
    for grant, unit in found:
        is_over = grant.ends_on is not None and grant.ends_on < today
        role = Role(grant.role)
        line = Held(
            grant.id, role.label, unit.name, grant.starts_on, grant.ends_on, is_over,
            may_end=not is_over and role in given[unit.id],
        )  # fmt: skip
        held.setdefault(grant.account_id, []).append(line)
    return held
