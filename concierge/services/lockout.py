"""Wrong passwords and codes count together, by name and place, and in the end shut that place for that name.

Were the whole account shut, as domain §7.2 may be read (five in a row, half an hour), anybody could keep an
administrator out by typing his name. So the five belong to one place: a device on which the account has logged in
before (its cookie tells), or else an address; another place is not touched. Addresses are cheap, so all places the
account has never logged in from count together too, up to twenty; a known device is not asked for that count
(OWASP's "slow down online guessing with device cookies"). What is typed inside a log-in has a place of its own.
Each further shutting lasts twice as long, up to a day; after a day without a wrong attempt all is forgotten.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, Reason
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.models.account import Account, LoginSession, WrongAttempts, attempts_hash
from concierge.services.leases import insert_into

LOCK_AFTER = 5  # failures in a row from one place
ALL_AFTER = 20  # failures in a row from all places where the account has never logged in
LOCK_FOR = timedelta(minutes=30)
LONGEST = timedelta(days=1)
ALL = "all unknown places"


@dataclass(frozen=True)
class Caller:
    """Whoever proves who he is: under which name (as a hash), from where, and whether he has done so there before."""

    name_hash: str
    place: str
    is_known: bool
    account_id: int | None = None
    address: str = ""

    @property
    def counters(self) -> dict[str, int]:
        """The counters of his wrong attempts, and how many of them shut each."""
        return {self.place: LOCK_AFTER} if self.is_known else {self.place: LOCK_AFTER, ALL: ALL_AFTER}


def device_hash(device: str) -> str:
    """What is kept of the cookie of a device; nothing of none."""
    return hashlib.sha256(device.encode("utf-8", "surrogatepass")).hexdigest() if device else ""


def at_the_door(
    session: Session, *, keys: KeyRing, login_key: str, account_id: int | None, address: str, device: str
) -> Caller:
    """Whoever logs in, inside the running transaction."""
    kept, name = device_hash(device), attempts_hash(keys, login_key)
    if kept and account_id is not None:
        before = select(LoginSession.id).where(
            LoginSession.account_id == account_id,
            LoginSession.device_hash == kept,
            LoginSession.verified_at.is_not(None),
        )
        if session.execute(before.limit(1)).first():
            return Caller(name, f"device {kept}", True, account_id, address)
    return Caller(name, f"address {address}", False, account_id, address)


def logged_in(session: Session, keys: KeyRing, account_id: int) -> Caller:
    """Whoever proves himself again while he is logged in, inside the running transaction."""
    login_key = session.execute(select(Account.login_key).where(Account.id == account_id)).scalar_one()
    return Caller(attempts_hash(keys, login_key), "inside", True, account_id)


def refuse_shut(session: Session, caller: Caller, now: datetime) -> None:
    """Raise Invalid while the caller's place is shut for this name."""
    w = WrongAttempts
    mine = (w.name_hash == caller.name_hash, w.place.in_(caller.counters), w.shut_until > now)
    until = [at for at in session.execute(select(w.shut_until).where(*mine)).scalars() if at is not None]
    if until:
        minutes = -((now - max(until)) // timedelta(minutes=1))
        text = _("Too many wrong attempts. Please try again in %(n)s minutes.", n=minutes)
        raise Invalid(Reason("locked", text))


def count_failure(session: Session, caller: Caller, now: datetime) -> None:
    """Write down a wrong password or code; the last one allowed shuts the place. Raises Invalid where it is shut.

    Counted first, so that of many at once each sees whether the one before has shut the place.
    """
    with transaction(session):
        failures = {place: _count(session, caller.name_hash, place, now) for place in caller.counters}
        refuse_shut(session, caller, now)
        for place, allowed in caller.counters.items():
            if failures[place] % allowed == 0:
                _shut(session, caller.name_hash, place, now, failures[place] // allowed)
        if caller.account_id is not None:
            record(
                session,
                act="login",
                actor=None,
                now=now,
                subject_kind="account",
                subject_id=caller.account_id,
                result="refused",
                address=caller.address,
            )


def _count(session: Session, name: str, place: str, now: datetime) -> int:
    w = WrongAttempts
    first = insert_into(session, w).values(id=new_id(), name_hash=name, place=place, failures=1, last_at=now)
    more = case((w.last_at < now - LONGEST, 1), else_=w.failures + 1)
    again = first.on_conflict_do_update(index_elements=["name_hash", "place"], set_={"failures": more, "last_at": now})
    return int(session.execute(again.returning(w.failures)).scalar_one())


def _shut(session: Session, name: str, place: str, now: datetime, times: int) -> None:
    """Shut a place; `times` it has been shut, with this one."""
    w = WrongAttempts
    lasting = min(LOCK_FOR * 2 ** min(times - 1, 10), LONGEST)
    mine = update(w).where(w.name_hash == name, w.place == place)
    session.execute(mine.values(shut_until=now + lasting))


def forgive(session: Session, caller: Caller) -> None:
    """Forget what was counted for whoever has now proved who he is, inside the running transaction."""
    w = WrongAttempts
    session.execute(delete(w).where(w.name_hash == caller.name_hash, w.place.in_(caller.counters)))


def forgive_all(session: Session, keys: KeyRing, login_key: str) -> None:
    """Open every place for a name again, inside the running transaction."""
    session.execute(delete(WrongAttempts).where(WrongAttempts.name_hash == attempts_hash(keys, login_key)))


def forget_attempts(session: Session, *, now: datetime) -> None:
    """Forget the names for which nobody was wrong for a day."""
    with transaction(session):
        session.execute(delete(WrongAttempts).where(WrongAttempts.last_at < now - LONGEST))
