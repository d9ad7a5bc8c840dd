"""Accounts: making them, granting roles, logging in and out, passwords and second factors (domain §7.2)."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing, Profile, check_nothing, check_password, hash_password
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.account import Account, AccountGrant, LoginSession
from concierge.rules.roles import Role, conflicts

LOCK_AFTER = 5  # failures in a row
LOCK_FOR = timedelta(minutes=30)
SHORTEST = 8
LAST_PASSWORDS_DIFFER = _("The new password must differ from the present one.")
WRONG = _("The name or the password is wrong.")


@dataclass(frozen=True)
class LoggedIn:
    """A fresh log-in: the token goes into the cookie, only its hash is kept."""

    token: str
    account_id: int
    must_change_password: bool
    needs_code: bool


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


def log_in(session: Session, *, login: str, password: str, now: datetime, address: str = "") -> LoggedIn:
    """Check a password and begin a log-in session. Raises Invalid, with the same words whatever was wrong.

    The slow hash is checked between two short transactions, so that no lock is held meanwhile.
    """
    with transaction(session):
        found = session.execute(select(Account).where(Account.login_key == login_key(login))).scalar_one_or_none()
        kept = None if found is None else (found.id, found.password_hash, found.locked_until, found.disabled_at)
    if kept is None:
        check_nothing(password)
        raise Invalid(Reason("wrong_login", WRONG))
    account_id, password_hash, locked_until, disabled_at = kept
    right = check_password(password_hash, password)
    if locked_until is not None and locked_until > now:
        raise Invalid(Reason("locked", _("Too many wrong attempts. Please try again in 30 minutes.")))
    if not right or disabled_at is not None:
        _count_failure(session, account_id, now, address)
        raise Invalid(Reason("wrong_login", WRONG))
    return _begin(session, account_id, now, address)


def _count_failure(session: Session, account_id: int, now: datetime, address: str) -> None:
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


def _begin(session: Session, account_id: int, now: datetime, address: str) -> LoggedIn:
    token = secrets.token_urlsafe(32)
    with transaction(session):
        account = session.get_one(Account, account_id)
        account.failures, account.locked_until = 0, None
        district_id = _first_district(session, account_id, now)
        begun = LoginSession(
            token_hash=token_hash(token),
            account_id=account_id,
            district_id=district_id,
            started_at=now,
            seen_at=now,
            verified_at=None if account.totp_sealed else now,
            address=address,
        )
        session.add(begun)
        record(
            session, act="login", actor=None, now=now, subject_kind="account", subject_id=account_id, address=address
        )
        return LoggedIn(token, account_id, account.must_change_password, account.totp_sealed is not None)


def _first_district(session: Session, account_id: int, now: datetime) -> int | None:
    """The district of the newest grant in force; a log-in serves one district."""
    statement = (
        select(AccountGrant.district_id)
        .where(AccountGrant.account_id == account_id, in_force(now.date()))
        .order_by(AccountGrant.id.desc())
        .limit(1)
    )
    return session.execute(statement, execution_options={"whole_city": True}).scalar_one_or_none()


def in_force(day: date) -> ColumnElement[bool]:
    """Grants in force on a day."""
    return (AccountGrant.starts_on <= day) & ((AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= day))


def log_out(session: Session, *, token: str, now: datetime) -> None:
    """End a log-in session: its cookie is dead at once."""
    with transaction(session):
        ended = update(LoginSession).where(
            LoginSession.token_hash == token_hash(token), LoginSession.ended_at.is_(None)
        )
        session.execute(ended.values(ended_at=now))


def touch(session: Session, *, token: str, now: datetime) -> None:
    """Remember that a log-in session is in use."""
    with transaction(session):
        session.execute(update(LoginSession).where(LoginSession.token_hash == token_hash(token)).values(seen_at=now))


def change_password(session: Session, *, actor: Actor, now: datetime, old: str, new: str, keep_token: str) -> None:
    """Change one's own password; every other log-in session of the account ends. Raises Invalid."""
    with transaction(session):
        old_hash = session.get_one(Account, actor.account_id).password_hash
    if not check_password(old_hash, old):
        raise Invalid(Reason("wrong_password", _("The present password is wrong."), "old_password"))
    check_new_password(new)
    if old == new:
        raise Invalid(Reason("same_password", LAST_PASSWORDS_DIFFER, "new_password"))
    fresh = hash_password(new)
    with transaction(session):
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


def password_is_right(session: Session, *, account_id: int, password: str) -> bool:
    """Whether this is the account's password, for acts that ask for it again."""
    return check_password(session.get_one(Account, account_id).password_hash, password)


