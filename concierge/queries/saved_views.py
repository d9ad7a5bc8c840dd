"""An account's own views of a worklist, in the order in which they were kept."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.engine.actor import Actor
from concierge.models.comment import SavedView


@dataclass(frozen=True)
class KeptView:
    """A view: its name and the words of its address."""

    id: int
    name: str
    query: dict[str, Any]


def kept_views(session: Session, actor: Actor, list_name: str) -> tuple[KeptView, ...]:
    """The actor's own views of a list."""
    v = SavedView
    wanted = select(v.id, v.name, v.query).where(v.account_id == actor.account_id, v.list_name == list_name)
    return tuple(KeptView(row.id, row.name, row.query) for row in session.execute(wanted.order_by(v.id)))
