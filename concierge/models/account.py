"""Accounts (global), what they may do where and when, their log-in sessions and API tokens."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.crypto import KeyRing
from concierge.db import Base, Identified, Scoped, within


class Account(Identified, Base):
    """A log-in. `person_key` is the blind index of the holder's ID number: one person may have two accounts."""

    __tablename__ = "accounts"

    login: Mapped[str]
    login_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    person_key: Mapped[str] = mapped_column(index=True)
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="zh_CN")
    theme: Mapped[str] = mapped_column(default="light")
    text_size: Mapped[str] = mapped_column(default="normal")
    shortcuts: Mapped[bool] = mapped_column(default=True)
    mail_wish: Mapped[str] = mapped_column(default="all", server_default="all")
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    totp_sealed: Mapped[bytes | None]
    totp_key: Mapped[bytes | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[datetime | None]


class AccountGrant(Identified, Scoped, Base):
    """A role held by an account in a unit of a district, from a day to a day.

    `delegates` are the roles that an administrator of a unit may grant there; of any other grant it is empty.
    """

    __tablename__ = "grants"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("unit_id", "units"),
        within("person_id", "persons"),
        Index("ix_grants_account_id", "account_id"),
        Index("ix_grants_unit", "district_id", "unit_id", "role"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    role: Mapped[str]
    unit_id: Mapped[int | None]
    person_id: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    delegates: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


def in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """Grants in force on a day of the district's time zone."""
    return (AccountGrant.starts_on <= day) & ((AccountGrant.ends_on.is_(None)) | (AccountGrant.ends_on >= day))


class LoginSession(Identified, Base):
    """A log-in on one device. Only the hash of its token is kept; ended sessions are dead at the next request.

    `for_account_id` names whom its holder has chosen to stand in for, as long as an absence says so. `device_hash` is
    that of the device's own cookie: a device on which a log-in was completed once is known (services/lockout.py).
    """

    __tablename__ = "login_sessions"

    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    district_id: Mapped[int | None]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    for_account_id: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(default="")
    device_hash: Mapped[str] = mapped_column(default="", server_default=text("''"))


class WrongAttempts(Identified, Base):
    """Wrong passwords and codes in a row, for one name from one place; until when the place is shut for that name.

    The name is kept as a hash under a key of the site, because somebody may have typed his password into the wrong
    field, and a copy of the table must not let it be guessed; and it need not be an account's, because a name that
    nobody bears is told nothing else than a name that somebody does.
    """

    __tablename__ = "wrong_attempts"
    __table_args__ = (UniqueConstraint("name_hash", "place"),)

    name_hash: Mapped[str]
    place: Mapped[str]
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    shut_until: Mapped[datetime | None]


def attempts_hash(keys: KeyRing, login_key: str) -> str:
    """Under what the attempts for a log-in name (in its compared form) are kept."""
    return keys.sign(login_key.encode("utf-8", "surrogatepass"), "wrong attempts")


class ApiToken(Identified, Base):
    """A token that acts as its account. Shown once; only its hash is kept."""

    __tablename__ = "api_tokens"

    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    district_id: Mapped[int]
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CalendarFeed(Identified, Base):
    """A secret link under which an account's deadlines are read by a calendar program. Only its hash is kept."""

    __tablename__ = "calendar_feeds"

    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    district_id: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
