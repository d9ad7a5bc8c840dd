"""What the clock owes and has done, and long acts that run in chunks under one manifest."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped


class JobRun(Identified, Base):
    """One run of a job for one subject and period; unique, so that two clocks run it once."""

    __tablename__ = "job_runs"
    __table_args__ = (
        UniqueConstraint("job", "subject", "period"),
        Index("ix_job_runs_job", "job", "started_at"),
        Index(
            "ix_job_runs_open",
            "leased_until",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
    )

    job: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    period: Mapped[str]
    state: Mapped[str] = mapped_column(default="running")
    attempts: Mapped[int] = mapped_column(default=1)
    leased_until: Mapped[datetime | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]


class Mishap(Identified, Base):
    """A request that failed on our side, under the reference number its page showed; nothing of what was sent."""

    __tablename__ = "mishaps"
    __table_args__ = (Index("ix_mishaps_reference", "reference"), Index("ix_mishaps_at", "at"))

    district_id: Mapped[int | None]
    reference: Mapped[str]
    route: Mapped[str]
    method: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]


class JobRequest(Identified, Base):
    """Somebody asked for a job to run now; the clock picks it up."""

    __tablename__ = "job_requests"

    job: Mapped[str]
    district_id: Mapped[int | None]
    asked_by: Mapped[int]
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


class LongAct(Identified, Scoped, Base):
    """A bulk act under one manifest: sealed list, progress, and the report read back from committed rows."""

    __tablename__ = "long_acts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        Index(
            "ix_long_acts_open",
            "leased_until",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    for_account_id: Mapped[int | None]
    kind: Mapped[str]
    step: Mapped[str]
    lines: Mapped[list[Any]]
    data: Mapped[dict[str, Any]]
    seal: Mapped[str]
    total: Mapped[int]
    total_fen: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    held: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="waiting")
    leased_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    error: Mapped[str | None]


class ImportRun(Identified, Scoped, Base):
    """An imported file: previewed rows, what was applied, and how to take it back as one unit."""

    __tablename__ = "import_runs"
    __table_args__ = (UniqueConstraint("district_id", "id"), Index("ix_import_runs_hash", "district_id", "sha256"))

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    state: Mapped[str] = mapped_column(default="preview")
    counts: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    reversed_at: Mapped[datetime | None]


class ImportRow(Identified, Scoped, Base):
    """One row of an imported file, its class, and what it changed."""

    __tablename__ = "import_rows"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "run_id", "row"),
    )

    run_id: Mapped[int]
    row: Mapped[int]
    status: Mapped[str]
    errors: Mapped[list[Any]]
    changes: Mapped[dict[str, Any]]
    sealed: Mapped[bytes | None]
    subject_id: Mapped[int | None]
    subject_version: Mapped[int | None]
    applied_at: Mapped[datetime | None]
