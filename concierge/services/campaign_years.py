"""Whose year counts what was done on a day: an order raised in December and served in January counts in January's.

A campaign lies within one year and its figures are those of that year, so what is dated in another one goes to the
campaign that ran then: that of the same code, which is the same programme in another year, or else the first of them.
Where none did, it stays where it is until one of that year is begun.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.models.campaign import Campaign
from concierge.models.dispatch import Activity, DispatchOrder
from concierge.models.press import PressItem

COUNTED: tuple[tuple[Any, Any], ...] = (
    (DispatchOrder, DispatchOrder.served_on),
    (Activity, Activity.happened_on),
    (PressItem, PressItem.published_on),
)
"""What is counted by campaign and day, and its day."""


def count_orders_in_their_year(session: Session, ids: Iterable[int]) -> None:
    """Inside the running transaction: orders that were just served, and what was done on them."""
    _move(session, DispatchOrder, DispatchOrder.served_on, among(DispatchOrder.id, ids))
    _move(session, Activity, Activity.happened_on, among(Activity.order_id, ids))


def count_items_in_their_year(session: Session, ids: Iterable[int]) -> None:
    """Inside the running transaction: items of publicity that were just published."""
    _move(session, PressItem, PressItem.published_on, among(PressItem.id, ids))


def gather_the_year(session: Session, year: int) -> None:
    """Inside the running transaction: what was dated in a year before any campaign of it was begun."""
    for model, day in COUNTED:
        _move(session, model, day, day.between(date(year, 1, 1), date(year, 12, 31)))


def _move(session: Session, model: Any, day: Any, *which: ColumnElement[bool]) -> None:
    c = Campaign
    outside = or_(day < c.starts_on, day > c.ends_on)
    rows = select(model.id, day, c.year, c.code).join(c, c.id == model.campaign_id).where(*which, outside)
    strayed = [(row_id, on, code) for row_id, on, year, code in session.execute(rows) if on.year != year]
    if not strayed:
        return
    above = select(c.parent_id).where(c.parent_id.is_not(None))
    lasting = select(c.id, c.starts_on, c.ends_on, c.code).where(c.id.not_in(above)).order_by(c.id)
    campaigns = session.execute(lasting).all()
    targets: dict[int, list[int]] = defaultdict(list)
    for row_id, on, code in strayed:
        running = [each for each in campaigns if each.starts_on <= on <= each.ends_on]
        for campaign in sorted(running, key=lambda each: each.code != code)[:1]:
            targets[campaign.id].append(row_id)
    for campaign_id, ids in targets.items():
        moved = update(model).where(among(model.id, ids)).values(campaign_id=campaign_id)
        session.execute(moved, execution_options={"synchronize_session": False})
