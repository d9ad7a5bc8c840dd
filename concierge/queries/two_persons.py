"""What one person proposed and another answered: rules of money, items of the negative list."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from concierge.models.account import Account
from concierge.models.two_persons import OfTwoPersons


def proposed_and_answered(session: Session, of: type[OfTwoPersons], most: int) -> Sequence[Row[Any]]:
    """The newest, each as (row, name of who made it, name of who confirmed it, id of its answer); one statement."""
    maker, second, answer = aliased(Account), aliased(Account), aliased(of)
    return session.execute(
        select(of, maker.name, second.name, answer.id)
        .outerjoin(maker, maker.id == of.made_by)
        .outerjoin(second, second.id == of.confirmed_by)
        .outerjoin(answer, answer.proposal_id == of.id)
        .order_by(of.at.desc(), of.id.desc())
        .limit(most)
    ).all()
