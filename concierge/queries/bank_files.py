"""A result file as it was read: what each line would do, or has done, and what is wrong in which cell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound
from concierge.basics.text import Text
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.models.job import ImportRow, ImportRun
from concierge.models.payment import PaymentBatch, PaymentItem
from concierge.models.scope import visible_cases
from concierge.rules.bank_words import BounceReason, reason_of

KIND = "bank_result"
LINES = 500


@dataclass(frozen=True)
class AnsweredLine:
    """One row of the file."""

    row: int
    status: str
    number: str
    payee_name: str
    amount_fen: int | None
    sent_fen: int | None
    reason: str
    paid_on: str
    errors: tuple[tuple[str, Text], ...]

    @property
    def bounce(self) -> BounceReason:
        """What the bank's words mean."""
        return reason_of(self.reason)


@dataclass(frozen=True)
class ResultFile:
    """A previewed or loaded file. `sums` has the fen for each status; lines in trouble come first."""

    id: int
    file_name: str
    sha256: str
    batch_id: int
    batch_number: str
    batch_total_fen: int
    pending_fen: int
    made_at: datetime
    applied_at: datetime | None
    counts: Mapping[str, int]
    sums: Mapping[str, int]
    lines: tuple[AnsweredLine, ...]
    hidden: int

    @property
    def good(self) -> int:
        """Lines that would move money."""
        return sum(self.counts.get(status, 0) for status in GOOD)

    @property
    def opens(self) -> int:
        """Lines that become differences once the file is loaded."""
        return sum(self.counts.get(status, 0) for status in DIFFERENT)


GOOD = ("success", "partial", "bounced", "reversed")
DIFFERENT = ("differs", "contradicts", "unknown")
ORDER = ("invalid", "unknown", "differs", "contradicts", "reversed", "partial", "bounced", "success", "repeated")


def result_file(session: Session, actor: Actor, run_id: int) -> ResultFile:
    """A file's page. Raises NotFound for one of a batch out of sight."""
    run = session.execute(select(ImportRun).where(ImportRun.id == run_id, ImportRun.kind == KIND)).scalar_one_or_none()
    if run is None:
        raise NotFound()
    batch = session.execute(
        select(PaymentBatch.id, PaymentBatch.number, PaymentBatch.total_fen, PaymentBatch.pending_fen).where(
            PaymentBatch.id == int(run.counts["batch"]), visible_cases(actor)
        )
    ).first()
    if batch is None:
        raise NotFound()
    rows = session.execute(select(ImportRow).where(ImportRow.run_id == run_id).order_by(ImportRow.row)).scalars().all()
    payees = _payees(session, rows)
    lines = sorted((_line(row, payees) for row in rows), key=lambda line: (ORDER.index(line.status), line.row))
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.status] = sums.get(line.status, 0) + (line.amount_fen or 0)
    return ResultFile(
        id=run.id,
        file_name=run.file_name,
        sha256=run.sha256,
        batch_id=batch.id,
        batch_number=batch.number,
        batch_total_fen=batch.total_fen,
        pending_fen=batch.pending_fen,
        made_at=run.made_at,
        applied_at=run.applied_at,
        counts={status: n for status, n in run.counts.items() if status != "batch"},
        sums=sums,
        lines=tuple(lines[:LINES]),
        hidden=max(0, len(lines) - LINES),
    )


def _payees(session: Session, rows: Any) -> dict[int, str]:
    ids = [row.subject_id for row in rows if row.subject_id is not None]
    found = session.execute(select(PaymentItem.id, PaymentItem.payee_name).where(among(PaymentItem.id, ids)))
    return {row.id: row.payee_name for row in found}


def _line(row: ImportRow, payees: dict[int, str]) -> AnsweredLine:
    said = row.changes
    return AnsweredLine(
        row=row.row,
        status=row.status,
        number=said["number"],
        payee_name=payees.get(row.subject_id or 0, ""),
        amount_fen=said["amount_fen"],
        sent_fen=said["sent_fen"],
        reason=said["reason"],
        paid_on=said["paid_on"] or "",
        errors=tuple((cell, Text(msgid, params)) for cell, msgid, params in row.errors),
    )
