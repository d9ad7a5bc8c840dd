"""Failed attempts to prove who one is: passwords and codes count together, and in the end they lock the account."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, Reason
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.audit import record
from concierge.models.account import Account

LOCK_AFTER = 5  # failures in a row
LOCK_FOR = timedelta(minutes=30)


def refuse_locked(locked_until: datetime | None, now: datetime) -> None:
    """Raise Invalid while an account is locked."""
    if locked_until is not None and locked_until > now:
        raise Invalid(Reason("locked", _("Too many wrong attempts. Please try again in 30 minutes.")))


def count_failure(session: Session, *, account_id: int, now: datetime, address: str = "") -> None:
    """Write down a wrong password or code; the fifth in a row locks the account (domain §7.2)."""
    with transaction(session):
        failures = session.execute(
            update(Account)
            .where(Account.id == account_id)
            .values(failures=Account.failures + 1)
            .returning(Account.failures)
        ).scalar_one()
        if failures >= LOCK_AFTER:
            session.execute(
                update(Account).where(Account.id == account_id).values(failures=0, locked_until=now + LOCK_FOR)
            )
        record(
            session,
            act="login",
            actor=None,
            now=now,
            subject_kind="account",
            subject_id=account_id,
            result="refused",
            address=address,
        )
