"""Who is at the door: the account and the actor behind a log-in session or an API token."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.text import Bilingual
from concierge.engine.actor import Actor, Grant
from concierge.models.account import Account, AccountGrant, ApiToken, LoginSession
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


def by_token(session: Session, token: str, now: datetime) -> AtTheDoor | None:
    """Whoever holds this log-in token, while it is alive: not ended, idle under 30 minutes, younger than 12 hours."""
    found = session.execute(
        select(LoginSession, Account)
        .join(Account, Account.id == LoginSession.account_id)
        .where(LoginSession.token_hash == hashlib.sha256(token.encode()).hexdigest())
    ).first()
    if found is None:
        return None
    login, account = found
    dead = login.ended_at is not None or now - login.seen_at > IDLE or now - login.started_at > ABSOLUTE
    if dead or account.disabled_at is not None:
        return None
    needs_touch = now - login.seen_at > TOUCH_AFTER
    own = _at_the_door(session, account, login.district_id, now, login.verified_at is None, needs_touch)
    return own if login.for_account_id is None else standing_in(session, own, login.for_account_id, now)


def by_api_token(session: Session, token: str, now: datetime) -> AtTheDoor | None:
    """Whoever this API token acts as."""
    found = session.execute(
        select(ApiToken, Account)
        .join(Account, Account.id == ApiToken.account_id)
        .where(ApiToken.token_hash == hashlib.sha256(token.encode()).hexdigest(), ApiToken.ended_at.is_(None))
    ).first()
    if found is None or found[1].disabled_at is not None:
        return None
    used_at = found[0].used_at
    needs_touch = used_at is None or now - used_at > TOUCH_TOKEN_AFTER
    return _at_the_door(session, found[1], found[0].district_id, now, False, needs_touch)


def standing_in(session: Session, own: AtTheDoor, for_account: int, now: datetime) -> AtTheDoor:
    """The same person at the door for somebody away; unchanged once no absence says so any more."""
    found = acting_for(session, own.actor, for_account, now) if own.account.district_id is not None else None
    if found is None:
        return own
    actor, absence = found
    role = min((grant.role for grant in actor.grants), default=None)
    return AtTheDoor(replace(own.account, stand_in=absence, role=role), actor)


def _at_the_door(
    session: Session, account: Account, district_id: int | None, now: datetime, needs_code: bool, needs_touch: bool
) -> AtTheDoor:
    session.info["district"] = district_id
    today = local_date(now, SHANGHAI)
    grants = session.execute(
        select(AccountGrant.role, AccountGrant.unit_id, AccountGrant.person_id, Unit.name_zh, Unit.name_en)
        .outerjoin(Unit, Unit.id == AccountGrant.unit_id)
        .where(
            AccountGrant.account_id == account.id,
            AccountGrant.starts_on <= today,
            (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= today),
        )
        .order_by(AccountGrant.id)
    ).all()
    district = session.get(District, district_id) if district_id is not None else None
    first = grants[0] if grants else None
    view = AccountView(
        id=account.id,
        login=account.login,
        name=account.name,
        language=account.language,
        theme=account.theme,
        text_size=account.text_size,
        shortcuts=account.shortcuts,
        must_change_password=account.must_change_password,
        district_id=district_id,
        district_name=district.name if district is not None else Bilingual("", ""),
        is_demo=district.is_demo if district is not None else False,
        rests=district is not None and district.paused_since is not None,
        unit_name=Bilingual(first.name_zh, first.name_en) if first is not None and first.name_zh else None,
        role=Role(first.role) if first is not None else None,
        needs_code=needs_code,
        needs_touch=needs_touch,
    )
    actor = Actor(
        account_id=account.id,
        person_key=account.person_key,
        district_id=district_id or 0,
        name=account.name,
        grants=frozenset(Grant(Role(g.role), g.unit_id) for g in grants),
        person_id=next((g.person_id for g in grants if g.person_id is not None), None),
        language=account.language,
    )
    return AtTheDoor(view, actor)
