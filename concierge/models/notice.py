"""Deliveries: one recipient, one obligation, one version, one channel; the in-app inbox is such a channel."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped


class Delivery(Identified, Scoped, Base):
    """A notice for one account over one channel (`inbox`, `mail`, `webhook`).

    Unique by recipient, obligation, version and channel: the database itself gives "exactly once" in the inbox.
    `state`: pending, sent, failed, unknown (accepted or not, nobody can tell: a person decides).
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "account_id", "obligation", "version", "channel"),
        Index("ix_deliveries_inbox", "account_id", "channel", "read_at", "id"),
        Index(
            "ix_deliveries_pending",
            "next_at",
            "id",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    obligation: Mapped[str]
    version: Mapped[int]
    channel: Mapped[str]
    topic: Mapped[str]
    case_id: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    message_id: Mapped[str | None]
    error: Mapped[str | None]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]


class Webhook(Identified, Scoped, Base):
    """An address outside that is told about topics, in the format of what stands there, signed with its secret.

    The address of a robot holds its key, so that it is sealed with the same data key as the secret; `host` is shown.
    """

    __tablename__ = "webhooks"
    __table_args__ = (UniqueConstraint("district_id", "id"), UniqueConstraint("district_id", "account_id"))

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    format: Mapped[str] = mapped_column(default="system", server_default="system")
    host: Mapped[str]
    address_sealed: Mapped[bytes]
    secret_sealed: Mapped[bytes]
    secret_key: Mapped[bytes]
    topics: Mapped[list[Any]]
    ended_at: Mapped[datetime | None]


class SentMail(Identified, Base):
    """The demo mailbox: what would have been sent where no SMTP server is set."""

    __tablename__ = "sent_mails"

    district_id: Mapped[int]
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str]
    at: Mapped[datetime]
