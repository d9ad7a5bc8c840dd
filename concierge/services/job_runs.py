"""What the clock owes, as rows: one run for each job, subject and period, taken under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.job import JobRequest, JobRun
from concierge.services import leases
from concierge.services.leases import database_now

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
TRIES = 3
LEASE = timedelta(minutes=15)
"""Longer than any job may run; a worker silent for so long is dead."""

RETRY = timedelta(minutes=2)
KEPT = timedelta(days=90)
NO_SYNC = {"synchronize_session": False}


@dataclass(frozen=True)
class Owed:
    """A run that the timetable owes. `subject` is a district's id, or empty for the whole site."""

    job: str
    subject: str
    period: str


@dataclass(frozen=True)
class Taken:
    """A run under our lease; `attempts` is the fence."""

    id: int
    job: str
    subject: str
    period: str
    attempts: int


def owe(session: Session, *, owed: Sequence[Owed], now: datetime) -> int:
    """Write down what is owed; what was owed before stays as it is. Returns how many are new."""
    if not owed:
        return 0
    rows = [
        {"id": new_id(), "job": o.job, "subject": o.subject, "period": o.period, "state": WAITING, "attempts": 0}
        | {"leased_until": None, "started_at": now, "ended_at": None, "result": None, "error": None}
        for o in owed
    ]
    with transaction(session):
        statement = leases.insert_into(session, JobRun).on_conflict_do_nothing(
            index_elements=["job", "subject", "period"]
        )
        session.execute(statement, rows)
        made = select(JobRun.id).where(JobRun.id.in_([row["id"] for row in rows]))
        return len(session.execute(made).all())


def _takeable(at: datetime) -> ColumnElement[bool]:
    over = JobRun.leased_until < at
    again = and_(JobRun.state == FAILED, JobRun.attempts < TRIES, over)
    return or_(JobRun.state == WAITING, and_(JobRun.state == RUNNING, over), again)


def open_runs(session: Session) -> list[tuple[int, int]]:
    """The runs that somebody should take now, the oldest first: (id, attempts so far)."""
    with transaction(session):
        at = database_now(session)
        waiting = select(JobRun.id, JobRun.attempts).where(_takeable(at)).order_by(JobRun.id)
        return [(row.id, row.attempts) for row in session.execute(waiting)]


def take(session: Session, *, run_id: int, now: datetime) -> Taken | None:
    """Take a run for the time of a lease; None when another worker has it or it is done."""
    with transaction(session):
        at = database_now(session)
        mine = update(JobRun).where(JobRun.id == run_id, _takeable(at))
        values = {"state": RUNNING, "attempts": JobRun.attempts + 1, "leased_until": at + LEASE, "started_at": now}
        done: Any = session.execute(mine.values(**values), execution_options=NO_SYNC)
        if done.rowcount != 1:
            return None
        row = session.execute(select(JobRun).where(JobRun.id == run_id)).scalar_one()
        return Taken(row.id, row.job, row.subject, row.period, row.attempts)


def end(session: Session, *, taken: Taken, now: datetime, result: dict[str, Any] | None, error: str | None) -> bool:
    """Write down how a run ended; a failed one is taken again after two minutes, three times in all.

    False when the lease had ended and another worker has it.
    """
    with transaction(session):
        at = database_now(session)
        values = {"state": FAILED if error else DONE, "ended_at": now, "result": result, "error": error}
        values |= {"leased_until": at + RETRY if error else None}
        mine = update(JobRun).where(JobRun.id == taken.id, JobRun.attempts == taken.attempts, JobRun.state == RUNNING)
        done: Any = session.execute(mine.values(**values), execution_options=NO_SYNC)
    return bool(done.rowcount == 1)


def ask(session: Session, *, actor: Actor, now: datetime, job: str) -> int:
    """An operator asks for a job to run now, in his district; the clock picks the request up. Returns its id."""
    with transaction(session):
        request = JobRequest(
            id=new_id(), job=job, district_id=actor.district_id, asked_by=actor.account_id, asked_at=now, taken_at=None
        )
        session.add(request)
        record(session, act="run-job", actor=actor, now=now, subject_kind="job", data={"job": job})
    return request.id


def take_requests(session: Session, *, now: datetime, whole_site: Sequence[str]) -> int:
    """Turn requests into runs; jobs of the whole site lose the district. Returns how many."""
    with transaction(session):
        waiting = select(JobRequest).where(JobRequest.taken_at.is_(None)).order_by(JobRequest.id)
        requests = session.execute(waiting.with_for_update(skip_locked=True)).scalars().all()
        rows = []
        for request in requests:
            request.taken_at = now
            subject = "" if request.job in whole_site else str(request.district_id)
            rows.append(
                {"id": new_id(), "job": request.job, "subject": subject, "period": f"asked-{request.id}"}
                | {"state": WAITING, "attempts": 0, "started_at": now}
            )
        if rows:
            statement = leases.insert_into(session, JobRun).on_conflict_do_nothing(
                index_elements=["job", "subject", "period"]
            )
            session.execute(statement, rows)
    return len(rows)


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete runs and requests that ended more than 90 days ago; how many runs."""
    with transaction(session):
        old = JobRun.ended_at < now - KEPT
        session.execute(delete(JobRequest).where(JobRequest.taken_at < now - KEPT), execution_options=NO_SYNC)
        done: Any = session.execute(delete(JobRun).where(JobRun.state == DONE, old), execution_options=NO_SYNC)
    return int(done.rowcount)
