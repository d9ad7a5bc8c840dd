"""The way back for whoever lost his password or device, or was disabled by mistake: it takes two administrators.

A system administrator who could open it alone would be able to log in as finance. Two of one district open it to their
own district only: an account with duties in another one would let them act there.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.crypto import KeyRing, first_password, hash_password
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account
from concierge.rules.roles import ADMIN_ROLES, Role
from concierge.services.accounts import begin_anew, check_new_password, seen_account
from concierge.services.calendars import calendar_of
from concierge.services.grants import lasting_grants
from concierge.services.people import only


def reset_by_two(
    session: Session, *, keys: KeyRing, actor: Actor, now: datetime, account_id: int, password: str | None = None
) -> str:
    """The first half: a new first password, given or else made, and returned to be told; the account is out of use
    until it is let in again.

    Raises Invalid for a weak password, NotFound, and Refusal for an account with duties in another district and for an
    administrator, who are reset at the machine: the two would open the way for each other.
    """
    only(actor, Role.SYSTEM_ADMIN)
    password = first_password() if password is None else password
    check_new_password(password)
    fresh = hash_password(password)
    with transaction(session):
        account, roles = _in_reach(session, actor, now, account_id)
        if ADMIN_ROLES & roles:
            raise Refusal.because("administrator", _("an administrator is reset at the machine: concierge password"))
        begin_anew(session, keys, account, fresh, now)
        account.disabled_at = now
        record(session, act="reset-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)
    return password


def let_in_again(session: Session, *, actor: Actor, now: datetime, account_id: int) -> None:
    """The second half, and the way back from a mistake: a security administrator who knows who asks brings an account
    back into use.

    Raises NotFound, also for an account of another district, and Refusal for one with duties there too and for another
    account of his own.
    """
    only(actor, Role.SECURITY_ADMIN)
    with transaction(session):
        account, _roles = _in_reach(session, actor, now, account_id)
        if account.person_key in actor.person_keys:
            raise Refusal.because("own_account", _("nobody lets himself in again"))
        account.disabled_at = None
        record(session, act="let-in-again", actor=actor, now=now, subject_kind="account", subject_id=account_id)


def _in_reach(session: Session, actor: Actor, now: datetime, account_id: int) -> tuple[Account, set[Role]]:
    """An account whose every duty lies in the actor's district, with the roles it holds now or later."""
    account = seen_account(session, actor, account_id)
    held = lasting_grants(session, account_id, local_date(now, calendar_of(session, actor.district_id).zone))
    if any(grant.district_id != actor.district_id for grant in held):
        text = _("this account has duties in another district too; it is reset at the machine: concierge password")
        raise Refusal.because("duties_elsewhere", text)
    return account, {Role(grant.role) for grant in held}
