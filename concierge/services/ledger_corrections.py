"""Correcting the ledger (product: correction ledger): a payment that was spent from the wrong budget line.

Nothing written is changed. Compensating entries take the sum off the one line and charge it to the other, with a
reason and a second person; entries and correction name each other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import LINE_SHORT, NOT_YOUR_ROLE, SAME_PERSON
from concierge.engine.run import Act
from concierge.models.budget import BudgetLine, LedgerCorrection
from concierge.models.clawback import Clawback
from concierge.models.payment import PaymentItem, Posting
from concierge.models.scope import visible_cases
from concierge.rules.purses import WAYS, Movement, Purse
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.ledger import held_by, shift
from concierge.services.payments import check_line
from concierge.services.repeats import once

PROPOSED, CONFIRMED, REFUSED = "proposed", "confirmed", "refused"
PAID = ("success", "closed")
NOT_PAID = Reason("not_paid", _("only what was paid out is corrected; before that another line is named"))
SAME_LINE = Reason("same_line", _("it is charged to this line already"), "line")
LINE_CLOSED = Reason("line_closed", _("the year of this budget line is closed"))
WAITS = Reason("already_proposed", _("another correction of this payment waits for its second person"))
CAME_BACK = Reason("came_back", _("a part of it has come back already; it stays on its line"))


def propose_correction(
    session: Session, *, actor: Actor, now: datetime, item_id: int, line_id: int, reason: str, key: str | None = None
) -> int:
    """Propose to charge a paid item to another line of the year; nothing moves yet. Raises NotFound, Invalid, Refusal
    with all reasons when the line does not fit."""
    if not reason.strip():
        raise Invalid.because("required", _("Say what was wrong."), "reason")
    body = {"item": item_id, "line": line_id, "reason": reason.strip()}
    with once(session, actor, now, "propose-correction", key, body) as told:
        if told.id:
            return told.id
        act = Act(actor, now, calendar_of(session, actor.district_id), reason.strip())
        item = _item(session, actor, item_id, Role.FINANCE_MAKER)
        if _waits(session, item_id):
            raise Refusal(WAITS)
        _may_move(session, item, line_id, act)
        entry = _original(session, item)
        spent = held_by(session, [item_id], Purse.SPENT)[item_id]
        made = {"made_by": actor.account_id, "made_by_key": actor.person_key, "confirmed_by": None}
        row = {"kind": PROPOSED, "item_id": item_id, "from_line_id": item.budget_line_id, "to_line_id": line_id}
        row |= {"amount_fen": spent, "reason": reason.strip(), "entry_id": entry.entry_id}
        told.id = _write(session, act, row | made | dict.fromkeys(("proposal_id", "out_entry_id", "in_entry_id")))
    return told.id


def answer_correction(
    session: Session, *, actor: Actor, now: datetime, proposal_id: int, accept: bool, key: str | None = None
) -> None:
    """The second person's answer; a confirmed correction is posted at once.

    Raises NotFound, and Refusal for the proposer, an answered proposal, a line that cannot carry the sum, or when the
    item has moved on since.
    """
    with once(session, actor, now, "answer-correction", key, {"proposal": proposal_id, "accept": accept}) as told:
        if told.id:
            return
        proposal = session.execute(
            select(LedgerCorrection).where(LedgerCorrection.id == proposal_id, LedgerCorrection.kind == PROPOSED)
        ).scalar_one_or_none()
        if proposal is None:
            raise NotFound()
        # The lines are locked first, in the order of their ids, so that two answers come one after the other.
        both = select(BudgetLine.id).where(BudgetLine.id.in_((proposal.from_line_id, proposal.to_line_id)))
        session.execute(both.order_by(BudgetLine.id).with_for_update())
        item = _item(session, actor, proposal.item_id, Role.FINANCE_CHECKER)
        if proposal.made_by_key in actor.person_keys:
            raise Refusal(SAME_PERSON)
        answered = select(LedgerCorrection.id).where(LedgerCorrection.proposal_id == proposal_id)
        if session.execute(answered).first() is not None:
            raise Refusal(Reason("already_answered", _("this proposal has been answered already")))
        act = Act(actor, now, calendar_of(session, actor.district_id), proposal.reason)
        entries = _post(session, proposal, item, act) if accept else {"out_entry_id": None, "in_entry_id": None}
        same = ("item_id", "from_line_id", "to_line_id", "amount_fen", "reason", "entry_id", "made_by", "made_by_key")
        row: dict[str, Any] = {name: getattr(proposal, name) for name in same}
        row |= {"kind": CONFIRMED if accept else REFUSED, "confirmed_by": actor.account_id, "proposal_id": proposal_id}
        _write(session, act, row | entries)
        told.id = proposal_id


def _item(session: Session, actor: Actor, item_id: int, role: Role) -> Any:
    names = ("id", "state", "budget_line_id", "paying_unit_id", "expert_id")
    wanted = select(*(getattr(PaymentItem, name) for name in names))
    item = session.execute(wanted.where(PaymentItem.id == item_id, visible_cases(actor))).first()
    if item is None:
        raise NotFound()
    if item.paying_unit_id not in actor.units(role):
        raise Refusal(NOT_YOUR_ROLE)
    return item


def _waits(session: Session, item_id: int) -> bool:
    answer = aliased(LedgerCorrection)
    open_ = select(LedgerCorrection.id).where(LedgerCorrection.item_id == item_id, LedgerCorrection.kind == PROPOSED)
    answered = select(answer.id).where(answer.proposal_id == LedgerCorrection.id).exists()
    return session.execute(open_.where(~answered)).first() is not None


def _may_move(session: Session, item: Any, line_id: int, act: Act) -> None:
    reasons = []
    if item.state not in PAID or not held_by(session, [item.id], Purse.SPENT):
        reasons.append(NOT_PAID)
    if line_id == item.budget_line_id:
        reasons.append(SAME_LINE)
    closed = select(BudgetLine.id).where(
        BudgetLine.id.in_((line_id, item.budget_line_id)), BudgetLine.closed_at.is_not(None)
    )
    if session.execute(closed).first() is not None:
        reasons.append(LINE_CLOSED)
    back = select(Posting.id).join(Clawback, Clawback.id == Posting.case_id)
    taken = (Posting.person_id == item.expert_id, Posting.budget_line_id == item.budget_line_id)
    if session.execute(back.where(*taken, Posting.account == Purse.SPENT.value).limit(1)).first() is not None:
        reasons.append(CAME_BACK)
    if reasons:
        raise Refusal(*reasons)
    check_line(session, line_id, [item.id], act)


def _original(session: Session, item: Any) -> Any:
    """The last posting that charged the item to its present line."""
    p = Posting
    charged = (p.case_id == item.id, p.budget_line_id == item.budget_line_id, p.account == Purse.SPENT.value)
    return session.execute(select(p).where(*charged, p.amount_fen > 0).order_by(p.id.desc()).limit(1)).scalar_one()


def _post(session: Session, proposal: LedgerCorrection, item: Any, act: Act) -> dict[str, int]:
    """Off the one line, onto the other: two balanced entries; the line that cannot carry it refuses all."""
    fen, original = proposal.amount_fen, _original(session, item)
    _may_move(session, item, proposal.to_line_id, act)
    if item.budget_line_id != proposal.from_line_id or held_by(session, [item.id], Purse.SPENT) != {item.id: fen}:
        raise Refusal(Reason("moved_on", _("the payment has changed since; propose it anew")))
    free = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    carries = select(BudgetLine.id).where(BudgetLine.id == proposal.to_line_id, free >= fen)
    if session.execute(carries).first() is None:
        raise Refusal(LINE_SHORT)
    earlier = select(func.count(Posting.id)).where(Posting.case_id == item.id, Posting.act.startswith("correct_out."))
    nth = int(session.execute(earlier).scalar_one()) // 2 + 1
    out, into = new_id(), new_id()
    ways = (
        (out, Movement.CORRECT_OUT, proposal.from_line_id, original.id),
        (into, Movement.CORRECT_IN, proposal.to_line_id, out),
    )
    for entry, movement, line, reverses in ways:
        source, target = WAYS[movement]
        same = ("district_id", "case_id", "person_id", "household_id", "policy_group", "period", "year")
        row = {name: getattr(original, name) for name in same} | {"entry_id": entry, "act": f"{movement.value}.{nth}"}
        row |= {"budget_line_id": line, "reverses_id": reverses, "actor_id": act.actor.account_id, "at": act.now}
        minus = row | {"id": entry, "account": source.value, "amount_fen": -fen}
        session.execute(insert(Posting), [minus, row | {"id": new_id(), "account": target.value, "amount_fen": fen}])
        shift(session, {line: fen}, source, target)
    charged = update(PaymentItem).where(PaymentItem.id == item.id).values(budget_line_id=proposal.to_line_id)
    session.execute(charged.execution_options(synchronize_session=False))
    return {"out_entry_id": out, "in_entry_id": into}


def _write(session: Session, act: Act, row: dict[str, Any]) -> int:
    correction_id = new_id()
    own = {"id": correction_id, "district_id": act.actor.district_id, "at": act.now}
    session.execute(insert(LedgerCorrection), [own | row])
    told = {"correction": row["kind"], "amount_fen": row["amount_fen"], "reason": row["reason"][:500]}
    record(
        session, act=f"{row['kind']}-ledger-correction", actor=act.actor, now=act.now, subject_kind="payment_item",
        subject_id=row["item_id"], data=told,
    )  # fmt: skip
    return correction_id
