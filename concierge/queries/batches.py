"""Batches: what is being made, waits, is at the bank, came back; one batch with its lines, files and ways on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import NotFound
from concierge.basics.text import Bilingual, Text, _
from concierge.db import constant
from concierge.engine.actor import Actor
from concierge.engine.explain import Way, explain
from concierge.engine.tables import History
from concierge.models.account import Account
from concierge.models.district import Unit
from concierge.models.payment import BankFile, PaymentBatch
from concierge.models.scope import visible_cases
from concierge.queries.deadlines import Lamp, lamp
from concierge.queries.rosters import RosterRow, roster_rows
from concierge.rules.calendar import WorkingCalendar
from concierge.rules.roles import Role
from concierge.workflows.payment import PaymentBatchFlow

PAGE = 50
LINES = 200
AT_THE_BANK = ("sent", "result_loaded")
_AT_THE_BANK = and_(
    PaymentBatch.kind == constant("payment_batch"), PaymentBatch.state.in_([constant(state) for state in AT_THE_BANK])
)
MAIN_LINE = tuple(name for name, state in PaymentBatchFlow.states.items() if not state.aside)
_SHOWN: tuple[str, ...] = ("id", "number", "version", "state", "count", "total_fen", "success_fen", "bounced_fen")
_SHOWN += (
    "pending_fen",
    "differences_open",
    "statement_fen",
    "opened_at",
    "sent_on",
    "roster_hash",
    "application_number",
)
_CLOCKS: tuple[str, ...] = ("due_nth", "since_nth", "paused_nth", "clock", "is_open", "due_on")


@dataclass(frozen=True)
class BatchRow:
    """One batch in a list; amounts in fen."""

    id: int
    number: str
    version: int
    state: str
    state_label: Text
    unit: Bilingual
    unit_id: int
    count: int
    total_fen: int
    success_fen: int
    bounced_fen: int
    pending_fen: int
    differences_open: int
    statement_fen: int | None
    opened_at: datetime
    sent_on: date | None
    roster_hash: str
    application_number: str
    lamp: Lamp
    maker: str

    @property
    def at(self) -> int:
        """How far along the main line, counted from 1; 0 aside."""
        return MAIN_LINE.index(self.state) + 1 if self.state in MAIN_LINE else 0

    @property
    def answered_fen(self) -> int:
        """What the bank has answered for."""
        return self.success_fen + self.bounced_fen


def _columns() -> Any:
    maker = aliased(History)
    return (
        select(
            *(getattr(PaymentBatch, name) for name in (*_SHOWN, *_CLOCKS)),
            PaymentBatch.paying_unit_id.label("unit_id"),
            Unit.name_zh,
            Unit.name_en,
            Account.name.label("maker"),
        )
        .join(Unit, Unit.id == PaymentBatch.paying_unit_id)
        .outerjoin(maker, (maker.case_id == PaymentBatch.id) & (maker.version == 1))
        .outerjoin(Account, Account.id == maker.actor_id)
    )


def _row(row: Any, now: datetime, calendar: WorkingCalendar) -> BatchRow:
    return BatchRow(
        state_label=PaymentBatchFlow.states[row.state].label,
        unit=Bilingual(row.name_zh, row.name_en),
        lamp=lamp(row, now=now, calendar=calendar),
        maker=row.maker or "",
        unit_id=row.unit_id,
        **{name: getattr(row, name) for name in _SHOWN},
    )


@dataclass(frozen=True)
class BatchList:
    """Batches, open ones by due date or closed ones newest first."""

    rows: tuple[BatchRow, ...]
    closed: bool
    next: int | None


def batch_list(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    closed: bool = False,
    before: int | None = None,
    most: int = PAGE,
) -> BatchList:
    """One page of batches, the newest first."""
    statement = _columns().where(visible_cases(actor), PaymentBatch.is_open.is_(not closed))
    if before is not None:
        statement = statement.where(PaymentBatch.id < before)
    found = session.execute(statement.order_by(PaymentBatch.id.desc()).limit(constant(most + 1))).all()
    rows = tuple(_row(row, now, calendar) for row in found[:most])
    return BatchList(rows, closed, rows[-1].id if len(found) > most else None)


def running_batch(session: Session, actor: Actor, *, now: datetime, calendar: WorkingCalendar) -> BatchRow | None:
    """The newest batch that is at the bank, for the mark above the lists."""
    statement = _columns().where(visible_cases(actor), _AT_THE_BANK)
    row = session.execute(statement.order_by(PaymentBatch.id.desc()).limit(constant(1))).first()
    return _row(row, now, calendar) if row is not None else None


def batches_at_the_bank(session: Session, actor: Actor, *, now: datetime, calendar: WorkingCalendar) -> list[BatchRow]:
    """Batches that wait for an answer, the oldest first."""
    statement = _columns().where(visible_cases(actor), _AT_THE_BANK).limit(constant(PAGE))
    return [_row(row, now, calendar) for row in session.execute(statement.order_by(PaymentBatch.id))]


@dataclass(frozen=True)
class Done:
    """One step of a batch as it was taken."""

    step: str
    label: Text
    who: str
    at: datetime
    reason: str
    to_state: str
    data: dict[str, Any]


@dataclass(frozen=True)
class FileRow:
    """A result file that was loaded."""

    file_name: str
    rows: int
    who: str
    at: datetime
    sha256: str


@dataclass(frozen=True)
class BatchPage:
    """One batch: its lines (masked), what was done, what may be done next and why not, files loaded."""

    batch: BatchRow
    lines: tuple[RosterRow, ...]
    hidden: int
    done: tuple[Done, ...]
    ways: tuple[Way, ...]
    files: tuple[FileRow, ...]
    may_change: bool
    may_export: bool
    may_make_bank_file: bool

    @property
    def passed(self) -> dict[str, Done]:
        """By state, the last step that led into it."""
        return {done.to_state: done for done in self.done}


def batch_page(
    session: Session,
    actor: Actor,
    batch_id: int,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    every_line: bool = False,
) -> BatchPage:
    """A batch's page. Raises NotFound for a batch out of sight."""
    found = session.execute(_columns().where(PaymentBatch.id == batch_id, visible_cases(actor))).first()
    if found is None:
        raise NotFound()
    batch = _row(found, now, calendar)
    case = session.execute(select(PaymentBatch).where(PaymentBatch.id == batch_id)).scalar_one()
    ways = tuple(explain(session, case, actor, now=now))
    lines = roster_rows(session, batch_id)
    shown = lines if every_line else lines[:LINES]
    allowed = {way.step.name for way in ways if way.allowed}
    finance = actor.units(Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
    payer = batch.unit_id in actor.units(Role.FINANCE_PAYER)
    sent = batch.state in ("sent", "result_loaded", "reconciled", "closed")
    return BatchPage(
        batch=batch,
        lines=tuple(shown),
        hidden=len(lines) - len(shown),
        done=_done(session, batch_id),
        ways=tuple(way for way in ways if way.step.name not in ("change_lines", "load_result")),
        files=_files(session, batch_id),
        may_change="change_lines" in allowed,
        may_export=batch.unit_id in finance,
        may_make_bank_file=payer and (sent or "send" in allowed),
    )


def _done(session: Session, batch_id: int) -> tuple[Done, ...]:
    rows = session.execute(
        select(History.step, History.at, History.reason, History.to_state, History.data, Account.name)
        .outerjoin(Account, Account.id == History.actor_id)
        .where(History.case_id == batch_id)
        .order_by(History.version)
    )
    return tuple(
        Done(
            row.step,
            PaymentBatchFlow.steps[row.step].label if row.step in PaymentBatchFlow.steps else _OPENED,
            row.name or "",
            row.at,
            row.reason or "",
            row.to_state,
            row.data or {},
        )
        for row in rows
    )


_OPENED = _("Batch made")


def _files(session: Session, batch_id: int) -> tuple[FileRow, ...]:
    rows = session.execute(
        select(BankFile.file_name, BankFile.rows, BankFile.at, BankFile.sha256, Account.name)
        .outerjoin(Account, Account.id == BankFile.loaded_by)
        .where(BankFile.batch_id == batch_id)
        .order_by(BankFile.id)
    )
    return tuple(FileRow(row.file_name, row.rows, row.name or "", row.at, row.sha256) for row in rows)


def loaded_files(session: Session, actor: Actor, limit: int = 20) -> list[tuple[FileRow, int, str]]:
    """The newest result files that were loaded, with batch id and number."""
    rows = session.execute(
        select(
            BankFile.file_name,
            BankFile.rows,
            BankFile.at,
            BankFile.sha256,
            Account.name,
            PaymentBatch.id.label("batch_id"),
            PaymentBatch.number,
        )
        .join(PaymentBatch, PaymentBatch.id == BankFile.batch_id)
        .outerjoin(Account, Account.id == BankFile.loaded_by)
        .where(visible_cases(actor))
        .order_by(BankFile.id.desc())
        .limit(limit)
    )
    return [
        (FileRow(row.file_name, row.rows, row.name or "", row.at, row.sha256), row.batch_id, row.number) for row in rows
    ]


def batch_numbered(session: Session, actor: Actor, number: str) -> int:
    """The batch of a number among those the actor may see. Raises NotFound."""
    wanted = select(PaymentBatch.id).where(PaymentBatch.number == number.strip().upper(), visible_cases(actor))
    found = session.execute(wanted).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found
