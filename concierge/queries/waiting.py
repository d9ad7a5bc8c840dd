"""Waiting lists: who waits for what since when, which places there are, and how far on an expert's own claim is."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.tables import of_kind
from concierge.models.claim import Claim
from concierge.models.person import Person
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.waiting import Place
from concierge.rules.roles import Role

SHOWN = 200
"""So many of those who wait are shown; the others come after them in the same order."""


@dataclass(frozen=True)
class Waiting:
    """One claim in its turn."""

    nth: int
    claim_id: int
    number: str
    name: str
    since: datetime


@dataclass(frozen=True)
class PlaceRow:
    """One place with who holds it."""

    id: int
    name: Bilingual
    claim_id: int | None
    number: str
    holder: str
    given_on: date | None
    leave_by: date | None
    is_late: bool


@dataclass(frozen=True)
class WaitingList:
    """One policy whose benefit is given in turn."""

    policy_id: int
    code: str
    name: Bilingual
    waiting: tuple[Waiting, ...]
    places: tuple[PlaceRow, ...]

    @property
    def free(self) -> int:
        """How many places are free."""
        return sum(1 for place in self.places if place.claim_id is None)


def in_turn(policy_id: int) -> Select[Any]:
    """The claims that wait under a policy, whoever has waited longest first."""
    waiting = of_kind(Claim), Claim.policy_id == policy_id, Claim.queued_at.is_not(None), Claim.state == "approved"
    columns = (Claim.id, Claim.number, Claim.expert_id, Claim.subject_key, Claim.kin_key, Claim.queued_at)
    return select(*columns).where(*waiting).order_by(Claim.queued_at, Claim.id)


def _kept(actor: Actor) -> ColumnElement[bool]:
    """The policies whose places an actor keeps: those of his unit, or all of them for the talent office."""
    if actor.has(Role.TALENT_OFFICE):
        return true()
    units = actor.units(Role.SECTOR, Role.UNIT_LIAISON)
    return or_(among(Policy.unit_id, units), among(Policy.paying_unit_id, units))


def _listed() -> ColumnElement[bool]:
    v = PolicyVersion
    says = v.schedule["waiting_list"].as_boolean()
    return select(v.id).where(v.policy_id == Policy.id, v.state == "published", says).correlate(Policy).exists()


def may_keep(session: Session, actor: Actor, policy_id: int) -> bool:
    """Whether the policy has a waiting list that the actor keeps."""
    found = select(Policy.id).where(Policy.id == policy_id, _listed(), _kept(actor))
    return session.execute(found).first() is not None


def waiting_lists(session: Session, *, actor: Actor, today: date) -> tuple[WaitingList, ...]:
    """Every waiting list that the actor keeps; two statements for each."""
    p = Policy
    wanted = select(p.id, p.code, p.name_zh, p.name_en).where(_listed(), _kept(actor)).order_by(p.code)
    found = []
    for row in session.execute(wanted).all():
        who, places = _who(session, row.id), _places(session, row.id, today)
        found.append(WaitingList(row.id, row.code, Bilingual(row.name_zh, row.name_en), who, places))
    return tuple(found)


def _who(session: Session, policy_id: int) -> tuple[Waiting, ...]:
    turn = in_turn(policy_id).add_columns(Person.full_name).join(Person, Person.id == Claim.expert_id).limit(SHOWN)
    rows = session.execute(turn)
    return tuple(Waiting(nth, r.id, r.number, r.full_name, r.queued_at) for nth, r in enumerate(rows, 1))


def _places(session: Session, policy_id: int, today: date) -> tuple[PlaceRow, ...]:
    p = Place
    rows = session.execute(
        select(p.id, p.name_zh, p.name_en, p.claim_id, p.given_on, p.leave_by, Claim.number, Person.full_name)
        .outerjoin(Claim, Claim.id == p.claim_id)
        .outerjoin(Person, Person.id == Claim.expert_id)
        .where(p.policy_id == policy_id, p.is_in_use)
        .order_by(p.name_zh, p.id)
    )
    return tuple(
        PlaceRow(
            r.id,
            Bilingual(r.name_zh, r.name_en or r.name_zh),
            r.claim_id,
            r.number or "",
            r.full_name or "",
            r.given_on,
            r.leave_by,
            r.leave_by is not None and r.leave_by < today,
        )
        for r in rows
    )


@dataclass(frozen=True)
class Turn:
    """Where a claim stands: its number in the list, or the place it was given and until when that may be kept."""

    nth: int | None
    place: Bilingual | None
    leave_by: date | None


def turn_of(session: Session, claim: Claim) -> Turn | None:
    """The turn of an expert's own claim; None where nothing is given in turn."""
    if claim.queued_at is not None:
        before = in_turn(claim.policy_id).where(
            or_(Claim.queued_at < claim.queued_at, (Claim.queued_at == claim.queued_at) & (Claim.id < claim.id))
        )
        ahead = session.execute(select(func.count()).select_from(before.subquery())).scalar_one()
        return Turn(int(ahead) + 1, None, None)
    place = session.execute(select(Place).where(Place.claim_id == claim.id)).scalar_one_or_none()
    return Turn(None, place.name, place.leave_by) if place is not None else None
