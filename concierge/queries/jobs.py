"""What operators see: the jobs with their last runs, what waits to be told, what a person must decide, the mailbox."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Text, _
from concierge.db import constant
from concierge.engine.tables import Case, Outbox
from concierge.models.account import Account
from concierge.models.job import JobRun
from concierge.models.notice import Delivery, SentMail
from concierge.workflows.topics import topic_label

PAGE = 50
CAP = 1000
LOOKED_AT = 20  # runs of a job
OPEN = ("failed", "unknown")

CHANNELS = {"inbox": _("Inbox"), "mail": _("E-mail"), "webhook": _("Webhook")}
COUNTED = {
    "count": _("Handled"),
    "evaluated": _("Judged"),
    "created": _("New"),
    "changed": _("Changed"),
    "unchanged": _("As before"),
    "accrued": _("Fallen due"),
    "moved": _("Rights moved"),
    "arrears_fen": _("Arrears"),
    "recovery_fen": _("To be recovered"),
    "sealed": _("Entries sealed"),
    "added": _("Added"),
    "deleted": _("Removed"),
    "made": _("Papers made"),
    "without_a_paper": _("Without a paper"),
    "forgotten": _("Records removed"),
}
"""What the figures of a run count; money is in fen."""


@dataclass(frozen=True)
class Run:
    """One run of a job. `seconds` is how long it took."""

    id: int
    period: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    seconds: float | None
    attempts: int
    result: dict[str, Any] | None
    error: str | None


@dataclass(frozen=True)
class JobRow:
    """A job of the timetable: its last run, when it is due next, how often it failed in the last runs."""

    name: str
    title: Text
    last: Run | None
    next_at: datetime | None
    failures: int


@dataclass(frozen=True)
class Backlog:
    """What waits at this moment; counts stop at 1,000."""

    outbox: int
    outbox_parked: int
    deliveries: int
    undecided: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery that waits for the machine or for a person; `owner` is the specialist who is told, if there is one."""

    id: int
    topic: Text | str
    channel: Text | str
    recipient: str
    owner: str
    state: str
    attempts: int
    at: datetime
    next_at: datetime
    error: str
    case_id: int | None


@dataclass(frozen=True)
class MailRow:
    """A mail of the demo mailbox."""

    id: int
    recipient: str
    subject: str
    at: datetime


def last_runs(session: Session, *, jobs: list[str], subject: str) -> dict[str, tuple[Run, int]]:
    """The newest run of each job for a district (or for the whole site), and how many of its last 20 runs failed."""
    newest_first = (JobRun.started_at.desc(), JobRun.id.desc())
    ranked = (
        select(JobRun.id, func.row_number().over(partition_by=JobRun.job, order_by=newest_first).label("place"))
        .where(JobRun.job.in_(jobs), JobRun.subject.in_((subject, "")))
        .subquery()
    )
    rows = select(JobRun).join(ranked, ranked.c.id == JobRun.id).where(ranked.c.place <= LOOKED_AT)
    found: dict[str, tuple[Run, int]] = {}
    for row in session.execute(rows.order_by(*newest_first)).scalars():
        last, failures = found.get(row.job, (_run(row), 0))
        found[row.job] = (last, failures + (row.state == "failed"))
    return found


def runs_of(session: Session, *, job: str, subject: str) -> tuple[Run, ...]:
    """The last 50 runs of one job, the newest first."""
    newest = select(JobRun).where(JobRun.job == job, JobRun.subject.in_((subject, "")))
    rows = session.execute(newest.order_by(JobRun.started_at.desc(), JobRun.id.desc()).limit(PAGE)).scalars()
    return tuple(_run(row) for row in rows)


def _run(row: JobRun) -> Run:
    seconds = (row.ended_at - row.started_at).total_seconds() if row.ended_at is not None else None
    return Run(
        row.id, row.period, row.state, row.started_at, row.ended_at, seconds, row.attempts, row.result, row.error
    )


def backlog(session: Session) -> Backlog:
    """How much waits to be told in the session's district, and since when."""
    untold = Delivery.state == constant("pending")
    return Backlog(
        outbox=_capped(session, select(Outbox.id).where(Outbox.state == constant("pending"))),
        outbox_parked=_capped(session, select(Outbox.id).where(Outbox.state == "failed")),
        deliveries=_capped(session, select(Delivery.id).where(untold)),
        undecided=_capped(session, select(Delivery.id).where(Delivery.state.in_(OPEN))),
        oldest_at=session.execute(select(func.min(Delivery.at)).where(untold)).scalar_one(),
    )


def _capped(session: Session, rows: Any) -> int:
    return int(session.execute(select(func.count()).select_from(rows.limit(CAP).subquery())).scalar_one())


def deliveries(session: Session, *, before: int | None) -> tuple[DeliveryRow, ...]:
    """Deliveries that failed, of which nobody knows, or that wait; what a person must decide first."""
    d = Delivery
    owner = aliased(Account)
    rows = select(d.id, d.topic, d.channel, Account.name, owner.name.label("owner"), d.state, d.attempts, d.at)
    rows = rows.add_columns(d.next_at, d.error, d.case_id).join(Account, Account.id == d.account_id)
    rows = rows.outerjoin(Case, Case.id == d.case_id).outerjoin(owner, owner.id == Case.specialist_id)
    rows = rows.where(d.state.in_((*OPEN, "pending")))
    if before is not None:
        rows = rows.where(d.id < before)
    found = session.execute(rows.order_by(d.state == "pending", d.id.desc()).limit(PAGE))
    return tuple(
        DeliveryRow(
            row.id,
            topic_label(row.topic),
            CHANNELS.get(row.channel, row.channel),
            row.name,
            row.owner or "",
            row.state,
            row.attempts,
            row.at,
            row.next_at,
            row.error or "",
            row.case_id,
        )
        for row in found
    )


@dataclass(frozen=True)
class Parked:
    """A row of the outbox that stumbled five times."""

    id: int
    topic: Text | str
    at: datetime
    attempts: int
    error: str


def parked(session: Session) -> tuple[Parked, ...]:
    """Rows of the outbox that wait for a person, the newest first."""
    rows = select(Outbox).where(Outbox.state == "failed").order_by(Outbox.id.desc()).limit(PAGE)
    return tuple(
        Parked(row.id, topic_label(row.topic), row.at, row.attempts, row.error or "")
        for row in session.execute(rows).scalars()
    )


def mailbox(session: Session, *, district_id: int, before: int | None) -> tuple[MailRow, ...]:
    """The newest mails of the demo mailbox."""
    m = SentMail
    rows = select(m.id, m.recipient, m.subject, m.at).where(m.district_id == district_id)
    if before is not None:
        rows = rows.where(m.id < before)
    return tuple(MailRow(*row) for row in session.execute(rows.order_by(m.id.desc()).limit(PAGE)).tuples())


@dataclass(frozen=True)
class Mail:
    """One mail of the demo mailbox in full."""

    recipient: str
    subject: str
    body: str
    message_id: str
    at: datetime


def mail(session: Session, *, district_id: int, mail_id: int) -> Mail | None:
    """One mail, or None."""
    found = session.execute(
        select(SentMail).where(SentMail.id == mail_id, SentMail.district_id == district_id)
    ).scalar_one_or_none()
    return Mail(found.recipient, found.subject, found.body, found.message_id, found.at) if found is not None else None
