"""Bulk approval against a sealed list: the approver decides on exactly what was shown to him, however long it is.

The list is hashed over line, version, amount, payee account and budget line. Lines that changed since are held, the
rest proceeds in chunks that can be resumed; the report is read back from committed rows (queries/sealed_reports).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money, parse_money
from concierge.basics.ids import public_id
from concierge.basics.text import Text, _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.run import Act, Wanted
from concierge.models.budget import BudgetLine
from concierge.models.job import LongAct
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.models.scope import visible_cases
from concierge.queries.standing_in import actor_again
from concierge.services.calendars import calendar_of
from concierge.services.second_factor import demand
from concierge.services.standing_in import ABSENCE_OVER
from concierge.services.steps import take
from concierge.workflows.payment import PaymentItemFlow

KIND = "payment_approval"
SEALED, RUNNING, DONE = "sealed", "running", "done"
CHUNK = 500
AT_ONCE = 2
"""So many chunks run in the approver's own request; the rest goes on without him."""
CHANGED = Reason("changed_since_sealed", _("it has changed since the list was sealed"))
Line = list[Any]
"""[item id, version, amount in fen, digest of payee and budget line]"""


def seal_list(session: Session, *, actor: Actor, now: datetime, item_ids: Iterable[int]) -> int:
    """Seal a list of items as they are now; returns its id. Raises Refusal for an empty one."""
    with transaction(session):
        lines = _lines_now(session, actor, sorted(set(item_ids)))
        if not lines:
            raise Refusal(Reason("nothing_chosen", _("choose at least one line")))
        made = LongAct(
            district_id=actor.district_id,
            account_id=actor.account_id,
            for_account_id=actor.for_account,
            kind=KIND,
            step=PaymentItemFlow.approve.name,
            lines=lines,
            data={},
            held={},
            state=SEALED,
            made_at=now,
            **_sealed(lines),
        )
        session.add(made)
        session.flush()
        return made.id


