"""Who could take a dispatch order, ranked with points for each reason, and who was asked before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual, Text
from concierge.models.campaign import ServiceExpert
from concierge.models.care import Rating
from concierge.models.dispatch import DispatchMember, DispatchOffer, DispatchOrder
from concierge.models.district import Unit
from concierge.rules.ranking import REASONS, Inputs, points_of, ranked, total_of

IN_HAND = ("dispatched", "accepted")
RECENT = timedelta(days=30)
SHOWN = 10


@dataclass(frozen=True)
class Candidate:
    """An expert who could take an order."""

    expert_id: int
    person_id: int | None
    name: str
    home: Bilingual
    specialty: str
    rank: int
    total: int
    inputs: Inputs

    @property
    def reasons(self) -> list[tuple[Text, int]]:
        """Why he stands where he stands: reason and points."""
        return [(REASONS[reason], points) for reason, points in points_of(self.inputs).items()]


def candidates(session: Session, order: Any) -> list[Candidate]:
    """The experts of an order's field, the best first. Five statements. The same records give the same ranking."""
    e = ServiceExpert
    rows = session.execute(
        select(e, Unit.name_zh, Unit.name_en, Unit.remoteness)
        .join(Unit, Unit.id == e.home_unit_id)
        .where(e.field_id == order.field_id, e.is_active)
    ).all()
    host = session.execute(select(Unit.remoteness).where(Unit.id == order.host_unit_id)).scalar_one()
    known = _Known(session, order)
    inputs = {row[0].id: known.inputs(row[0], abs(row.remoteness - host)) for row in rows}
    by_id = {row[0].id: row for row in rows}
    found = []
    for rank, (expert_id, given) in enumerate(ranked(inputs.items()), start=1):
        row = by_id[expert_id]
        found.append(
            Candidate(
                expert_id,
                row[0].person_id,
                row[0].full_name,
                Bilingual(row.name_zh, row.name_en),
                row[0].specialty,
                rank,
                total_of(given),
                given,
            )
        )
    return found


class _Known:
    """What the records say of the experts of one order's field."""

    def __init__(self, session: Session, order: Any) -> None:
        self.order = order
        m, o = DispatchMember, DispatchOrder
        went = select(m.expert_id, func.count()).join(o, o.id == m.order_id).where(o.field_id == order.field_id)
        in_hand = went.where(o.state.in_(IN_HAND), o.id != order.id).group_by(m.expert_id)
        since = order.starts_on - RECENT
        lately = went.where(o.served_on >= since, o.served_on <= order.starts_on).group_by(m.expert_id)
        rated = select(m.expert_id, func.avg(Rating.level * 100)).join(o, o.id == m.order_id)
        rated = rated.join(Rating, Rating.case_id == o.id).where(o.field_id == order.field_id).group_by(m.expert_id)
        refused = select(DispatchOffer.expert_id).where(
            DispatchOffer.order_id == order.id, DispatchOffer.answer.in_(("declined", "lapsed"))
        )
        self.in_hand, self.lately, self.ratings = (
            {row[0]: int(row[1]) for row in session.execute(statement)} for statement in (in_hand, lately, rated)
        )
        self.refused = set(session.execute(refused).scalars())

    def inputs(self, expert: ServiceExpert, distance: int) -> Inputs:
        return Inputs(
            knows=bool(expert.specialty) and expert.specialty in self.order.need,
            in_hand=self.in_hand.get(expert.id, 0),
            distance=distance,
            rating=self.ratings.get(expert.id, 0),
            recent=self.lately.get(expert.id, 0),
            away=_away(expert, self.order.starts_on),
            refused=expert.id in self.refused,
        )


def _away(expert: ServiceExpert, day: date) -> bool:
    begins, ends = expert.absent_from, expert.absent_to
    return begins is not None and begins <= day and (ends is None or day <= ends)


@dataclass(frozen=True)
class OfferRow:
    """An offer of an order, with what it was ranked by then."""

    expert_id: int
    name: str
    rank: int
    points: int
    inputs: Inputs
    offered_at: datetime
    answer: str | None
    cause: str

    @property
    def reasons(self) -> list[tuple[Text, int]]:
        """Why he stood where he stood, made again from the inputs that were kept."""
        return [(REASONS[reason], points) for reason, points in points_of(self.inputs).items()]


def offers_of(session: Session, order_id: int) -> list[OfferRow]:
    """Everybody who was asked to take an order: the last round first, in it the best first."""
    o, e = DispatchOffer, ServiceExpert
    rows = session.execute(
        select(o, e.full_name)
        .join(e, e.id == o.expert_id)
        .where(o.order_id == order_id)
        .order_by(o.offered_at.desc(), o.rank, o.id)
    )
    return [
        OfferRow(
            row[0].expert_id,
            row.full_name,
            row[0].rank,
            row[0].points,
            Inputs(**row[0].inputs),
            row[0].offered_at,
            row[0].answer,
            row[0].cause,
        )
        for row in rows
    ]
