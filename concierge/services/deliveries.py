"""Deliveries: stored once for each recipient, obligation, version and channel; sent under a lease; never lost.

States: `pending`, `sent`, `dropped` (no longer needed), `failed` (refused for good, or a day of tries),
`unknown` (workers died over it again and again). The last two wait for a person, who is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Integer, Text, bindparam, case, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id, new_ids
from concierge.db import BIG, Prepared, UTCDateTime, among, prepare, transaction
from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.notice import Delivery, SentMail
from concierge.services import leases, outbox
from concierge.services.leases import database_now
from concierge.workflows.topics import Topic

INBOX, MAIL, WEBHOOK = "inbox", "mail", "webhook"
DARK_ENDS = 8  # attempts that ended without a word, the last of them with a dead worker
FIRST_WAIT, LONGEST_WAIT, PATIENCE = timedelta(minutes=1), timedelta(hours=1), timedelta(hours=24)
NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class Draft:
    """A delivery to be stored. `next_at` is when it may leave; the in-app inbox has it at once."""

    account_id: int
    obligation: str
    version: int
    channel: str
    topic: str
    case_id: int | None
    data: dict[str, Any]
    next_at: datetime
    is_urgent: bool = False


@dataclass(frozen=True)
class Claimed:
    """A delivery under our lease. `attempts` is the fence; `dark` says that the last attempt ended without a word."""

    id: int
    account_id: int
    obligation: str
    version: int
    channel: str
    topic: str
    case_id: int | None
    data: dict[str, Any]
    at: datetime
    attempts: int
    dark: bool


def store(session: Session, *, drafts: Sequence[Draft], district_id: int, now: datetime) -> int:
    """Write deliveries in the running transaction; what exists already is left alone. Returns how many are new."""
    if not drafts:
        return 0
    connection = session.connection()
    dialect = connection.dialect.name
    rows = [(identity, *_OF_DRAFT(draft)) for identity, draft in zip(new_ids(len(drafts)), drafts, strict=True)]
    values = binds.row_values("drafts", _DRAFTED, rows, dialect)
    return len(_storing(dialect).rows(connection, {**values, "district": district_id, "at": now}))


_DRAFTED = {"id": BIG} | {field.name: getattr(Delivery, field.name).type for field in fields(Draft)}
_OF_DRAFT = attrgetter(*(field.name for field in fields(Draft)))


@cache
def _storing(dialect: str) -> Prepared:
    """One statement for all drafts. Notices in the app are there as soon as they are written."""
    given = binds.rows("drafts", _DRAFTED, dialect).c
    at, in_app = bindparam("at", type_=UTCDateTime()), given.channel == literal(INBOX, Text)
    values: dict[str, Any] = {name: given[name] for name in _DRAFTED}
    values |= {"district_id": binds.DISTRICT, "attempts": literal(0, Integer), "at": at}
    values |= {"state": case((in_app, literal("sent", Text)), else_=literal("pending", Text))}
    values |= {"sent_at": case((in_app, at))}
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    chosen = select(*values.values()).where(true())  # without it SQLite takes ON CONFLICT for the ON of a join
    statement = make(Delivery).from_select(list(values), chosen)
    once = ["district_id", "account_id", "obligation", "version", "channel"]
    return prepare(statement.on_conflict_do_nothing(index_elements=once).returning(Delivery.id), dialect)


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """Take the delivery that waits longest, for the time of a lease; None when nothing waits."""
    columns = [getattr(Delivery, name) for name in ("id", "account_id", "obligation", "version", "channel", "topic")]
    columns += [Delivery.case_id, Delivery.data, Delivery.at, Delivery.attempts, Delivery.leased_until]
    with transaction(session):
        at = database_now(session)
        waiting = (
            select(*columns)
            .where(leases.waiting(Delivery, now, at))
            .order_by(Delivery.next_at, Delivery.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = session.execute(waiting).first()
        if row is None:
            return None
        taken = update(Delivery).where(Delivery.id == row.id)
        values = {"attempts": Delivery.attempts + 1, "leased_until": at + leases.LEASE}
        session.execute(taken.values(**values), execution_options=NO_SYNC)
    return Claimed(
        id=row.id,
        account_id=row.account_id,
        obligation=row.obligation,
        version=row.version,
        channel=row.channel,
        topic=row.topic,
        case_id=row.case_id,
        data=row.data,
        at=row.at,
        attempts=row.attempts + 1,
        dark=row.leased_until is not None,
    )


def anything_waits(session: Session, *, now: datetime) -> bool:
    """Whether a delivery could be claimed at this moment."""
    with transaction(session):
        at = database_now(session)
        waiting = select(Delivery.id).where(leases.waiting(Delivery, now, at))
        return session.execute(waiting.limit(1)).first() is not None


def was_read(session: Session, claimed: Claimed) -> bool:
    """Whether the recipient has read the same notice in the app, so that no mail is needed."""
    twin = select(Delivery.id).where(
        Delivery.account_id == claimed.account_id,
        Delivery.obligation == claimed.obligation,
        Delivery.version == claimed.version,
        Delivery.channel == INBOX,
        Delivery.read_at.is_not(None),
    )
    with transaction(session):
        return session.execute(twin).first() is not None


def accepted(session: Session, *, claimed: Claimed, now: datetime, message_id: str) -> bool:
    """The other side has taken it. False when the row is no longer ours (a late word is not written down)."""
    return _end(session, claimed, state="sent", sent_at=now, message_id=message_id, error=None)


def drop(session: Session, *, claimed: Claimed, why: str) -> bool:
    """It is no longer needed: read in the app, or what it told of is done."""
    return _end(session, claimed, state="dropped", error=why)


def postpone(session: Session, *, claimed: Claimed, now: datetime, error: str, jitter: float = 0.0) -> bool:
    """The other side could not take it now: again after 1 minute, doubled up to 1 hour; after 24 hours to a person.

    `jitter` (0 to 1) lengthens the wait by up to a quarter, so that a recovered server is not met by all at once.
    """
    if now - claimed.at > PATIENCE:
        return give_up(session, claimed=claimed, now=now, error=error)
    wait = min(FIRST_WAIT * 2 ** min(claimed.attempts - 1, 10), LONGEST_WAIT)
    return _end(session, claimed, state="pending", next_at=now + wait * (1 + jitter / 4), error=error)


def give_up(session: Session, *, claimed: Claimed, now: datetime, error: str, state: str = "failed") -> bool:
    """It cannot be delivered, or nobody knows whether it was: a person is told and decides.

    That such a word was lost itself is not told again, or a system that refuses everything would be told so for ever;
    it lies in the app, and among the jobs.
    """
    with transaction(session):
        done = _fenced(session, claimed, {"state": state, "error": error})
        if done and claimed.topic != Topic.UNDELIVERED:
            told = (
                Topic.UNDELIVERED.value,
                claimed.id,
                claimed.attempts,
                {"channel": claimed.channel, "case_id": claimed.case_id},
            )
            outbox.put_new(session, [told], district_id=int(session.info["district"]), now=now)
    return done


def _end(session: Session, claimed: Claimed, **values: Any) -> bool:
    with transaction(session):
        return _fenced(session, claimed, values)


def _fenced(session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
    mine = update(Delivery).where(
        Delivery.id == claimed.id, Delivery.attempts == claimed.attempts, Delivery.state == "pending"
    )
    done: Any = session.execute(mine.values(leased_until=None, **values), execution_options=NO_SYNC)
    return bool(done.rowcount == 1)


def keep_mail(
    session: Session,
    *,
    claimed: Claimed,
    now: datetime,
    message_id: str,
    recipient: str,
    subject: str,
    body: str,
    html: str,
) -> bool:
    """Put a mail into the demo mailbox instead of sending it, and mark it sent, in one transaction."""
    with transaction(session):
        row = {"id": new_id(), "district_id": int(session.info["district"]), "message_id": message_id, "at": now}
        row |= {"recipient": recipient, "subject": subject, "body": body, "html": html}
        statement = leases.insert_into(session, SentMail).on_conflict_do_nothing(index_elements=["message_id"])
        session.execute(statement, [row])
        return _fenced(session, claimed, {"state": "sent", "sent_at": now, "message_id": message_id, "error": None})


def mark_read(session: Session, *, actor: Actor, now: datetime, ids: Sequence[int] | None) -> int:
    """The account has read these notices of its inbox (all of them when None); returns how many were unread."""
    unread = update(Delivery).where(
        Delivery.account_id == actor.account_id, Delivery.channel == INBOX, Delivery.read_at.is_(None)
    )
    if ids is not None:
        unread = unread.where(among(Delivery.id, list(ids)))
    with transaction(session):
        done: Any = session.execute(unread.values(read_at=now), execution_options=NO_SYNC)
    return int(done.rowcount)


def send_again(session: Session, *, actor: Actor, now: datetime, delivery_id: int) -> None:
    """A person decides that a failed or unknown delivery is sent once more. Raises NotFound for any other."""
    _decide(session, actor, now, delivery_id, "send-again", {"state": "pending", "next_at": now, "at": now})


def settle(session: Session, *, actor: Actor, now: datetime, delivery_id: int) -> None:
    """A person has told the recipient by other means, and nothing more is sent. Raises NotFound for any other state."""
    _decide(session, actor, now, delivery_id, "settle-delivery", {"state": "dropped"})


def _decide(session: Session, actor: Actor, now: datetime, delivery_id: int, act: str, values: dict[str, Any]) -> None:
    with transaction(session):
        open_ = update(Delivery).where(Delivery.id == delivery_id, Delivery.state.in_(("failed", "unknown")))
        done: Any = session.execute(open_.values(leased_until=None, **values), execution_options=NO_SYNC)
        if done.rowcount != 1:
            raise NotFound()
        record(session, act=act, actor=actor, now=now, subject_kind="delivery", subject_id=delivery_id)
