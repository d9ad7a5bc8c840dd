"""API tokens: made on the command line, shown once, kept as a hash, ended at once."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant, ApiToken, in_force
from concierge.services.accounts import login_key, token_hash


def make_token(session: Session, *, login: str, now: datetime) -> str:
    """A token that acts as this account, in the district of its newest grant in force.

    Raises NotFound for an account that does not exist, is disabled, or holds no role.
    """
    token = secrets.token_urlsafe(32)
    with transaction(session):
        account_id, district_id = _account(session, login, now)
        token_id = new_id()
        session.add(
            ApiToken(
                id=token_id,
                token_hash=token_hash(token),
                account_id=account_id,
                district_id=district_id,
                made_at=now,
            )
        )
        session.flush()
        record(
            session,
            act="make-token",
            actor=machine(district_id),
            now=now,
            subject_kind="account",
            subject_id=account_id,
            data={"token": token_id},
        )
    return token


def end_tokens(session: Session, *, login: str, now: datetime) -> int:
    """End every token of an account; how many. Raises NotFound for an account that does not exist."""
    with transaction(session):
        account_id = session.execute(
            select(Account.id).where(Account.login_key == login_key(login))
        ).scalar_one_or_none()
        if account_id is None:
            raise NotFound()
        living = select(ApiToken.id).where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None))
        ids = list(session.execute(living).scalars())
        session.execute(update(ApiToken).where(ApiToken.id.in_(ids)).values(ended_at=now))
        record(
            session,
            act="end-tokens",
            actor=None,
            now=now,
            subject_kind="account",
            subject_id=account_id,
            data={"ended": len(ids)},
        )
    return len(ids)


def token_used(session: Session, *, token: str, now: datetime) -> None:
    """Remember that a token is in use."""
    with transaction(session):
        session.execute(update(ApiToken).where(ApiToken.token_hash == token_hash(token)).values(used_at=now))


def _account(session: Session, login: str, now: datetime) -> tuple[int, int]:
    newest = (
        select(Account.id, AccountGrant.district_id)
        .join(AccountGrant, AccountGrant.account_id == Account.id)
        .where(
            Account.login_key == login_key(login), Account.disabled_at.is_(None), in_force(local_date(now, SHANGHAI))
        )
        .order_by(AccountGrant.id.desc())
        .limit(1)
    )
    found = session.execute(newest, execution_options={"whole_city": True}).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]