def _lines_now(session: Session, actor: Actor, item_ids: Sequence[int]) -> list[Line]:
    rows = session.execute(
        select(
            PaymentItem.id,
            PaymentItem.version,
            PaymentItem.amount_fen,
            PaymentItem.payee_name,
            PaymentItem.bank_name,
            PaymentItem.budget_line_id,
            BankAccount.account_index,
        )
        .outerjoin(BankAccount, BankAccount.id == PaymentItem.bank_account_id)
        .where(among(PaymentItem.id, item_ids), visible_cases(actor))
        .order_by(PaymentItem.id)
    )
    return [[row.id, row.version, row.amount_fen, _digest(*row[3:])] for row in rows]


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def _sealed(lines: Sequence[Line]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()
    return {"seal": digest, "total": len(lines), "total_fen": sum(line[2] for line in lines)}


def drop_lines(session: Session, *, actor: Actor, list_id: int, item_ids: Iterable[int]) -> None:
    """Take lines out before approving; the rest is sealed anew as it was shown. Raises Refusal for the last line."""
    gone = set(item_ids)
    with transaction(session):
        act = _own(session, actor, list_id)
        if act.state != SEALED:
            raise Refusal(Reason("already_started", _("this list has been approved already")))
        kept = [line for line in act.lines if line[0] not in gone]
        if not kept:
            raise Refusal(Reason("nothing_chosen", _("choose at least one line")))
        session.execute(update(LongAct).where(LongAct.id == list_id).values(lines=kept, **_sealed(kept)))


def _own(session: Session, actor: Actor, list_id: int) -> LongAct:
    act = session.execute(
        select(LongAct)
        .where(LongAct.id == list_id, LongAct.kind == KIND, LongAct.account_id == actor.account_id)
        .with_for_update()
    ).scalar_one_or_none()
    if act is None:
        raise NotFound()
    return act


def approve_sealed(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    list_id: int,
    seal: str,
    typed_total: str,
    code: str,
) -> None:
    """Approve a sealed list: its total typed, a one-time code (in a demo the password) given.

    A repeated request finds the list started and changes nothing. Raises Invalid for a wrong total or code, Refusal
    for a list that was sealed anew meanwhile or that its budget lines cannot carry, NotFound for another's list.
    """
    with transaction(session):
        act = _own(session, actor, list_id)
        if act.state == SEALED:
            _check_total(act, seal, typed_total)
            _check_lines(session, act)
        started = act.state != SEALED
    if not started:
        demand(session, keys=keys, actor=actor, code=code, now=now)
        with transaction(session):
            wanted = update(LongAct).where(LongAct.id == list_id, LongAct.state == SEALED, LongAct.seal == seal)
            session.execute(wanted.values(state=RUNNING))
    for _chunk in range(AT_ONCE):
        if not advance(session, act_id=list_id, now=now):
            return


def _check_total(act: LongAct, seal: str, typed: str) -> None:
    if seal != act.seal:
        raise Refusal(Reason("sealed_anew", _("the list has changed; look through it again")))
    if parse_money(typed, "total") != act.total_fen:
        text = _("The total is not that of the list; it is %(sum)s.", sum=money(act.total_fen))
        raise Invalid(Reason("total_differs", text, "total"))


def _check_lines(session: Session, act: LongAct) -> None:
    """The whole list must fit; the approver drops lines, the machine never chooses."""
    left = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    asked = func.sum(PaymentItem.amount_fen)
    short = session.execute(
        select(BudgetLine.number, asked.label("asked"), left.label("left"))
        .join(PaymentItem, PaymentItem.budget_line_id == BudgetLine.id)
        .where(among(PaymentItem.id, [line[0] for line in act.lines]), PaymentItem.state == "pending")
        .group_by(BudgetLine.id, BudgetLine.number, left)
        .having(asked > left)
        .order_by(BudgetLine.number)
    ).all()
    if short:
        raise Refusal(*(Reason("budget_short", _short(row)) for row in short))


def _short(row: Any) -> Text:
    words = {"number": row.number, "left": money(row.left), "asked": money(row.asked)}
    return _("budget line %(number)s has %(left)s left, the list asks for %(asked)s", **words)


def advance(session: Session, *, act_id: int, now: datetime) -> bool:
    """Run the next chunk of an approved list in a transaction of its own; whether more is left.

    Progress and rows are committed together, so that a killed process leaves nothing half done and the next call goes
    on where it stopped. The approver's grants are read anew each time; what an absence that has ended meanwhile leaves
    undecided is held, and returns to the person who was away.
    """
    with transaction(session):
        act = session.execute(
            select(LongAct).where(LongAct.id == act_id, LongAct.kind == KIND).with_for_update()
        ).scalar_one_or_none()
        if act is None or act.state != RUNNING:
            return False
        actor = actor_again(session, act.account_id, act.for_account_id, now)
        chunk = act.lines[act.done : act.done + CHUNK]
        held = act.held | _take(session, actor, now, act, chunk)
        done = act.done + len(chunk)
        values: dict[str, Any] = {"done": done, "held": held}
        if done >= len(act.lines):
            values |= {"state": DONE, "ended_at": now}
        session.execute(update(LongAct).where(LongAct.id == act_id).values(**values))
        return done < len(act.lines)


def _take(session: Session, actor: Actor | None, now: datetime, act: LongAct, chunk: Sequence[Line]) -> dict[str, Any]:
    """Approve a chunk; what is held, by item, with every reason in a form that can be kept."""
    if actor is None:
        return _words({line[0]: (ABSENCE_OVER,) for line in chunk})
    present = {line[0]: line for line in _lines_now(session, actor, [line[0] for line in chunk])}
    same = [line for line in chunk if present.get(line[0]) == line]
    told = Act(actor, now, calendar_of(session, actor.district_id), None, {"list": public_id(act.id)})
    report = take(session, PaymentItemFlow.approve, [Wanted(line[0], line[1]) for line in same], told)
    held = {line[0]: (CHANGED,) for line in chunk if line not in same} | report.held
    held |= dict.fromkeys(report.absent, (CHANGED,))
    return _words(held)


def _words(held: Mapping[int, Iterable[Reason]]) -> dict[str, Any]:
    return {str(i): [[r.code, r.text.msgid, dict(r.text.params)] for r in reasons] for i, reasons in held.items()}
