"""Where payments are sought that are in a state: a desk costs the same however much was paid before.

The words stand in the statement's text, so that PostgreSQL too knows how few of all payments they pick.
"""

from sqlalchemy import ColumnElement, and_

from concierge.db import constant
from concierge.models.payment import PaymentItem


def in_state(*states: str) -> ColumnElement[bool]:
    """The payments in one of these states; with their kind, so that they are found along the index of states."""
    wanted = [constant(state) for state in states]
    return and_(PaymentItem.kind == constant("payment_item"), PaymentItem.state.in_(wanted))


def before_the_batch(*states: str) -> ColumnElement[bool]:
    """The payments in states before any batch; they are sought among those in no batch, never among all."""
    return and_(in_state(*states), PaymentItem.batch_id.is_(None))
