"""The way back for whoever lost his password or device, or was disabled by mistake: it takes two administrators.

A system administrator who could open it alone would be able to log in as finance.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.crypto import first_password, hash_password
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import AccountGrant
from concierge.rules.roles import ADMIN_ROLES, Role
from concierge.services.accounts import begin_anew, seen_account
from concierge.services.people import only


def reset_by_two(session: Session, *, actor: Actor, now: datetime, account_id: int) -> str:
    """The first half: a new first password, returned to be told; the account is out of use until it is let in again.

    Raises NotFound, and Refusal for an administrator, who is reset at the machine: the two would open the way for each
    other.
    """
    only(actor, Role.SYSTEM_ADMIN)
    password = first_password()
    fresh = hash_password(password)
    with transaction(session):
        account = seen_account(session, actor, account_id)
        held = select(AccountGrant.role).where(AccountGrant.account_id == account_id)
        if ADMIN_ROLES & {Role(role) for role in session.execute(held).scalars()}:
            raise Refusal.because("administrator", _("an administrator is reset at the machine: concierge password"))
        begin_anew(session, account, fresh, now)
        account.disabled_at = now
        record(session, act="reset-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)
    return password


def let_in_again(session: Session, *, actor: Actor, now: datetime, account_id: int) -> None:
    """The second half, and the way back from a mistake: a security administrator who knows who asks brings an account
    back into use. Raises NotFound, also for an account of another district."""
    only(actor, Role.SECURITY_ADMIN)
    with transaction(session):
        seen_account(session, actor, account_id).disabled_at = None
        record(session, act="let-in-again", actor=actor, now=now, subject_kind="account", subject_id=account_id)
