"""Handing over (domain §4.1): on leave with a list that the taker signs, and a leaver's whole work in one act."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal, within
from concierge.basics.ids import new_id, public_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.hand_over import hand_over
from concierge.engine.run import Act
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.care import CareRequest
from concierge.models.handover import Handover
from concierge.models.knowledge import KnowledgeCard
from concierge.models.person import Person
from concierge.queries.handovers import Work, work_of
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

OPEN, SIGNED, WITHDRAWN = "open", "signed", "withdrawn"
LONGEST_REASON = 500
CHANGED = Reason("list_changed", _("The list has changed since you saw it; please look through it again."))


@dataclass(frozen=True)
class HandoverWish:
    """Whose work goes to whom. `leaving`: for good, at once, where he is deputy too; only a lead says so."""

    giver_id: int
    taker_id: int | None
    leaving: bool = False
    reason: str = ""


def begin_handover(session: Session, *, actor: Actor, now: datetime, wish: HandoverWish) -> int:
    """Begin a hand-over; returns its id. The taker is asked to sign; a leaver's work moves at once.

    A specialist hands his own work over, a lead anybody's. Raises NotFound for work that is not the actor's to give,
    Invalid for a taker who is no specialist or too long a reason, Refusal while another hand-over of it is open.
    """
    with transaction(session):
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        _may_give(actor, wish)
        if wish.taker_id == wish.giver_id or not _is_specialist(session, wish.taker_id, today):
            raise Invalid.because("no_specialist", _("Please choose another specialist of the district."), "taker_id")
        row = Handover(
            id=new_id(), district_id=actor.district_id, giver_id=wish.giver_id, taker_id=wish.taker_id,
            is_leaving=wish.leaving, reason=within(wish.reason, LONGEST_REASON, "reason"),
            made_by=actor.account_id, made_at=now,
        )  # fmt: skip
        session.add(row)
        try:
            session.flush()
        except IntegrityError:
            raise Refusal.because("handover_open", _("a hand-over of this work is already waiting")) from None
        _write_down(session, "hand-over", row, actor, now)
        if wish.leaving:
            _move(session, row, work_of(session, row.giver_id, leaving=True), actor, now)
        else:
            _ask(session, row, now)
        return row.id


def _may_give(actor: Actor, wish: HandoverWish) -> None:
    own = wish.giver_id == actor.account_id and actor.has(Role.SPECIALIST) and not wish.leaving
    if actor.for_account is not None or not (own or actor.has(Role.SPECIALIST_LEAD)):
        raise NotFound()


def _is_specialist(session: Session, account_id: int | None, today: date) -> bool:
    found = (
        select(Account.id)
        .join(AccountGrant, AccountGrant.account_id == Account.id)
        .where(
            Account.id == account_id,
            Account.disabled_at.is_(None),
            AccountGrant.role == Role.SPECIALIST.value,
            in_force(today),
        )
    )
    return session.execute(found.limit(1)).first() is not None


def sign_handover(session: Session, *, actor: Actor, now: datetime, handover_id: int, seal: str) -> None:
    """The taker signs the list as he saw it, and everything on it is his.

    Raises NotFound for whoever is not the taker himself, Refusal when the list has changed meanwhile or a case of it
    is in another hand at this moment.
    """
    with transaction(session):
        row = _open(session, handover_id)
        if row.taker_id != actor.account_id or actor.for_account is not None:
            raise NotFound()
        work = work_of(session, row.giver_id, leaving=row.is_leaving)
        if work.seal != seal:
            raise Refusal(CHANGED)
        _move(session, row, work, actor, now)


def withdraw_handover(session: Session, *, actor: Actor, now: datetime, handover_id: int) -> None:
    """Giver, taker or lead call a hand-over off before it is signed. Raises NotFound."""
    with transaction(session):
        row = _open(session, handover_id)
        theirs = actor.account_id in (row.giver_id, row.taker_id) and actor.for_account is None
        if not theirs and not actor.has(Role.SPECIALIST_LEAD):
            raise NotFound()
        _settle(session, row, state=WITHDRAWN)
        _write_down(session, "withdraw-hand-over", row, actor, now)


def _open(session: Session, handover_id: int) -> Handover:
    wanted = select(Handover).where(Handover.id == handover_id, Handover.state == OPEN).with_for_update()
    row = session.execute(wanted).scalar_one_or_none()
    if row is None:
        raise NotFound()
    return row


def _move(session: Session, row: Handover, work: Work, actor: Actor, now: datetime) -> None:
    giver, taker = row.giver_id, row.taker_id
    said = {"handover": public_id(row.id)}
    act = Act(actor, now, calendar_of(session, actor.district_id), row.reason or None, said)
    ids = [each.id for each in work.cases]
    hand_over(session, ids, act, giver=giver, taker=taker)
    quiet = {"synchronize_session": False}
    for column in (CareRequest.handler_id, CareRequest.first_contact_id):
        his = update(CareRequest).where(among(CareRequest.id, ids), column == giver)
        session.execute(his.values({column.key: taker}), execution_options=quiet)
    # A taker who was the deputy changes places with the giver; who leaves is gone everywhere.
    second = case((Person.deputy_id == taker, None if row.is_leaving else giver), else_=Person.deputy_id)
    experts = update(Person).where(among(Person.id, [number for number, _name in work.experts]))
    moved = {"specialist_id": taker, "deputy_id": second, "version": Person.version + 1}
    session.execute(experts.values(moved), execution_options=quiet)
    if row.is_leaving:
        other = case((Person.specialist_id == taker, None), else_=taker)
        seconds = update(Person).where(among(Person.id, work.lines["deputy_of"]), Person.deputy_id == giver)
        session.execute(seconds.values(deputy_id=other, version=Person.version + 1), execution_options=quiet)
    cards = update(KnowledgeCard).where(among(KnowledgeCard.id, work.lines["cards"]))
    session.execute(cards.values(keeper_id=taker), execution_options=quiet)
    signed = {"lines": work.lines, "seal": work.seal, "signed_by": actor.account_id, "signed_at": now}
    _settle(session, row, state=SIGNED, **signed)
    _write_down(session, "sign-hand-over", row, actor, now)


def _settle(session: Session, row: Handover, **values: Any) -> None:
    session.execute(update(Handover).where(Handover.id == row.id).values(**values))
    session.refresh(row)


def _write_down(session: Session, act: str, row: Handover, actor: Actor, now: datetime) -> None:
    data = {"giver": row.giver_id, "taker": row.taker_id, "leaving": row.is_leaving, "seal": row.seal}
    record(session, act=act, actor=actor, now=now, subject_kind="handover", subject_id=row.id, data=data)


def _ask(session: Session, row: Handover, now: datetime) -> None:
    name = session.execute(select(Account.name).where(Account.id == row.giver_id)).scalar_one()
    facts = {"account_id": row.taker_id, "name": name}
    put_new(session, [(Topic.HAND_OVER.value, row.id, 1, facts)], district_id=row.district_id, now=now)
