"""Who is at the door: the account and the actor behind a log-in session or an API token."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, String, bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual
from concierge.db import fixed, read
from concierge.engine.actor import Actor, Grant
from concierge.models.account import Account, AccountGrant, ApiToken, LoginSession, in_force
from concierge.models.district import District, Unit
from concierge.queries.standing_in import StandIn, acting_for
from concierge.rules.roles import Role

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_AFTER = timedelta(minutes=1)
TOUCH_TOKEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class AccountView:
    """What pages may know of the account at the door."""

    id: int
    login: str
    name: str
    language: str
    theme: str
    text_size: str
    shortcuts: bool
    must_change_password: bool
    district_id: int | None
    district_name: Bilingual
    is_demo: bool
    rests: bool
    unit_name: Bilingual | None
    role: Role | None
    needs_code: bool
    has_second_factor: bool
    needs_touch: bool
    stand_in: StandIn | None = None


@dataclass(frozen=True)
class AtTheDoor:
    """An account with the actor it makes."""

    account: AccountView
    actor: Actor


@dataclass(frozen=True)
class NoticeWishes:
    """Which notices are mailed, and the quiet hours, if any."""

    mail: str
    quiet_from: int | None
    quiet_to: int | None


def notice_wishes(session: Session, account_id: int) -> NoticeWishes:
    """How an account wants to be told."""
    a = Account
    row = session.execute(select(a.mail_wish, a.quiet_from, a.quiet_to).where(a.id == account_id)).one()
    return NoticeWishes(row.mail_wish, row.quiet_from, row.quiet_to)


_ACCOUNT = (
    Account.id,
    Account.login,
    Account.name,
    Account.person_key,
    Account.language,
    Account.theme,
    Account.text_size,
    Account.shortcuts,
    Account.must_change_password,
    Account.totp_sealed.is_not(None).label("has_second_factor"),
    Account.disabled_at,
    District.name_zh,
    District.name_en,
    District.is_demo,
    District.paused_since,
)
_HASH = bindparam("token_hash", type_=String)
_BY_TOKEN = fixed(
    select(*_ACCOUNT, LoginSession.district_id, LoginSession.seen_at, LoginSession.started_at)
    .add_columns(LoginSession.ended_at, LoginSession.verified_at, LoginSession.for_account_id)
    .join(LoginSession, LoginSession.account_id == Account.id)
    .outerjoin(District, District.id == LoginSession.district_id)
    .where(LoginSession.token_hash == _HASH)
)
_BY_API_TOKEN = fixed(
    select(*_ACCOUNT, ApiToken.district_id, ApiToken.used_at)
    .join(ApiToken, ApiToken.account_id == Account.id)
    .outerjoin(District, District.id == ApiToken.district_id)
    .where(ApiToken.token_hash == _HASH, ApiToken.ended_at.is_(None))
)
_TODAY = bindparam("today", type_=Date)
_GRANTS = fixed(
    select(AccountGrant.role, AccountGrant.unit_id, AccountGrant.person_id, Unit.name_zh, Unit.name_en)
    .outerjoin(Unit, Unit.id == AccountGrant.unit_id)
    .where(AccountGrant.account_id == bindparam("account"), in_force(_TODAY))
    .order_by(AccountGrant.id)
)


def by_token(session: Session, token: str, now: datetime) -> AtTheDoor | None:
    """Whoever holds this log-in token, while it is alive: not ended, idle under 30 minutes, younger than 12 hours.

    The session serves that log-in's district from here on.
    """
    found = read(session, _BY_TOKEN, token_hash=hashlib.sha256(token.encode()).hexdigest()).first()
    if found is None:
        return None
    dead = found.ended_at is not None or now - found.seen_at > IDLE or now - found.started_at > ABSOLUTE
    if dead or found.disabled_at is not None:
        return None
    needs_touch = now - found.seen_at > TOUCH_AFTER
    own = _at_the_door(session, found, now, found.verified_at is None, needs_touch)
    return own if found.for_account_id is None else standing_in(session, own, found.for_account_id, now)


def by_api_token(session: Session, token: str, now: datetime) -> AtTheDoor | None:
    """Whoever this API token acts as. The session serves the token's district from here on."""
    found = read(session, _BY_API_TOKEN, token_hash=hashlib.sha256(token.encode()).hexdigest()).first()
    if found is None or found.disabled_at is not None:
        return None
    needs_touch = found.used_at is None or now - found.used_at > TOUCH_TOKEN_AFTER
    return _at_the_door(session, found, now, False, needs_touch)


def standing_in(session: Session, own: AtTheDoor, for_account: int, now: datetime) -> AtTheDoor:
    """The same person at the door for somebody away; unchanged once no absence says so any more."""
    found = acting_for(session, own.actor, for_account, now) if own.account.district_id is not None else None
    if found is None:
        return own
    actor, absence = found
    role = min((grant.role for grant in actor.grants), default=None)
    return AtTheDoor(replace(own.account, stand_in=absence, role=role), actor)


def _at_the_door(session: Session, found: Any, now: datetime, needs_code: bool, needs_touch: bool) -> AtTheDoor:
    session.info["district"] = found.district_id
    grants = read(session, _GRANTS, account=found.id, today=local_date(now, SHANGHAI)).all()
    first = grants[0] if grants else None
    view = AccountView(
        id=found.id,
        login=found.login,
        name=found.name,
        language=found.language,
        theme=found.theme,
        text_size=found.text_size,
        shortcuts=found.shortcuts,
        must_change_password=found.must_change_password,
        district_id=found.district_id,
        district_name=Bilingual(found.name_zh or "", found.name_en or ""),
        is_demo=bool(found.is_demo),
        rests=found.paused_since is not None,
        unit_name=Bilingual(first.name_zh, first.name_en) if first is not None and first.name_zh else None,
        role=Role(first.role) if first is not None else None,
        needs_code=needs_code,
        has_second_factor=found.has_second_factor,
        needs_touch=needs_touch,
    )
    actor = Actor(
        account_id=found.id,
        person_key=found.person_key,
        district_id=found.district_id or 0,
        name=found.name,
        grants=frozenset(Grant(Role(g.role), g.unit_id) for g in grants),
        person_id=next((g.person_id for g in grants if g.person_id is not None), None),
        language=found.language,
    )
    return AtTheDoor(view, actor)
