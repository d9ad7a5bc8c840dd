"""The addresses outside that are told, without what would let somebody else speak to them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.text import Text
from concierge.models.account import Account
from concierge.models.notice import Webhook
from concierge.rules.robots import HookFormat


@dataclass(frozen=True)
class HookRow:
    """An address by its host alone: the rest of it may be a robot's key."""

    id: int
    name: str
    login: str
    format: Text
    host: str
    topics: int


def webhooks(session: Session) -> tuple[HookRow, ...]:
    """The addresses that are told now."""
    w = Webhook
    rows = session.execute(
        select(w.id, Account.name, Account.login, w.format, w.host, w.topics)
        .join(Account, Account.id == w.account_id)
        .where(w.ended_at.is_(None))
        .order_by(w.id)
    )
    return tuple(HookRow(r.id, r.name, r.login, HookFormat(r.format).label, r.host, len(r.topics)) for r in rows)
