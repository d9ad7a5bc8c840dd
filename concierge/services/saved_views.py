"""Conditions of a worklist kept under a name: an account's own views (ux: specialist worklist)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.models.comment import SavedView

LONGEST_NAME = 20
MOST = 8
"""So many tabs still fit beside the views that everybody has."""


def save_view(
    session: Session, *, actor: Actor, now: datetime, list_name: str, name: str, query: Mapping[str, str]
) -> int:
    """Keep conditions under a name; the same name again replaces them. Returns the view's id.

    Raises Invalid without a name, with a long one, or where no condition is set; Refusal beyond eight views of a list.
    """
    clean = " ".join(name.split())
    if not clean:
        raise Invalid.because("name_missing", _("Please give the view a name."), "name")
    if len(clean) > LONGEST_NAME:
        raise Invalid.because("name_long", _("A name has at most %(n)s characters.", n=LONGEST_NAME), "name")
    if not query:
        raise Invalid.because("no_conditions", _("Set the conditions first that this view shall keep."), "name")
    with transaction(session):
        mine = SavedView.account_id == actor.account_id, SavedView.list_name == list_name
        known = session.execute(select(SavedView.id).where(*mine, SavedView.name == clean)).scalar_one_or_none()
        if known is not None:
            session.execute(update(SavedView).where(SavedView.id == known).values(query=dict(query), at=now))
            return known
        if session.execute(select(func.count(SavedView.id)).where(*mine)).scalar_one() >= MOST:
            raise Refusal.because("many_views", _("You have %(n)s views here; remove one first.", n=MOST))
        view: dict[str, object] = {"id": new_id(), "district_id": actor.district_id, "account_id": actor.account_id}
        view |= {"list_name": list_name, "name": clean, "query": dict(query), "at": now}
        session.execute(insert(SavedView), [view])
        return int(str(view["id"]))


def remove_view(session: Session, *, actor: Actor, view_id: int) -> None:
    """Forget a view of one's own. Raises NotFound for anybody else's."""
    with transaction(session):
        gone = session.execute(
            delete(SavedView)
            .where(SavedView.id == view_id, SavedView.account_id == actor.account_id)
            .returning(SavedView.id)
        )
        if gone.first() is None:
            raise NotFound()
