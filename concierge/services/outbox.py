"""The outbox: rows claimed by state, worked under a lease, and finished by whoever still holds them.

A row is `pending` until it is `expanded` into deliveries; one that stumbles again and again is parked as `failed` for
a person. Rows are never read by a cursor over ids: those commit out of order.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import Outbox
from concierge.services import leases
from concierge.services.leases import database_now

TRIES = 5
NO_SYNC = {"synchronize_session": False}
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))


class Overtaken(Exception):
    """The lease had ended and another worker holds the rows; nothing of this attempt is kept."""


@dataclass(frozen=True)
class Told:
    """One claimed row of the outbox. `attempts` is the fence: whoever claims it later has a higher number."""

    id: int
    topic: str
    subject_id: int
    subject_version: int
    data: dict[str, Any]
    at: datetime
    attempts: int


_TOLD = tuple(getattr(Outbox, field.name) for field in fields(Told))


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


def claim(session: Session, *, now: datetime, most: int) -> list[Told]:
    """Take up to `most` rows that wait, for the time of a lease; the oldest first. Other workers pass them by."""
    with transaction(session):
        at = database_now(session)
        waiting = (
            select(Outbox.id)
            .where(leases.waiting(Outbox, now, at))
            .order_by(Outbox.next_at, Outbox.id)
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("waiting")
        )
        taken = update(Outbox).where(Outbox.id == waiting.c.id)
        taken = taken.values(attempts=Outbox.attempts + 1, leased_until=at + leases.LEASE)
        rows = session.execute(taken.returning(*_TOLD, Outbox.next_at), execution_options=NO_SYNC).all()
    return [
        Told(row.id, row.topic, row.subject_id, row.subject_version, row.data or {}, row.at, row.attempts)
        for row in sorted(rows, key=lambda row: (row.next_at, row.id))
    ]


def finish(session: Session, told: Sequence[Told]) -> None:
    """Mark rows expanded in the running transaction. Raises Overtaken when any is no longer ours."""
    fenced: dict[int, list[int]] = defaultdict(list)
    for row in told:
        fenced[row.attempts].append(row.id)
    for attempts, ids in fenced.items():
        mine = update(Outbox).where(among(Outbox.id, ids), Outbox.state == "pending", Outbox.attempts == attempts)
        done: Any = session.execute(
            mine.values(state="expanded", leased_until=None, error=None),
            execution_options=NO_SYNC,
        )
        if done.rowcount != len(ids):
            raise Overtaken


def stumble(session: Session, *, row: Told, now: datetime, error: str) -> None:
    """One row could not be expanded: again after a while, parked for a person after five tries."""
    parked = row.attempts >= TRIES
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
    values = {"state": "failed" if parked else "pending", "next_at": now + wait, "leased_until": None, "error": error}
    with transaction(session):
        session.execute(
            update(Outbox).where(Outbox.id == row.id, Outbox.attempts == row.attempts).values(**values),
            execution_options=NO_SYNC,
        )


def try_again(session: Session, *, actor: Actor, now: datetime, outbox_id: int) -> None:
    """An operator gives a parked row one more try. Raises NotFound for a row that is not parked."""
    with transaction(session):
        values = {"state": "pending", "next_at": now, "leased_until": None}
        parked = update(Outbox).where(Outbox.id == outbox_id, Outbox.state == "failed").values(**values)
        done: Any = session.execute(parked, execution_options=NO_SYNC)
        if done.rowcount != 1:
            raise NotFound()
        record(session, act="retry-outbox", actor=actor, now=now, subject_kind="outbox", subject_id=outbox_id)
        session.info.setdefault("rung", []).append(outbox_id)
