"""An account's own views of a worklist, in the order in which they were kept."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from concierge.db import fixed, read
from concierge.engine.actor import Actor
from concierge.models.comment import SavedView

_OWN = fixed(
    select(SavedView.id, SavedView.name, SavedView.query)
    .where(SavedView.account_id == bindparam("account"), SavedView.list_name == bindparam("list"))
    .order_by(SavedView.id)
)


@dataclass(frozen=True)
class KeptView:
    """A view: its name and the words of its address."""

    id: int
    name: str
    query: dict[str, Any]


def kept_views(session: Session, actor: Actor, list_name: str) -> tuple[KeptView, ...]:
    """The actor's own views of a list."""
    rows = read(session, _OWN, account=actor.account_id, list=list_name)
    return tuple(KeptView(row.id, row.name, row.query) for row in rows)
