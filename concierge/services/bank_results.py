"""Bank results: a file is read, each line is compared with what was sent, and only then anything moves (domain §3.2).

A line that does not agree is parked: it moves nothing and its sum stays outstanding, so that the batch cannot be
reconciled. The same file, and the same answer in another file, change nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import NOT_YOUR_ROLE, SAME_PERSON
from concierge.engine.run import Act, Wanted
from concierge.engine.tables import History
from concierge.models.job import ImportRow, ImportRun
from concierge.models.payment import BankFile, BankResult, PaymentBatch, PaymentItem
from concierge.models.scope import visible_cases
from concierge.rules.bank_words import BOUNCED, PARTIAL, REVERSED, SUCCESS
from concierge.rules.roles import Role
from concierge.rules.settlement import Cause
from concierge.services.bank_judging import GOOD, PARKED, Judged, ResultLine, judge, kept_serial
from concierge.services.batch_lines import count_again, hold_batch
from concierge.services.batches import must
from concierge.services.calendars import calendar_of
from concierge.services.differences import Seen, end_answered, open_differences
from concierge.services.repeats import recall, remember
from concierge.services.settlements import apply_answers, ids_of
from concierge.services.steps import Taking, before, take
from concierge.workflows.payment import PaymentBatchFlow

KIND = "bank_result"


@dataclass(frozen=True)
class Preview:
    """What a file would do: the run to confirm, how many lines of each status; the file itself if it was loaded."""

    run_id: int | None
    batch_id: int
    counts: dict[str, int]
    loaded_at: datetime | None = None


@dataclass(frozen=True)
class Loaded:
    """What a file has done."""

    batch_id: int
    success: int
    bounced: int
    parked: int
    repeated: int
    reversed: int = 0
    differences: int = 0


def preview(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    file_name: str,
    sha256: str,
    storage_key: str,
    lines: Sequence[ResultLine],
    batch_id: int | None = None,
) -> Preview:
    """Compare a result file with its batch and keep what each line would do; nothing is moved.

    Without a batch named, the item numbers in the file tell it. Raises Refusal when no batch at the bank fits.
    """
    with transaction(session):
        batch = _batch(session, actor, batch_id, lines)
        known = session.execute(select(BankFile.at).where(BankFile.sha256 == sha256)).scalar_one_or_none()
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        judged = judge(session, batch.id, [_not_ahead(line, today) for line in lines])
        counts = dict(Counter(line.status for line in judged))
        if known is not None:
            return Preview(None, batch.id, counts, known)
        run = ImportRun(
            district_id=actor.district_id,
            account_id=actor.account_id,
            kind=KIND,
            file_name=file_name,
            sha256=sha256,
            storage_key=storage_key,
            counts=counts | {"batch": batch.id},
            made_at=now,
        )
        session.add(run)
        session.flush()
        if judged:
            session.execute(insert(ImportRow), [_row(line, run.id, actor) for line in judged])
    return Preview(run.id, batch.id, counts)


def _not_ahead(line: ResultLine, today: date) -> ResultLine:
    """No bank has paid on a day to come: such a row would be paid in a year that is not its own."""
    if line.paid_on is None or line.paid_on <= today:
        return line
    return replace(line, wrong=(*line.wrong, (line.paid_cell, _("The day of the payment lies ahead"))))


def _batch(session: Session, actor: Actor, batch_id: int | None, lines: Sequence[ResultLine]) -> Any:
    wanted = select(PaymentBatch.id, PaymentBatch.state, PaymentBatch.paying_unit_id).where(visible_cases(actor))
    if batch_id is not None:
        found = session.execute(wanted.where(PaymentBatch.id == batch_id)).first()
        if found is None:
            raise NotFound()
        return found
    numbers = [line.number for line in lines if line.number]
    named = select(PaymentItem.batch_id).where(PaymentItem.number.in_(numbers[:200]))
    ids = {i for i in session.execute(named).scalars() if i is not None}
    fitting = session.execute(wanted.where(among(PaymentBatch.id, sorted(ids)))).all()
    if len(fitting) != 1:
        raise Refusal(Reason("batch_unknown", _("the file does not tell which batch it answers; choose the batch")))
    return fitting[0]


def _row(line: Judged, run_id: int, actor: Actor) -> dict[str, Any]:
    said = line.said
    return {
        "id": new_id(),
        "district_id": actor.district_id,
        "run_id": run_id,
        "row": said.row,
        "status": line.status,
        "errors": [[cell, text.msgid, {k: str(v) for k, v in text.params.items()}] for cell, text in line.errors],
        "subject_id": line.item_id,
        "changes": {
            "line": said.line,
            "number": said.number,
            "amount_fen": said.amount_fen,
            "sent_fen": line.sent_fen,
            "cause": line.cause,
            "code": said.code,
            "reason": said.reason,
            "paid_on": said.paid_on.isoformat() if said.paid_on else None,
            "serial": said.serial,
        },
    }


def load(session: Session, *, actor: Actor, now: datetime, run_id: int, key: str | None = None) -> Loaded:
    """Apply a previewed file: what arrived is spent and paid, what bounced or was reversed is released.

    The rest is parked, each row as a difference with an owner.
    Everything in one transaction. Lines are judged again, because another file may have been loaded since. Raises
    Refusal (by whoever sent the batch, in a wrong state, or with nothing new in it) and NotFound.
    """
    with transaction(session):
        known = recall(session, actor, "bank_result.load", key, {"run": run_id})
        if known is not None:
            return Loaded(**known)
        run = session.execute(
            select(ImportRun).where(ImportRun.id == run_id, ImportRun.kind == KIND).with_for_update()
        ).scalar_one_or_none()
        if run is None:
            raise NotFound()
        hold_batch(session, int(run.counts["batch"]))
        batch = _batch(session, actor, int(run.counts["batch"]), ())
        judged = judge(session, batch.id, _good_lines(session, run_id))
        parked = any(run.counts.get(status) for status in PARKED)
        if run.applied_at is not None or not (parked or any(line.status in GOOD for line in judged)):
            raise Refusal(Reason("nothing_new", _("the file holds no answer that was not loaded already")))
        done = _apply(session, Act(actor, now, calendar_of(session, actor.district_id)), run, batch, judged)
        answer = done.__dict__
        remember(session, actor, "bank_result.load", key, {"run": run_id}, answer, now)
    return done


def _good_lines(session: Session, run_id: int) -> list[ResultLine]:
    """The rows that agreed with what was sent; what was parked stays parked."""
    rows = session.execute(
        select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.status.in_(GOOD)).order_by(ImportRow.row)
    ).scalars()
    return [
        ResultLine(
            row=row.row,
            line=row.changes["line"],
            number=row.changes["number"],
            amount_fen=row.changes["amount_fen"],
            outcome=SUCCESS if row.status == PARTIAL else row.status,
            code=row.changes["code"],
            reason=row.changes["reason"],
            paid_on=date.fromisoformat(row.changes["paid_on"]) if row.changes["paid_on"] else None,
            serial=row.changes["serial"],
        )
        for row in rows
    ]


def _apply(session: Session, act: Act, run: ImportRun, batch: Any, judged: Sequence[Judged]) -> Loaded:
    answers = [line for line in judged if line.status in GOOD]
    counts = Counter(line.status for line in answers)
    arrived = counts[SUCCESS] + counts[PARTIAL]
    data = {"file": run.sha256, "success": arrived, "bounced": counts[BOUNCED]}
    if batch.state == "closed":
        _only_by_another(session, act.actor, batch)
    else:
        told = Act(act.actor, act.now, act.calendar, None, data | {"reversed": counts[REVERSED]})
        must(take(session, PaymentBatchFlow.load_result, [Wanted(batch.id)], told))
    _keep(session, act, run, batch.id, answers)
    apply_answers(session, act, answers)
    count_again(session, [batch.id])
    end_answered(session, ids_of(answers, SUCCESS), act)
    opened = open_differences(session, batch.id, _seen(session, run.id, batch.state, answers), act)
    session.execute(update(ImportRun).where(ImportRun.id == run.id).values(state="applied", applied_at=act.now))
    rows = sum(n for status, n in run.counts.items() if status != "batch")
    repeated = run.counts.get("repeated", 0) + sum(line.status == "repeated" for line in judged)
    parked = rows - repeated - len(answers)
    record(
        session, act="load-bank-result", actor=act.actor, now=act.now, subject_kind="payment_batch",
        subject_id=batch.id, data=dict(counts) | {"parked": parked, "differences": len(opened)},
    )  # fmt: skip
    return Loaded(batch.id, arrived, counts[BOUNCED], parked, repeated, counts[REVERSED], len(opened))


def _only_by_another(session: Session, actor: Actor, batch: Any) -> None:
    """An answer to a closed batch takes no step of it, and still is not for whoever sent it (domain §3.3)."""
    if batch.paying_unit_id not in actor.units(Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        raise Refusal(NOT_YOUR_ROLE)
    sender = select(History.actor_key, History.for_key).where(History.case_id == batch.id, History.step == "send")
    if any(key in actor.person_keys for row in session.execute(sender) for key in row):
        raise Refusal(SAME_PERSON)


def _seen(session: Session, run_id: int, batch_state: str, answers: Sequence[Judged]) -> list[Seen]:
    """The differences that a file shows: parts, reversals after closing, and every row that was parked."""
    seen = [
        Seen(Cause.PARTIAL, line.item_id, line.said.amount_fen or 0, missing_fen=(line.sent_fen or 0) - settled)
        for line, settled in _parts(session, answers)
    ]
    if batch_state == "closed":
        back = [line for line in answers if line.status == REVERSED]
        seen += [Seen(Cause.REVERSED, line.item_id, 0, missing_fen=line.said.amount_fen or 0) for line in back]
    rows = session.execute(
        select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.status.in_(PARKED)).order_by(ImportRow.row)
    ).scalars()
    for row in rows:
        told = "" if row.subject_id is not None else f"{row.changes['number'] or row.changes['line'] or row.row}"
        seen.append(Seen(Cause(row.changes["cause"]), row.subject_id, row.changes["amount_fen"] or 0, told=told))
    return seen


def _parts(session: Session, answers: Sequence[Judged]) -> list[tuple[Judged, int]]:
    """The last part of each line that is not yet whole, with what has arrived of the line."""
    last = {line.item_id: line for line in answers if line.status == PARTIAL and line.item_id is not None}
    rows = session.execute(
        select(PaymentItem.id, PaymentItem.settled_fen).where(
            among(PaymentItem.id, sorted(last)), PaymentItem.settled_fen < PaymentItem.net_fen
        )
    )
    return [(last[row.id], row.settled_fen) for row in rows]


def _keep(session: Session, act: Act, run: ImportRun, batch_id: int, answers: Sequence[Judged]) -> None:
    """The file and its answers, each applied once: the database refuses a second success of a line."""
    file_id = new_id()
    here: dict[str, Any] = {"district_id": act.actor.district_id}
    file = {"id": file_id, "batch_id": batch_id, "file_name": run.file_name, "sha256": run.sha256}
    file |= {"rows": len(answers), "loaded_by": act.actor.account_id, "at": act.now}
    session.execute(insert(BankFile), [file | here])
    rows: list[dict[str, Any]] = [
        here
        | {"id": new_id(), "file_id": file_id, "item_id": line.item_id, "outcome": line.status}
        | {"serial": kept_serial(line, f"{run.sha256[:16]}-{line.said.row}"), "amount_fen": line.said.amount_fen}
        | {"code": line.said.code, "reason": line.said.reason, "paid_on": line.said.paid_on}
        for line in answers
    ]
    if rows:
        session.execute(insert(BankResult), rows)


@before(PaymentBatchFlow.load_result)
def _only_from_a_file(taking: Taking, ids: list[int]) -> None:
    if not taking.data.get("file"):
        raise Refusal(Reason("results_from_file", _("bank results come from a file only")))
    forget = update(PaymentBatch).where(among(PaymentBatch.id, ids)).values(statement_fen=None)
    taking.session.execute(forget.execution_options(synchronize_session=False))
