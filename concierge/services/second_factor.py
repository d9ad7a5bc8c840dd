"""The second factor: time-based one-time codes, each accepted once (domain §7.2).

In a demo district a one-time code is the re-entry of the password: nobody has a device there.
"""

import io
import re
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing, check_password
from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, LoginSession
from concierge.models.district import District
from concierge.services.accounts import token_hash
from concierge.services.lockout import Caller, at_the_door, count_failure, forgive, logged_in, refuse_shut

STEP = 30  # seconds
SECRET = re.compile("[A-Z2-7]{32}")
ISSUER = "Concierge"


@dataclass(frozen=True)
class Offer:
    """A fresh secret to scan: its code as a drawing on white of its own, and the secret itself for typing."""

    secret: str
    svg: str


def offer(login: str, secret: str | None = None) -> Offer:
    """Offer a secret (a new one, or the one that was shown before a wrong code)."""
    secret = secret if secret and SECRET.fullmatch(secret) else pyotp.random_base32()
    drawn = io.BytesIO()
    address = pyotp.TOTP(secret, name=login, issuer=ISSUER).provisioning_uri()
    segno.make(address).save(drawn, kind="svg", scale=4, light="white", xmldecl=False, svgns=True, nl=False)
    return Offer(secret, drawn.getvalue().decode())


def _aad(account_id: int) -> str:
    return f"accounts:totp:{account_id}"


def _wrong(field: str = "code") -> Invalid:
    return Invalid(Reason("wrong_code", _("The code is wrong or was used already."), field))


def _step_of(secret: str, code: str, now: datetime, after: int) -> int:
    """The time step a code belongs to; one step early or late is accepted, none twice. Raises Invalid."""
    present = int(now.timestamp()) // STEP
    for step in (present, present - 1, present + 1):
        if step > after and pyotp.TOTP(secret).verify(code.strip(), for_time=step * STEP, valid_window=0):
            return step
    raise _wrong()


def enrol(
    session: Session, *, keys: KeyRing, actor: Actor, secret: str, code: str, now: datetime, present: str = ""
) -> None:
    """Keep a scanned secret once a code proves it; one that is kept already gives way to its own code. Raises Invalid.

    Without that, whoever comes to a desk that is logged in would make himself the second factor of its money. The new
    device's code is checked first, so that a slip in it does not use up the other one.
    """
    if not SECRET.fullmatch(secret):
        raise _wrong()
    step = _step_of(secret, code, now, 0)
    if has_second_factor(session, actor.account_id):
        _prove(session, keys, _inside(session, keys, actor), actor.account_id, present, now, field="present")
    wrapped = keys.new_data_key()
    with transaction(session):
        values = {
            "totp_key": wrapped,
            "totp_sealed": keys.seal(wrapped, secret, _aad(actor.account_id)),
            "totp_last_step": step,
        }
        session.execute(update(Account).where(Account.id == actor.account_id).values(**values))
        record(
            session,
            act="enrol-second-factor",
            actor=actor,
            now=now,
            subject_kind="account",
            subject_id=actor.account_id,
        )


def has_second_factor(session: Session, account_id: int) -> bool:
    """Whether an account has set up its second factor."""
    kept = select(Account.totp_sealed.is_not(None)).where(Account.id == account_id)
    return bool(session.execute(kept).scalar_one())


def verify_login(
    session: Session,
    *,
    keys: KeyRing,
    account_id: int,
    token: str,
    code: str,
    now: datetime,
    address: str = "",
    device: str = "",
) -> None:
    """Complete a log-in with a code; a wrong one counts like a wrong password. Raises Invalid."""
    with transaction(session):
        key = session.execute(select(Account.login_key).where(Account.id == account_id)).scalar_one()
        caller = at_the_door(session, keys=keys, login_key=key, account_id=account_id, address=address, device=device)
    _prove(session, keys, caller, account_id, code, now)
    with transaction(session):
        session.execute(
            update(LoginSession).where(LoginSession.token_hash == token_hash(token)).values(verified_at=now)
        )


def demand(session: Session, *, keys: KeyRing, actor: Actor, code: str, now: datetime) -> None:
    """Ask for a code again before a grave act; in a demo the password is re-entered. Raises Invalid."""
    with transaction(session):
        is_demo = session.execute(select(District.is_demo).where(District.id == actor.district_id)).scalar_one()
        account = session.get_one(Account, actor.account_id)
        kept, enrolled = account.password_hash, account.totp_sealed is not None
    if is_demo:
        if not check_password(kept, code):
            raise Invalid(Reason("wrong_code", _("The password is wrong."), "code"))
        return
    if not enrolled:
        raise Invalid(
            Reason("no_second_factor", _("Please set up your second factor first, in your settings."), "code")
        )
    _prove(session, keys, _inside(session, keys, actor), actor.account_id, code, now)


def _inside(session: Session, keys: KeyRing, actor: Actor) -> Caller:
    with transaction(session):
        return logged_in(session, keys, actor.account_id)


def _prove(
    session: Session, keys: KeyRing, caller: Caller, account_id: int, code: str, now: datetime, field: str = "code"
) -> None:
    """Use up a code; of wrong ones the fifth in a row shuts the place where they were typed. Raises Invalid."""
    try:
        with transaction(session):
            refuse_shut(session, caller, now)
            _use(session, keys, account_id, code, now)
            forgive(session, caller)
    except Invalid as wrong:
        if any(reason.code == "wrong_code" for reason in wrong.reasons):
            count_failure(session, caller, now)
            raise _wrong(field) from wrong
        raise


def _use(session: Session, keys: KeyRing, account_id: int, code: str, now: datetime) -> None:
    account = session.get_one(Account, account_id, populate_existing=True)
    if account.totp_sealed is None or account.totp_key is None:
        raise _wrong()
    secret = keys.open(account.totp_key, account.totp_sealed, _aad(account_id))
    account.totp_last_step = _step_of(secret, code, now, account.totp_last_step)
