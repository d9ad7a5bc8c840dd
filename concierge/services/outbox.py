"""The outbox: rows taken by state, and marked in the very transaction that writes what they become.

A row is `pending` until it is `expanded` into deliveries; one that stumbles again and again is parked as `failed` for
a person. Rows are never read by a cursor over ids: those commit out of order. They need no lease: what a row becomes
are rows too, so that a worker that dies leaves everything as it was, and no late word can come.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, and_, bindparam, literal_column, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import UTCDateTime, among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import Outbox
from concierge.services import leases

TRIES = 5
NO_SYNC = {"synchronize_session": False}
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))


@dataclass(frozen=True)
class Told:
    """One row of the outbox in our hands. `attempts` counts how often it was taken, this time too."""

    id: int
    topic: str
    subject_id: int
    subject_version: int
    data: dict[str, Any]
    at: datetime
    attempts: int


def _waiting() -> Any:
    """The ids of what waits; the state stands there in words (see leases.waiting)."""
    due = and_(Outbox.state == literal_column("'pending'"), Outbox.next_at <= bindparam("due", type_=UTCDateTime()))
    oldest = select(Outbox.id).where(due).order_by(Outbox.next_at, Outbox.id)
    return oldest.limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True).cte("waiting")


def _take_waiting() -> Any:
    waiting = _waiting()
    done = (
        update(Outbox)
        .where(Outbox.id == waiting.c.id)
        .values(state="expanded", error=None, attempts=Outbox.attempts + 1)
    )
    columns = (Outbox.next_at, *(getattr(Outbox, field.name) for field in fields(Told)))
    return fixed(done.returning(*columns).execution_options(**NO_SYNC))


_TAKE = _take_waiting()


def put_new(
    session: Session, told: Sequence[tuple[str, int, int, dict[str, Any] | None]], *, district_id: int, now: datetime
) -> int:
    """Put (topic, subject, version, data) rows into the running transaction; what was told before is left out.

    Returns how many are new. The unique key of the table makes a job that runs twice harmless.
    """
    if not told:
        return 0
    rows = [
        {"id": new_id(), "district_id": district_id, "topic": t, "subject_id": s, "subject_version": v, "data": data}
        | {"state": "pending", "attempts": 0, "at": now, "next_at": now}
        for t, s, v, data in told
    ]
    before = {(row["topic"], row["subject_id"], row["subject_version"]): row["id"] for row in rows}
    statement = leases.insert_into(session, Outbox).on_conflict_do_nothing(
        index_elements=["district_id", "topic", "subject_id", "subject_version"]
    )
    session.execute(statement, rows)
    ids = select(Outbox.id).where(among(Outbox.id, list(before.values())))
    fresh = list(session.execute(ids).scalars())
    session.info.setdefault("rung", []).extend(fresh)
    return len(fresh)


@contextmanager
def taken(session: Session, *, now: datetime, most: int) -> Iterator[list[Told]]:
    """One transaction over up to `most` rows that wait, the oldest first; other workers pass them by.

    When it ends well they are expanded, but for those that stumbled in it; else they wait as before.
    """
    with transaction(session):
        leases.be_heard(session)
        yield _take(session, now, most)


def _take(session: Session, now: datetime, most: int) -> list[Told]:
    rows = session.execute(_TAKE, {"due": now, "most": most}).all()
    return [
        Told(row.id, row.topic, row.subject_id, row.subject_version, row.data or {}, row.at, row.attempts)
        for row in sorted(rows, key=lambda row: (row.next_at, row.id))
    ]


def stumble(session: Session, *, row: Told, now: datetime, error: str) -> None:
    """In the running transaction: a row could not be expanded. Again after a while; for a person after five tries."""
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
    values = {"state": "failed" if row.attempts >= TRIES else "pending", "next_at": now + wait}
    put_back = update(Outbox).where(Outbox.id == row.id).values(**values, error=error)
    session.execute(put_back, execution_options=NO_SYNC)


def try_again(session: Session, *, actor: Actor, now: datetime, outbox_id: int) -> None:
    """An operator gives a parked row one more try. Raises NotFound for a row that is not parked."""
    with transaction(session):
        values = {"state": "pending", "next_at": now}
        parked = update(Outbox).where(Outbox.id == outbox_id, Outbox.state == "failed").values(**values)
        done: Any = session.execute(parked, execution_options=NO_SYNC)
        if done.rowcount != 1:
            raise NotFound()
        record(session, act="retry-outbox", actor=actor, now=now, subject_kind="outbox", subject_id=outbox_id)
        session.info.setdefault("rung", []).append(outbox_id)
