"""The accounts that wait for the security administrator: without a role in force, or with one but out of use."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from concierge.engine.actor import Actor
from concierge.models.account import Account, AccountGrant
from concierge.models.scope import visible_accounts

SHOWN = 50


def waiting_accounts(session: Session, *, actor: Actor, today: date) -> Sequence[Any]:
    """`id, login, name, disabled_at` of the newest: who can do nothing yet, and who is kept out of what he may do."""
    g = AccountGrant.__table__.c
    lasts = or_(g.ends_on.is_(None), g.ends_on >= today)
    held = Account.id.in_(select(g.account_id).where(g.district_id == actor.district_id, lasts))
    is_out = Account.disabled_at.is_not(None)
    wanted = select(Account.id, Account.login, Account.name, Account.disabled_at).where(visible_accounts(actor))
    rows = wanted.where(or_(and_(is_out, held), and_(~is_out, ~held)))
    return session.execute(rows.order_by(Account.id.desc()).limit(SHOWN)).all()
