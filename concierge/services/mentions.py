"""Naming colleagues in an inner note: "@" and a log-in name or a name, up to the next blank or sign."""

import re
import unicodedata
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.errors import Invalid, NotFound
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant, in_force
from concierge.models.scope import visible_cases
from concierge.queries.actors import actor_of
from concierge.rules.roles import Role
from concierge.services.outbox import put_new
from concierge.workflows.topics import Topic

NAMED = re.compile(r"(?<![A-Za-z0-9._-])@([\w.\-·]+)")
"""After a Latin letter the sign belongs to an e-mail address."""
MOST = 10
OUTSIDE = (Role.EXPERT.value, Role.EMPLOYER.value)


def mentioned(session: Session, *, now: datetime, case_id: int, text: str) -> list[int]:
    """The accounts of the colleagues that a note names, who may all see the case.

    Raises Invalid naming those whom nobody of the office answers to, or who may not see it: nothing would reach them.
    """
    names = list(dict.fromkeys(unicodedata.normalize("NFKC", name).rstrip(".-") for name in NAMED.findall(text)))
    if len(names) > MOST:
        raise Invalid.because("too_many_named", _("At most %(n)s colleagues in one note.", n=MOST), "text")
    found = {name: _who(session, now, case_id, name) for name in names}
    if lost := [name for name, account in found.items() if account is None]:
        text_ = _("No single colleague of this name may see the case: %(names)s", names=", ".join(lost))
        raise Invalid.because("nobody_named", text_, "text")
    return list(dict.fromkeys(account for account in found.values() if account is not None))


def _who(session: Session, now: datetime, case_id: int, name: str) -> int | None:
    """The one colleague of this log-in name, or else of this name, who may see the case."""
    grant = AccountGrant
    staff = (
        select(Account.id, Account.login_key)
        .join(grant, grant.account_id == Account.id)
        .where(Account.disabled_at.is_(None), grant.role.not_in(OUTSIDE), in_force(local_date(now, SHANGHAI)))
        .where(or_(Account.login_key == name.casefold(), Account.name == name))
        .distinct()
    )
    rows = session.execute(staff).all()
    ids = [row.id for row in rows if row.login_key == name.casefold()] or [row.id for row in rows]
    seeing = [account for account in ids if _sees(session, now, case_id, account)]
    return seeing[0] if len(seeing) == 1 else None


def _sees(session: Session, now: datetime, case_id: int, account_id: int) -> bool:
    try:
        actor = actor_of(session, account_id, now)
    except NotFound:
        return False
    return session.execute(select(Case.id).where(Case.id == case_id, visible_cases(actor))).first() is not None


def tell_mentioned(
    session: Session, *, actor: Actor, now: datetime, case_id: int, comment_id: int, accounts: list[int]
) -> None:
    """Tell each colleague named, in the running transaction; whoever names himself is not told."""
    told = [
        (Topic.MENTION.value, comment_id, n, {"case_id": case_id, "account_id": account, "name": actor.name})
        for n, account in enumerate(accounts, 1)
        if account != actor.account_id
    ]
    put_new(session, told, district_id=actor.district_id, now=now)
