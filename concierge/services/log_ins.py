"""Logging in and out: a log-in is a row, its token is in the cookie, only the token's hash is kept (domain §7.2)."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.crypto import KeyRing, check_nothing, check_password
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant, ApiToken, CalendarFeed, LoginSession, in_force
from concierge.services.accounts import WayIn, end_living, login_key, token_hash
from concierge.services.lockout import Caller, at_the_door, count_failure, device_hash, forgive, refuse_shut

WRONG = _("The name or the password is wrong.")


@dataclass(frozen=True)
class LoggedIn:
    """A fresh log-in: the token goes into the cookie, only its hash is kept."""

    token: str
    account_id: int
    must_change_password: bool
    needs_code: bool


def log_in(
    session: Session,
    *,
    keys: KeyRing,
    login: str,
    password: str,
    now: datetime,
    address: str = "",
    device: str = "",
    language: str | None = None,
) -> LoggedIn:
    """Check a password and begin a log-in session. Raises Invalid, with the same words whatever was wrong.

    The slow hash is checked between two short transactions, so that no lock is held meanwhile; whether the place is
    shut is asked after it, so that of many guesses at once no more are heard than one after another. `device` is what
    the device's own cookie holds. `language`, chosen just before on the log-in page, becomes the account's.
    """
    key = login_key(login)
    with transaction(session):
        a = Account
        wanted = select(a.id, a.password_hash, a.disabled_at).where(a.login_key == key)
        found = session.execute(wanted).one_or_none()
        account_id = found.id if found is not None else None
        caller = at_the_door(session, keys=keys, login_key=key, account_id=account_id, address=address, device=device)
    right = check_nothing(password) if found is None else check_password(found.password_hash, password)
    if found is None or not right or found.disabled_at is not None:
        count_failure(session, caller, now)
        raise Invalid(Reason("wrong_login", WRONG))
    return _begin(session, found, caller, now, device, language)


def _begin(
    session: Session, checked: Any, caller: Caller, now: datetime, device: str, language: str | None
) -> LoggedIn:
    """Begin the session, unless the password that was checked has been changed or the account disabled meanwhile: all
    log-ins were ended then, and this one would not be among them."""
    token, account_id = secrets.token_urlsafe(32), checked.id
    with transaction(session):
        refuse_shut(session, caller, now)
        account = session.get_one(Account, account_id, with_for_update={"key_share": True})
        if (account.password_hash, account.disabled_at) != (checked.password_hash, None):
            raise Invalid(Reason("wrong_login", WRONG))
        account.language = language or account.language
        if account.totp_sealed is None:  # else the code is still to come, and its wrong tries count on
            forgive(session, caller)
        district_id = _first_district(session, account_id, now)
        begun = LoginSession(
            token_hash=token_hash(token),
            account_id=account_id,
            district_id=district_id,
            started_at=now,
            seen_at=now,
            verified_at=None if account.totp_sealed else now,
            address=caller.address,
            device_hash=device_hash(device),
        )
        session.add(begun)
        record(
            session,
            act="login",
            actor=None,
            now=now,
            subject_kind="account",
            subject_id=account_id,
            address=caller.address,
        )
        return LoggedIn(token, account_id, account.must_change_password, account.totp_sealed is not None)


def _first_district(session: Session, account_id: int, now: datetime) -> int | None:
    """The district of the newest grant in force; a log-in serves one district."""
    statement = (
        select(AccountGrant.district_id)
        .where(AccountGrant.account_id == account_id, in_force(local_date(now, SHANGHAI)))
        .order_by(AccountGrant.id.desc())
        .limit(1)
    )
    return session.execute(statement, execution_options={"whole_city": True}).scalar_one_or_none()


def log_out(session: Session, *, token: str, now: datetime) -> None:
    """End a log-in session: its cookie is dead at once."""
    with transaction(session):
        ended = update(LoginSession).where(
            LoginSession.token_hash == token_hash(token), LoginSession.ended_at.is_(None)
        )
        session.execute(ended.values(ended_at=now))


def log_out_everywhere(
    session: Session, *, actor: Actor, now: datetime, tokens: bool = False, calendar: bool = False
) -> None:
    """End every log-in of one's own account; its API tokens and its calendar links only where that is asked for.

    A device may be lost, or left open, without programs and calendars having to be set up anew.
    """
    ways: dict[str, type[WayIn]] = {"log_ins": LoginSession}
    ways |= {"tokens": ApiToken} if tokens else {}
    ways |= {"calendar_links": CalendarFeed} if calendar else {}
    mine = actor.account_id
    with transaction(session):
        ended = {name: end_living(session, way, mine, now) for name, way in ways.items()}
        record(
            session, act="log-out-everywhere", actor=actor, now=now, subject_kind="account", subject_id=mine, data=ended
        )  # fmt: skip


def touch(session: Session, *, token: str, now: datetime) -> None:
    """Remember that a log-in session is in use."""
    with transaction(session):
        session.execute(update(LoginSession).where(LoginSession.token_hash == token_hash(token)).values(seen_at=now))