def add_account(
    session: Session,
    *,
    login: str,
    name: str,
    person_key: str,
    password: str,
    now: datetime,
    must_change: bool = True,
    email: str = "",
    language: str = "zh_CN",
    profile: Profile = Profile.STRONG,
) -> int:
    """Add an account inside the running transaction. Raises Invalid when the name is taken or unusable."""
    key = login_key(login)
    if not key or len(key) > 60 or any(c.isspace() for c in key):
        raise Invalid(Reason("login_unusable", _("A log-in name has 1 to 60 characters and no blanks."), "login"))
    if session.execute(select(Account.id).where(Account.login_key == key)).first():
        raise Invalid(Reason("login_taken", _("This log-in name is taken."), "login"))
    account = Account(
        id=new_id(),
        login=login.strip(),
        login_key=key,
        name=name,
        person_key=person_key,
        password_hash=hash_password(password, profile),
        password_set_at=now,
        must_change_password=must_change,
        email=email,
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
    _only(actor, Role.SYSTEM_ADMIN)
    check_new_password(password)
    with transaction(session):
        account_id = add_account(
            session, login=login, name=name, person_key=person_key, password=password, now=now, email=email
        )
        record(session, act="create-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)
    return account_id


def _only(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles, Role.SYSTEM):
        raise Refusal.because("not_your_role", _("your role may not do this"))


def add_grant(
    session: Session,
    *,
    district_id: int,
    account_id: int,
    role: Role,
    unit_id: int | None,
    starts_on: date,
    ends_on: date | None = None,
    person_id: int | None = None,
) -> int:
    """Add a grant inside the running transaction. Raises Refusal for roles that exclude each other (domain §3.3)."""
    person_key = session.execute(select(Account.person_key).where(Account.id == account_id)).scalar_one_or_none()
    if person_key is None:
        raise NotFound()
    held = session.execute(
        select(AccountGrant.role)
        .join(Account, Account.id == AccountGrant.account_id)
        .where(
            Account.person_key == person_key, (AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= starts_on)
        ),
        execution_options={"whole_city": True},
    ).scalars()
    if clashes := conflicts({Role(r) for r in held} | {role}):
        raise Refusal(*clashes)
    grant = AccountGrant(
        id=new_id(),
        district_id=district_id,
        account_id=account_id,
        role=role.value,
        unit_id=unit_id,
        person_id=person_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(grant)
    session.flush()
    return grant.id


def grant_role(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    account_id: int,
    role: Role,
    unit_id: int | None,
    starts_on: date,
    ends_on: date | None = None,
    person_id: int | None = None,
) -> int:
    """A security administrator grants a role in a unit. Nobody grants to himself. Raises Refusal, NotFound."""
    _only(actor, Role.SECURITY_ADMIN)
    with transaction(session):
        receiver = session.execute(select(Account.person_key).where(Account.id == account_id)).scalar_one_or_none()
        if receiver == actor.person_key:
            raise Refusal.because("own_grant", _("nobody may grant a role to himself"))
        grant_id = add_grant(
            session,
            district_id=actor.district_id,
            account_id=account_id,
            role=role,
            unit_id=unit_id,
            starts_on=starts_on,
            ends_on=ends_on,
            person_id=person_id,
        )
        data = {"account": account_id, "role": role.value}
        record(
            session,
            act="grant-role",
            actor=actor,
            now=now,
            subject_kind="grant",
            subject_id=grant_id,
            unit_id=unit_id,
            data=data,
        )
    return grant_id


def end_grant(session: Session, *, actor: Actor, now: datetime, grant_id: int, ends_on: date) -> None:
    """A security administrator ends a grant. Raises NotFound."""
    _only(actor, Role.SECURITY_ADMIN)
    with transaction(session):
        grant = session.get(AccountGrant, grant_id)
        if grant is None:
            raise NotFound()
        grant.ends_on = ends_on
        record(
            session,
            act="end-grant",
            actor=actor,
            now=now,
            subject_kind="grant",
            subject_id=grant_id,
            unit_id=grant.unit_id,
        )


def disable_account(session: Session, *, actor: Actor, now: datetime, account_id: int) -> None:
    """A system administrator disables an account; its log-ins are dead at their next request. Raises NotFound."""
    _only(actor, Role.SYSTEM_ADMIN)
    with transaction(session):
        account = session.get(Account, account_id)
        if account is None:
            raise NotFound()
        account.disabled_at = now
        session.execute(update(LoginSession).where(LoginSession.account_id == account_id).values(ended_at=now))
        record(session, act="disable-account", actor=actor, now=now, subject_kind="account", subject_id=account_id)


def own_key(keys: KeyRing, id_number: str) -> str:
    """The natural person behind an ID number, without the number."""
    return keys.blind_index(id_number, "person")
