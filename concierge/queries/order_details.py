"""What hangs on one dispatch order: who goes, what was done, the advice that was written."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import Activity, DispatchMember, Prescription
from concierge.models.district import Unit
from concierge.rules.dispatch import ActivityKind


@dataclass(frozen=True)
class Member:
    """An expert who goes with an order."""

    expert_id: int
    name: str
    home: Bilingual
    specialty: str
    is_lead: bool
    is_unconfirmed: bool


@dataclass(frozen=True)
class DoneLine:
    """Something done on an order; `by_hand` where it came with no imported list."""

    id: int
    kind: ActivityKind
    amount: int
    title: str
    happened_on: date
    by_hand: bool


@dataclass(frozen=True)
class Advice:
    """The written advice of an order."""

    problem: str
    advice: str
    inputs: str
    written_by: str
    written_at: datetime


def members_of(session: Session, order_id: int) -> tuple[Member, ...]:
    """The experts who go with an order, the leader first."""
    m, e = DispatchMember, ServiceExpert
    rows = session.execute(
        select(e.id, e.full_name, e.specialty, m.is_lead, m.added_by_key, Unit.name_zh, Unit.name_en)
        .join(e, e.id == m.expert_id)
        .join(Unit, Unit.id == m.home_unit_id)
        .where(m.order_id == order_id)
        .order_by(m.is_lead.desc(), m.id)
    )
    return tuple(
        Member(
            row.id,
            row.full_name,
            Bilingual(row.name_zh, row.name_en),
            row.specialty,
            row.is_lead,
            row.added_by_key is not None,
        )
        for row in rows
    )


def done_on(session: Session, order_id: int) -> tuple[DoneLine, ...]:
    """What was done on an order."""
    a = Activity
    rows = session.execute(select(a).where(a.order_id == order_id).order_by(a.id)).scalars()
    return tuple(
        DoneLine(row.id, ActivityKind(row.kind), row.amount, row.title, row.happened_on, row.reference is None)
        for row in rows
    )


def advice_of(session: Session, order_id: int) -> Advice | None:
    """The written advice of an order, if there is any."""
    p = Prescription
    row = session.execute(
        select(p.problem, p.advice, p.inputs, p.written_by, p.written_at)
        .where(p.order_id == order_id)
        .order_by(p.id.desc())
        .limit(1)
    ).first()
    return Advice(*row) if row is not None else None
