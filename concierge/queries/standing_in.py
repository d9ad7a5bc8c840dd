"""For whom somebody may act: the absence in force that names him, and the actor that this makes of him."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import SHANGHAI, local_date
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.absence import Absence, away_on
from concierge.models.account import Account
from concierge.models.scope import visible_cases
from concierge.queries.actors import actor_of
from concierge.rules.standing_in import Cover

_AWAY, _OTHER = aliased(Account), aliased(Account)


@dataclass(frozen=True)
class StandIn:
    """An absence in force, as whoever stands in sees it. The fallback has neither scope nor cap."""

    for_account: int
    name: str
    until: date
    covers: Cover
    cap_fen: int | None
    fallback: str

    @property
    def is_fallback(self) -> bool:
        """Whether this is the fallback, who does what the deputy does not cover."""
        return not self.fallback


def stand_ins(session: Session, account_id: int, today: date, for_account: int | None = None) -> list[StandIn]:
    """For whom an account may act today, one absence each. Nobody, while the account is away itself."""
    away = aliased(Absence)
    himself = select(away.id).where(
        away.district_id == Absence.district_id,
        away.account_id == account_id,
        away.starts_on <= today,
        away.ends_on >= today,
        away.ended_at.is_(None),
    )
    named = (
        select(Absence, _AWAY.name, _OTHER.name)
        .join(_AWAY, _AWAY.id == Absence.account_id)
        .join(_OTHER, _OTHER.id == Absence.fallback_id)
        .where(
            or_(Absence.deputy_id == account_id, Absence.fallback_id == account_id),
            away_on(today),
            ~himself.exists(),
            _AWAY.disabled_at.is_(None),
        )
        .order_by(Absence.ends_on, Absence.id)
    )
    if for_account is not None:
        named = named.where(Absence.account_id == for_account)
    return [_stand_in(row, name, other, account_id) for row, name, other in session.execute(named)]


def _stand_in(row: Absence, name: str, fallback: str, account_id: int) -> StandIn:
    if row.fallback_id == account_id:
        return StandIn(row.account_id, name, row.ends_on, Cover.ALL, None, "")
    return StandIn(row.account_id, name, row.ends_on, Cover(row.covers), row.cap_fen, fallback)


def stand_in_for(session: Session, account_id: int, for_account: int, today: date) -> StandIn | None:
    """The absence by which one account acts for another today, if there is one."""
    return next(iter(stand_ins(session, account_id, today, for_account)), None)


def acting_for(session: Session, own: Actor, for_account: int, now: datetime) -> tuple[Actor, StandIn] | None:
    """The actor standing in for somebody away: with that person's own duties, never with those he stands in for.

    So a chain ends after one hop. None when no absence in force says so.
    """
    found = stand_in_for(session, own.account_id, for_account, local_date(now, SHANGHAI))
    if found is None:
        return None
    away = actor_of(session, for_account, now)
    grants = frozenset(grant for grant in away.grants if grant.role in found.covers.roles)
    made = replace(own, grants=grants, person_id=None, for_account=away.account_id, for_person_key=away.person_key)
    return made, found


def may_see(session: Session, actor: Actor, case_id: int) -> bool:
    """Whether the actor sees a case as he acts now."""
    return session.scalar(select(Case.id).where(Case.id == case_id, visible_cases(actor))) is not None


def actor_again(session: Session, account_id: int, for_account: int | None, now: datetime) -> Actor | None:
    """The account as it may act now, still for the person it stood in for when it began.

    None when that absence has ended since. Raises NotFound for an account that is gone.
    """
    own = actor_of(session, account_id, now)
    if for_account is None:
        return own
    found = acting_for(session, own, for_account, now)
    return found[0] if found is not None else None
