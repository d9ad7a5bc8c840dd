"""Waiting lists (轮候): what a policy gives in turn goes to whoever has waited longest, never to a choice of somebody.

A policy says so in its schedule: {"waiting_list": true, "leave_days": 30}. An approved claim then waits until a place
is given to it, and is fulfilled after that; when the right ends, the place is left within the days that are granted.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.text import _
from concierge.db import UTCDateTime, among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import OWN_CASE
from concierge.models.claim import Claim
from concierge.models.entitlement import Entitlement
from concierge.models.policy import PolicyVersion
from concierge.models.waiting import Place
from concierge.queries.waiting import in_turn, may_keep
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.people import only
from concierge.services.steps import Taking, after
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.entitlement import EntitlementFlow

KEEPERS = (Role.SECTOR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
LONGEST_NAME = 80
_RIGHT: Any = aliased(Entitlement, flat=True)
_QUIET = {"synchronize_session": False}
_LISTED = select(PolicyVersion.id).where(PolicyVersion.schedule["waiting_list"].as_boolean())
_WAITS = fixed(
    update(Claim)
    .where(among(Claim.id, name="claims"), ~Claim.is_paid, Claim.policy_version_id.in_(_LISTED))
    .values(queued_at=bindparam("since", type_=UTCDateTime()))
    .execution_options(synchronize_session=False)
)


@after(ClaimFlow.approve, ClaimFlow.determine_and_approve)
def wait_in_turn(taking: Taking, ids: list[int]) -> None:
    """What is given in turn waits from the moment it was approved."""
    taking.session.execute(_WAITS, {"claims": ids, "since": taking.act.now})


@after(ClaimFlow.cancel)
def leave_the_list(taking: Taking, ids: list[int]) -> None:
    """A claim that was called off waits no longer, and holds no place."""
    gone = update(Claim).where(among(Claim.id, ids), Claim.queued_at.is_not(None))
    taking.session.execute(gone.values(queued_at=None), execution_options=_QUIET)
    free = update(Place).where(among(Place.claim_id, ids))
    taking.session.execute(free.values(claim_id=None, given_on=None, leave_by=None), execution_options=_QUIET)


@after(EntitlementFlow.terminate, EntitlementFlow.complete, EntitlementFlow.revoke)
def tell_until_when_to_leave(taking: Taking, ids: list[int]) -> None:
    """The right is over: its place is left within the days that its policy grants from its last day on."""
    today = local_date(taking.act.now, taking.act.calendar.zone)
    rows = taking.session.execute(
        select(Place.id, _RIGHT.ends_on, PolicyVersion.schedule)
        .join(Claim, Claim.id == Place.claim_id)
        .join(_RIGHT, _RIGHT.id == Claim.entitlement_id)
        .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
        .where(among(_RIGHT.id, ids))
    ).all()
    for row in rows:
        ends = min(row.ends_on or today, today)
        leave_by = ends + timedelta(days=int(row.schedule.get("leave_days") or 0))
        taking.session.execute(update(Place).where(Place.id == row.id).values(leave_by=leave_by))


def add_place(session: Session, *, actor: Actor, now: datetime, policy_id: int, name: str) -> int:
    """Enter a place under a policy with a waiting list; its id. Raises NotFound out of the unit's reach, Invalid."""
    only(actor, *KEEPERS)
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid.because("name", _("1 to %(n)s characters.", n=LONGEST_NAME), "name")
    with transaction(session):
        if not may_keep(session, actor, policy_id):
            raise NotFound()
        same = select(Place.id).where(Place.policy_id == policy_id, Place.name_zh == name, Place.is_in_use)
        if session.execute(same).first():
            raise Invalid.because("place_known", _("This place is on the list already."), "name")
        place = Place(district_id=actor.district_id, policy_id=policy_id, name_zh=name, name_en=name)
        session.add(place)
        session.flush()
        _write_down(session, "add-place", actor, now, place.id)
        return place.id


def give_place(session: Session, *, actor: Actor, now: datetime, place_id: int) -> int:
    """Give a free place to the claim that has waited longest; that claim's id.

    Raises NotFound out of the unit's reach, Refusal when it is held, out of use, or nobody waits, and for a claim of
    one's own.
    """
    only(actor, *KEEPERS)
    with transaction(session):
        place = _place(session, actor, place_id)
        if place.claim_id is not None or not place.is_in_use:
            raise Refusal.because("place_held", _("This place is not free."))
        first = session.execute(in_turn(place.policy_id).limit(1).with_for_update(of=Claim)).first()
        if first is None:
            raise Refusal.because("nobody_waits", _("Nobody waits for a place."))
        if {first.subject_key, first.kin_key} & set(actor.person_keys):
            raise Refusal(OWN_CASE)
        today = _today(session, actor, now)
        session.execute(update(Claim).where(Claim.id == first.id).values(queued_at=None), execution_options=_QUIET)
        place.claim_id, place.given_on, place.leave_by = first.id, today, None
        _write_down(session, "give-place", actor, now, place_id, {"claim": first.number})
        return int(first.id)


def free_place(session: Session, *, actor: Actor, now: datetime, place_id: int) -> None:
    """Write down that a place was left. Raises NotFound, Refusal while the right under which it is held goes on."""
    only(actor, *KEEPERS)
    with transaction(session):
        place = _place(session, actor, place_id)
        if place.claim_id is None or place.leave_by is None:
            raise Refusal.because("place_in_use", _("The benefit under which this place is held goes on."))
        data = {"claim": session.execute(select(Claim.number).where(Claim.id == place.claim_id)).scalar_one()}
        place.claim_id, place.given_on, place.leave_by = None, None, None
        _write_down(session, "free-place", actor, now, place_id, data)


def retire_place(session: Session, *, actor: Actor, now: datetime, place_id: int) -> None:
    """Take a free place out of use. Raises NotFound, Refusal while somebody holds it."""
    only(actor, *KEEPERS)
    with transaction(session):
        place = _place(session, actor, place_id)
        if place.claim_id is not None:
            raise Refusal.because("place_held", _("This place is not free."))
        place.is_in_use = False
        _write_down(session, "retire-place", actor, now, place_id)


def _place(session: Session, actor: Actor, place_id: int) -> Place:
    """A place within the unit's reach, locked. Raises NotFound."""
    place = session.execute(select(Place).where(Place.id == place_id).with_for_update()).scalar_one_or_none()
    if place is None or not may_keep(session, actor, place.policy_id):
        raise NotFound()
    return place


def _today(session: Session, actor: Actor, now: datetime) -> date:
    return local_date(now, calendar_of(session, actor.district_id).zone)


def _write_down(
    session: Session, act: str, actor: Actor, now: datetime, place_id: int, data: dict[str, Any] | None = None
) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="place", subject_id=place_id, data=data)
