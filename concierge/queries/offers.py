"""Whom a dispatch order was offered to, and who is named to go with it."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOffer


def asked_people(session: Session, order_ids: Iterable[int]) -> list[tuple[int, int]]:
    """(order, person) for everybody with a file who is named or has not answered yet, each once. Two statements."""
    ids = list(order_ids)
    offers = select(DispatchOffer.order_id, DispatchOffer.person_id).where(
        among(DispatchOffer.order_id, ids), DispatchOffer.answer.is_(None), DispatchOffer.person_id.is_not(None)
    )
    named = (
        select(DispatchMember.order_id, ServiceExpert.person_id)
        .join(ServiceExpert, ServiceExpert.id == DispatchMember.expert_id)
        .where(among(DispatchMember.order_id, ids), ServiceExpert.person_id.is_not(None))
    )
    pairs = [*session.execute(offers), *session.execute(named)]
    return list(dict.fromkeys((order, person) for order, person in pairs if person is not None))
