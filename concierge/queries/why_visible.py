"""Why somebody sees a case, or does not: each of his roles is asked by the very clause that lists and gates use."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual, Text, _
from concierge.engine.actor import Actor, Grant
from concierge.engine.declare import FLOWS
from concierge.engine.tables import Case
from concierge.models.account import Account, AccountGrant
from concierge.models.district import Unit
from concierge.models.scope import BY_HOLDER, WHOLE_DISTRICT, visible_accounts
from concierge.queries.actors import actor_of
from concierge.rules.roles import Role


@dataclass(frozen=True)
class Ground:
    """One role of the account: where, from when until when, and why it shows the case or does not."""

    role: Text
    unit: Bilingual | None
    starts_on: date
    ends_on: date | None
    in_force: bool
    shows: bool
    why: Text


@dataclass(frozen=True)
class Explanation:
    """Whether an account sees a case, role by role."""

    name: str
    number: str
    sees: bool
    grounds: tuple[Ground, ...]


def why_visible(session: Session, *, actor: Actor, login: str, number: str, now: datetime) -> Explanation | None:
    """The explanation for the account behind a log-in name and the case of a number; None when either is unknown."""
    account = session.execute(
        select(Account.id, Account.name, Account.disabled_at).where(
            Account.login_key == unicodedata.normalize("NFKC", login).strip().casefold(), visible_accounts(actor)
        )
    ).first()
    case = session.execute(
        select(Case.id, Case.kind, Case.holder_id).where(Case.number == number.strip().upper())
    ).first()
    if account is None or case is None:
        return None
    who = None if account.disabled_at is not None else actor_of(session, account.id, now)
    grants = session.execute(
        select(AccountGrant, Unit.name_zh, Unit.name_en)
        .outerjoin(Unit, Unit.id == AccountGrant.unit_id)
        .where(AccountGrant.account_id == account.id)
        .order_by(AccountGrant.starts_on.desc())
    ).all()
    today = local_date(now, SHANGHAI)
    grounds = tuple(
        _ground(session, who, case, row[0], Bilingual(row[1], row[2]) if row[1] else None, today) for row in grants
    )
    sees = any(ground.shows for ground in grounds)
    return Explanation(account.name, number.strip().upper(), sees, grounds)


def _ground(
    session: Session, who: Actor | None, case: Any, grant: AccountGrant, unit: Bilingual | None, today: date
) -> Ground:
    role = Role(grant.role)
    in_force = grant.starts_on <= today and (grant.ends_on is None or grant.ends_on >= today)
    shows = who is not None and in_force and _shows(session, who, case, Grant(role, grant.unit_id))
    why = _reason(role, case.holder_id == grant.unit_id, who is not None, in_force, shows)
    return Ground(role.label, unit, grant.starts_on, grant.ends_on, in_force, shows, why)


def _shows(session: Session, who: Actor, case: Any, grant: Grant) -> bool:
    """Whether the account would see the case with this role alone."""
    alone = replace(who, grants=frozenset({grant}))
    seen = select(Case.id).where(Case.id == case.id, FLOWS[case.kind].reach.visible(alone))
    return session.execute(seen).first() is not None


def _reason(role: Role, holds_it: bool, is_alive: bool, in_force: bool, shows: bool) -> Text:
    if not is_alive:
        return _("The account is disabled.")
    if not in_force:
        return _("The role is not in force today.")
    if role in WHOLE_DISTRICT:
        return _("This role sees the whole district.")
    if not shows:
        return _("With this role one sees one's own experts, matters and units, and this case is none of theirs.")
    if role is Role.SPECIALIST:
        return _("The expert of the case is looked after by this account.")
    if role is Role.EXPERT:
        return _("It is the person's own matter.")
    if role is Role.EMPLOYER:
        return _("The case is about an expert of this employer.")
    if role in BY_HOLDER:
        return _("The case lies with this unit.") if holds_it else _("The case has lain with this unit before.")
    return _("This role watches cases of this kind.")
