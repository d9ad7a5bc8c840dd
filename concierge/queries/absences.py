"""The absences that somebody may see: his own, those he stands in for, and those he keeps for others."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, aliased

from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.engine.actor import Actor
from concierge.models.absence import Absence
from concierge.models.account import Account, AccountGrant
from concierge.queries.standing_in import StandIn, stand_ins
from concierge.rules.roles import Role, conflicts
from concierge.rules.standing_in import Cover

MOST = 100
CHOICES = 2000
_STAFF = tuple(role for role in Role if role not in (Role.EXPERT, Role.SYSTEM))
_AWAY, _DEPUTY, _FALLBACK = aliased(Account), aliased(Account), aliased(Account)


@dataclass(frozen=True)
class AbsenceRow:
    """One absence. `state` is coming, running or over."""

    id: int
    name: str
    deputy: str
    fallback: str
    starts_on: date
    ends_on: date
    covers: Text
    cap_fen: int | None
    reason: str
    state: str
    may_end: bool


@dataclass(frozen=True)
class AbsencePage:
    """For whom one may act today, and the absences one may see, the newest first."""

    stand_ins: tuple[StandIn, ...]
    rows: tuple[AbsenceRow, ...]


def absence_page(session: Session, actor: Actor, today: date) -> AbsencePage:
    """The page of absences of whoever is logged in."""
    may_end = or_(_kept(actor), Absence.account_id == actor.account_id)
    rows = session.execute(
        select(
            Absence,
            _AWAY.name.label("name"),
            _DEPUTY.name.label("deputy"),
            _FALLBACK.name.label("fallback"),
            may_end.label("may_end"),
        )
        .join(_AWAY, _AWAY.id == Absence.account_id)
        .join(_DEPUTY, _DEPUTY.id == Absence.deputy_id)
        .join(_FALLBACK, _FALLBACK.id == Absence.fallback_id)
        .where(visible_absences(actor))
        .order_by(Absence.ends_on.desc(), Absence.id.desc())
        .limit(MOST)
    )
    return AbsencePage(
        tuple(stand_ins(session, actor.account_id, today)),
        tuple(_row(row, today) for row in rows),
    )


def _row(found: Any, today: date) -> AbsenceRow:
    row: Absence = found.Absence
    over = row.ended_at is not None or row.ends_on < today
    return AbsenceRow(
        id=row.id,
        name=found.name,
        deputy=found.deputy,
        fallback=found.fallback,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        covers=Cover(row.covers).label,
        cap_fen=row.cap_fen,
        reason=row.reason if found.may_end else "",
        state="over" if over else ("running" if row.starts_on <= today else "coming"),
        may_end=found.may_end and not over,
    )


def visible_absences(actor: Actor) -> ColumnElement[bool]:
    """The clause for the absences somebody may see: his own, those he is named in, those he keeps for others."""
    mine = (Absence.account_id, Absence.deputy_id, Absence.fallback_id)
    return or_(_kept(actor), *(column == actor.account_id for column in mine))


def _kept(actor: Actor) -> ColumnElement[bool]:
    """The absences that the actor registers for others (services/absences.py)."""
    if actor.has(Role.SECURITY_ADMIN):
        return true()
    specialists = select(AccountGrant.account_id).where(AccountGrant.role == Role.SPECIALIST.value)
    return Absence.account_id.in_(specialists) if actor.has(Role.SPECIALIST_LEAD) else Absence.id == 0


def who_may_be_away(session: Session, actor: Actor, today: date) -> list[tuple[str, Any]]:
    """Whose absence the actor may register: his own, as lead that of a specialist, as security administrator any."""
    own = (public_id(actor.account_id), _("%(name)s (myself)", name=actor.name))
    if actor.has(Role.SECURITY_ADMIN):
        others = colleagues(session, today)
    elif actor.has(Role.SPECIALIST_LEAD):
        others = colleagues(session, today, Role.SPECIALIST)
    else:
        others = []
    return [own, *(choice for choice in others if choice[0] != own[0])]


def who_may_stand_in(session: Session, actor: Actor, today: date) -> list[tuple[str, Any]]:
    """Who may be chosen as deputy or fallback: others, whose duties and the actor's one person may hold (domain §3.3).

    Whoever keeps absences may stand in himself for those he sends away; the security administrator sends anybody away.
    """
    if actor.has(Role.SECURITY_ADMIN):
        return colleagues(session, today)
    found = colleagues(session, today, *(role for role in _STAFF if not conflicts({*actor.roles, role})))
    own = public_id(actor.account_id)
    return [choice for choice in found if choice[0] != own or actor.has(Role.SPECIALIST_LEAD)]


def colleagues(session: Session, today: date, *roles: Role) -> list[tuple[str, Any]]:
    """Everybody with a duty in the district (of these roles, when any is named), by name."""
    grant = AccountGrant
    wanted = [role.value for role in roles or _STAFF]
    rows = session.execute(
        select(Account.id, Account.name, grant.role)
        .join(grant, grant.account_id == Account.id)
        .where(
            grant.role.in_(wanted),
            grant.starts_on <= today,
            or_(grant.ends_on.is_(None), grant.ends_on >= today),
            Account.disabled_at.is_(None),
        )
        .order_by(Account.name, Account.id, grant.id)
        .limit(CHOICES)
    )
    named: dict[int, tuple[str, Text]] = {}
    for number, name, role in rows:
        named.setdefault(number, (name, Role(role).label))
    return [
        (public_id(number), _("%(name)s, %(role)s", name=name, role=role)) for number, (name, role) in named.items()
    ]
