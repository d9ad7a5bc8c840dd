"""Accounts: making and disabling them, passwords and preferences (domain §7.2)."""

import hashlib
import unicodedata
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing, check_password, hash_password
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, ApiToken, CalendarFeed, LoginSession
from concierge.models.scope import visible_accounts
from concierge.rules.identifiers import check_email
from concierge.rules.roles import Role
from concierge.services.lockout import count_failure, forgive, forgive_all, logged_in, refuse_shut
from concierge.services.people import only

WAYS_IN = (LoginSession, ApiToken, CalendarFeed)
WayIn = LoginSession | ApiToken | CalendarFeed
SHORTEST = 8
LAST_PASSWORDS_DIFFER = _("The new password must differ from the present one.")


def login_key(login: str) -> str:
    """The form under which log-in names are compared: no look-alike, blank or upper-case variants."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_new_password(password: str) -> None:
    """At least 8 characters of 3 of the 4 classes (domain §7.2). Raises Invalid."""
    classes = [
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    ]
    if len(password) < SHORTEST or sum(classes) < 3:
        text = _(
            "A password has at least %(n)s characters, with three of: lower case, upper case, digits, signs.",
            n=SHORTEST,
        )
        raise Invalid(Reason("weak_password", text, "new_password"))


def change_password(
    session: Session, *, keys: KeyRing, actor: Actor, now: datetime, old: str, new: str, keep_token: str
) -> None:
    """Change one's own password; every other log-in session of the account ends. Raises Invalid.

    A wrong present password counts: who comes to a desk that is logged in shall not find it out by trying.
    """
    with transaction(session):
        old_hash = session.get_one(Account, actor.account_id).password_hash
        caller = logged_in(session, keys, actor.account_id)
        refuse_shut(session, caller, now)
    if not check_password(old_hash, old):
        count_failure(session, caller, now)
        raise Invalid(Reason("wrong_password", _("The present password is wrong."), "old_password"))
    check_new_password(new)
    if old == new:
        raise Invalid(Reason("same_password", LAST_PASSWORDS_DIFFER, "new_password"))
    fresh = hash_password(new)
    with transaction(session):
        refuse_shut(session, caller, now)
        forgive(session, caller)
        account = session.get_one(Account, actor.account_id)
        account.password_hash, account.password_set_at, account.must_change_password = fresh, now, False
        others = LoginSession.token_hash != token_hash(keep_token)
        session.execute(update(LoginSession).where(LoginSession.account_id == account.id, others).values(ended_at=now))
        record(session, act="change-password", actor=actor, now=now, subject_kind="account", subject_id=account.id)


def set_preferences(
    session: Session,
    *,
    account_id: int,
    language: str | None = None,
    theme: str | None = None,
    text_size: str | None = None,
    shortcuts: bool | None = None,
) -> None:
    """Keep how a person wants to see the product."""
    given = {"language": language, "theme": theme, "text_size": text_size, "shortcuts": shortcuts}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        with transaction(session):
            session.execute(update(Account).where(Account.id == account_id).values(**values))


def add_account(
    session: Session,
    *,
    login: str,
    name: str,
    person_key: str,
    password_hash: str,
    now: datetime,
    must_change: bool = True,
    email: str = "",
    language: str = "zh_CN",
) -> int:
    """Add an account inside the running transaction. Raises Invalid when the name is taken or unusable, or the mail
    address is none.

    The password comes hashed: hashing takes a fifth of a second, which no transaction should wait for.
    """
    key = login_key(login)
    if not key or len(key) > 60 or any(c.isspace() for c in key):
        raise Invalid(Reason("login_unusable", _("A log-in name has 1 to 60 characters and no blanks."), "login"))
    if session.execute(select(Account.id).where(Account.login_key == key)).first():
        raise Invalid(Reason("login_taken", _("This log-in name is taken."), "login"))
    address = check_email(email, field="email") if email.strip() else ""
    account = Account(
        id=new_id(),
        login=login.strip(),
        login_key=key,
        name=name,
        person_key=person_key,
        password_hash=password_hash,
        password_set_at=now,
        must_change_password=must_change,
        email=address,
        language=language,
    )
    session.add(account)
    session.flush()
    return account.id


def create_account(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    login: str,
    name: str,
    person_key: str,
    password: str,
    email: str = "",
) -> int:
    """A system administrator makes an account; it can do nothing until roles are granted by somebody else."""
    only(actor, Role.SYSTEM_ADMIN)
    check_new_password(password)
    kept = hash_password(password)
    with transaction(session):
        account_id = add_account(
            session, login=login, name=name, person_key=person_key, password_hash=kept, now=now, email=email
        )
        record(session, act="create-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)
    return account_id


def disable_account(session: Session, *, actor: Actor, now: datetime, account_id: int) -> None:
    """A system administrator disables an account; its log-ins are dead at their next request.

    Raises NotFound, also for an account of another district, and Refusal for his own: a district would be left without
    anybody who makes accounts.
    """
    only(actor, Role.SYSTEM_ADMIN)
    if account_id == actor.account_id:
        raise Refusal.because("own_account", _("nobody may disable his own account"))
    with transaction(session):
        seen_account(session, actor, account_id).disabled_at = now
        end_ways_in(session, account_id, now)
        record(session, act="disable-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)


def seen_account(session: Session, actor: Actor, account_id: int) -> Account:
    """An account that an administrator may see. Raises NotFound."""
    wanted = select(Account).where(Account.id == account_id, visible_accounts(actor))
    account = session.execute(wanted).scalar_one_or_none()
    if account is None:
        raise NotFound()
    return account


def end_ways_in(session: Session, account_id: int, now: datetime) -> None:
    """End the log-ins, API tokens and calendar links of an account, inside the running transaction.

    An account that is in use again later, under another password, is not to be entered by what somebody kept.
    """
    for way in WAYS_IN:
        end_living(session, way, account_id, now)


def end_living(session: Session, way: type[WayIn], account_id: int, now: datetime) -> int:
    """End what lives of one way in, inside the running transaction; how many."""
    living = (way.account_id == account_id, way.ended_at.is_(None))
    ended = update(way).where(*living).values(ended_at=now).returning(way.id)
    return len(session.execute(ended).scalars().all())


def begin_anew(session: Session, keys: KeyRing, account: Account, password_hash: str, now: datetime) -> None:
    """Inside the running transaction: a first password, no second factor, nothing shut and no way in that lives."""
    account.password_hash, account.password_set_at, account.must_change_password = password_hash, now, True
    account.totp_key, account.totp_sealed, account.disabled_at = None, None, None
    forgive_all(session, keys, account.login_key)
    end_ways_in(session, account.id, now)


def reset_account(session: Session, *, keys: KeyRing, login: str, password: str, now: datetime) -> None:
    """Give an account a new first password and take its second factor away, for whoever lost either.

    Only whoever keeps the machine does this alone; at pages it takes two people (services/ways_back.py). All log-ins,
    API tokens and calendar links end, every place that was shut after wrong attempts is open again, and an account that
    was disabled is in use again. Raises Invalid for a weak password, NotFound for an account that was never made.
    """
    check_new_password(password)
    fresh = hash_password(password)
    with transaction(session):
        wanted = select(Account).where(Account.login_key == login_key(login))
        account = session.execute(wanted).scalar_one_or_none()
        if account is None:
            raise NotFound()
        begin_anew(session, keys, account, fresh, now)
        record(session, act="reset-account", actor=None, now=now, subject_kind="account", subject_id=account.id)


def own_key(keys: KeyRing, id_number: str) -> str:
    """The natural person behind an ID number, without the number."""
    return keys.blind_index(id_number, "person")
