"""The actor behind an account, for acts that go on after the person has left the page."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.engine.actor import Actor, Grant
from concierge.models.account import Account, AccountGrant
from concierge.rules.roles import Role


def actor_of(session: Session, account_id: int, now: datetime) -> Actor:
    """The account as it may act now in the session's district: grants that have ended since do not count.

    Raises NotFound for an account that is gone or disabled.
    """
    account = session.execute(
        select(Account).where(Account.id == account_id, Account.disabled_at.is_(None))
    ).scalar_one_or_none()
    if account is None:
        raise NotFound()
    today = local_date(now, SHANGHAI)
    grants = session.execute(
        select(AccountGrant.role, AccountGrant.unit_id, AccountGrant.person_id).where(
            AccountGrant.account_id == account_id,
            AccountGrant.starts_on <= today,
            (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= today),
        )
    ).all()
    return Actor(
        account_id=account.id,
        person_key=account.person_key,
        district_id=session.info["district"],
        name=account.name,
        grants=frozenset(Grant(Role(g.role), g.unit_id) for g in grants),
        person_id=next((g.person_id for g in grants if g.person_id is not None), None),
        language=account.language,
    )
