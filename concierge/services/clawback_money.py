"""The money of clawbacks: what a person owes, what came back, what is kept from his next payment, what is written off.

A debt stands on its own accounts beside the budget line's. What comes back goes to the lines that paid it, the newest
payment first; to a line of a closed year it only passes through (year_closing).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.errors import Invalid, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.run import Act
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.clawback import Clawback, ClawbackInstalment, Recovery
from concierge.models.payment import PaymentItem, Posting
from concierge.rules.clawback import instalments
from concierge.rules.policy import add_months
from concierge.rules.purses import WAYS, Movement, Purse
from concierge.services.clawbacks import to_come, today_of, write
from concierge.services.exclusions import rule_anew
from concierge.services.kept_payments import FOR_SURE, keep, keep_no_more, kept_from_payments
from concierge.services.ledger import shift
from concierge.services.steps import Taking, after, before, follow
from concierge.services.year_closing import sweep_closed
from concierge.workflows.clawback import ClawbackFlow as Flow
from concierge.workflows.payment import PaymentItemFlow

_ITEM, _CLAIM = aliased(PaymentItem, flat=True), aliased(Claim, flat=True)


def _case(session: Session, case_id: int) -> Any:
    names = ("id", "entitlement_id", "expert_id", "decided_fen", "recovered_fen", "written_off_fen", "owed_fen")
    wanted = select(*(getattr(Clawback, n) for n in names)).where(Clawback.id == case_id)
    return session.execute(wanted.with_for_update(of=Clawback.__table__)).one()


def _payers(session: Session, entitlement_id: int) -> list[Any]:
    """The items that paid under a right, the newest first, with what has not come back of each yet (fen)."""
    back = (
        select(func.coalesce(func.sum(-Posting.amount_fen), 0))
        .join(Clawback, Clawback.id == Posting.case_id)
        .where(
            Clawback.entitlement_id == entitlement_id,
            Posting.budget_line_id == BudgetLine.id,
            Posting.account == Purse.SPENT.value,
        )
        .correlate(BudgetLine)
        .scalar_subquery()
    )
    paid = func.sum(_ITEM.settled_fen + _ITEM.kept_fen)
    rows = (
        select(BudgetLine.id, BudgetLine.year, func.max(_ITEM.id).label("item"), (paid - back).label("fen"))
        .join(_ITEM, _ITEM.budget_line_id == BudgetLine.id)
        .join(_CLAIM, _CLAIM.id == _ITEM.claim_id)
        .where(_CLAIM.entitlement_id == entitlement_id, _ITEM.state.in_(("success", "closed")))
        .group_by(BudgetLine.id, BudgetLine.year)
        .order_by(func.max(_ITEM.id).desc())
    )
    return list(session.execute(rows).all())


def _post(session: Session, case: Any, movement: Movement, sums: Sequence[tuple[Any, int]], act: Act) -> None:
    """Post a movement of a clawback, an entry for each budget line; numbered, because it may come again."""
    source, target = WAYS[movement]
    earlier = session.execute(
        select(func.count(Posting.id)).where(Posting.case_id == case.id, Posting.act.startswith(movement.value))
    ).scalar_one()
    rows = []
    for nth, (line, fen) in enumerate(sums, int(earlier) // 2 + 1):
        entry = new_id()
        common = {"district_id": act.actor.district_id, "entry_id": entry, "case_id": case.id, "year": line.year}
        common |= {"act": f"{movement.value}.{nth}", "budget_line_id": line.id, "person_id": case.expert_id}
        common |= {"actor_id": act.actor.account_id, "at": act.now, "reverses_id": None}
        rows.append(common | {"id": entry, "account": source.value, "amount_fen": -fen})
        rows.append(common | {"id": new_id(), "account": target.value, "amount_fen": fen})
    session.execute(insert(Posting), rows)
    if movement is Movement.RECOVER:
        by_line: dict[int, int] = {}
        for line, fen in sums:
            by_line[line.id] = by_line.get(line.id, 0) + fen
        shift(session, by_line, source, target)
        sweep_closed(session, [line.item for line, _fen in sums], act)


def _newest(session: Session, case: Any) -> Any:
    return _payers(session, case.entitlement_id)[0]


def come_back(
    session: Session,
    case_id: int,
    fen: int,
    act: Act,
    *,
    serial: str,
    received_on: date,
    item_id: int | None = None,
) -> None:
    """Book money that came back (fen): the debt shrinks, the lines that paid get it, instalments are filled.

    Ends the clawback when nothing is left. What came back is deducted from no other benefit any more.
    Raises Invalid for more than is owed or a receipt booked before.
    """
    case = _case(session, case_id)
    if not 0 < fen <= case.owed_fen:
        raise _more_than(case.owed_fen)
    known = select(Recovery.id).where(Recovery.clawback_id == case_id, Recovery.serial == serial)
    if session.execute(known).first() is not None:
        raise Invalid(Reason("booked_before", _("This receipt has been booked already."), "serial"))
    row: dict[str, Any] = {"id": new_id(), "district_id": act.actor.district_id, "clawback_id": case_id}
    row |= {"amount_fen": fen, "serial": serial, "received_on": received_on, "item_id": item_id}
    session.execute(insert(Recovery), [row | {"made_by": act.actor.account_id, "at": act.now}])
    _post(session, case, Movement.REDEEM, [(_newest(session, case), fen)], act)
    _post(session, case, Movement.RECOVER, _spread(_payers(session, case.entitlement_id), fen), act)
    paid = {"recovered_fen": Clawback.recovered_fen + fen, "owed_fen": Clawback.owed_fen - fen}
    session.execute(
        update(Clawback).where(Clawback.id == case_id).values(paid), execution_options={"synchronize_session": False}
    )
    _fill_instalments(session, case_id, fen)
    rule_anew(session, [case.expert_id])


def _more_than(left: int) -> Invalid:
    text = _("No more can be received than is owed: %(sum)s.", sum=money(max(left, 0)))
    return Invalid(Reason("more_than_owed", text, "received_fen"))


def _spread(lines: Sequence[Any], fen: int) -> list[tuple[Any, int]]:
    found, left = [], fen
    for line in lines:
        part = min(left, int(line.fen))
        if part > 0:
            found.append((line, part))
            left -= part
    return found


def _fill_instalments(session: Session, case_id: int, fen: int) -> None:
    i = ClawbackInstalment
    open_ones = select(i.id, (i.amount_fen - i.paid_fen).label("left")).where(
        i.clawback_id == case_id, i.paid_fen < i.amount_fen
    )
    for row in session.execute(open_ones.order_by(i.number)).all():
        part = min(fen, row.left)
        if part > 0:
            session.execute(update(i).where(i.id == row.id).values(paid_fen=i.paid_fen + part))
            fen -= part


def _end_if_settled(session: Session, case_ids: Sequence[int], act: Act) -> None:
    done = select(Clawback.id).where(among(Clawback.id, case_ids), Clawback.owed_fen == 0)
    follow(session, Flow.complete, sorted(session.execute(done).scalars()), act)


@after(Flow.decide)
def _it_is_owed(taking: Taking, ids: list[int]) -> None:
    """The debt stands in the ledger from its decision on."""
    for case_id in ids:
        case = _case(taking.session, case_id)
        whole = [(_newest(taking.session, case), case.decided_fen)]
        _post(taking.session, case, Movement.CLAIM_BACK, whole, taking.act)


@before(Flow.judged)
def _by_the_judgment(taking: Taking, ids: list[int]) -> None:
    """A court may lower what is owed, never below what has come back."""
    fen: int = taking.data["decided_fen"]
    for case_id in ids:
        case = _case(taking.session, case_id)
        bound = case.recovered_fen + kept_from_payments(taking.session, case_id, FOR_SURE)
        if not bound <= fen <= case.decided_fen:
            text = _("The judgment lies between what has come back and what was decided.")
            raise Invalid(Reason("judgment_out_of_range", text, "decided_fen"))
        if fen < case.decided_fen:
            lower = [(_newest(taking.session, case), case.decided_fen - fen)]
            _post(taking.session, case, Movement.LOWER, lower, taking.act)
        owed = fen - case.recovered_fen
        write(taking.session, [case_id], decided_fen=fen, owed_fen=owed, basis=taking.data["basis"])
        keep_no_more(taking.session, case_id, fen - bound)


@before(Flow.withdraw)
def _no_longer_owed(taking: Taking, ids: list[int]) -> None:
    """What was decided and has not come back is owed no more."""
    for case_id in ids:
        case = _case(taking.session, case_id)
        if case.owed_fen:
            rest = [(_newest(taking.session, case), case.owed_fen)]
            _post(taking.session, case, Movement.LOWER, rest, taking.act)
            write(taking.session, [case_id], decided_fen=case.recovered_fen, owed_fen=0)


@before(Flow.receive)
def _receive(taking: Taking, ids: list[int]) -> None:
    data = taking.data
    day = date.fromisoformat(data["received_on"])
    if day > today_of(taking.act):
        raise Invalid(Reason("received_later", _("This day is still to come."), "received_on"))
    for case_id in ids:
        _leave_room(taking.session, case_id, data["received_fen"])
        come_back(
            taking.session, case_id, data["received_fen"], taking.act, serial=data["serial"], received_on=day
        )  # fmt: skip


def _leave_room(session: Session, case_id: int, fen: int) -> None:
    """What approved payments keep comes back with them; the others keep no more than is owed after this sum (fen)."""
    left = to_come(session, _case(session, case_id)) - kept_from_payments(session, case_id, FOR_SURE)
    if fen > left:
        raise _more_than(left)
    keep_no_more(session, case_id, left - fen)


@after(Flow.receive, Flow.judged)
def _is_it_all(taking: Taking, ids: list[int]) -> None:
    _end_if_settled(taking.session, ids, taking.act)


@before(Flow.plan_instalments)
def _plan(taking: Taking, ids: list[int]) -> None:
    """What is left in equal months; an earlier plan that nothing was paid under is replaced."""
    first, count = date.fromisoformat(taking.data["first_due_on"]), taking.data["count"]
    if first < today_of(taking.act):
        raise Invalid(Reason("due_in_the_past", _("This day has passed."), "first_due_on"))
    for case_id in ids:
        left = _case(taking.session, case_id).owed_fen - kept_from_payments(taking.session, case_id)
        if left < count:
            raise Refusal(Reason("nothing_to_plan", _("nothing is left for instalments")))
        rows = [
            {"id": new_id(), "district_id": taking.act.actor.district_id, "clawback_id": case_id, "number": n}
            | {"due_on": add_months(first, n - 1), "amount_fen": fen, "paid_fen": 0}
            for n, fen in enumerate(instalments(left, count), 1)
        ]
        taking.session.execute(insert(ClawbackInstalment), rows)


@before(Flow.keep_from_next)
def _keep(taking: Taking, ids: list[int]) -> None:
    """The person's payments that nobody has approved yet keep what is owed, the oldest first."""
    session = taking.session
    for case_id in ids:
        case = _case(session, case_id)
        left = to_come(session, case) - kept_from_payments(session, case_id)
        waiting = select(PaymentItem.id, PaymentItem.net_fen.label("net")).where(
            PaymentItem.expert_id == case.expert_id, PaymentItem.state == "pending", PaymentItem.clawback_id.is_(None)
        )
        rows = session.execute(waiting.order_by(PaymentItem.id).with_for_update()).all()
        if not rows or left <= 0:
            raise Refusal(Reason("no_next_payment", _("no payment of this person waits for approval")))
        for row in rows:
            fen = min(left, row.net)
            if fen > 0:
                keep(session, row.id, case_id, fen, row.net)
                left -= fen


@after(PaymentItemFlow.approve)
def _nothing_is_left_for_the_bank(taking: Taking, ids: list[int]) -> None:
    """A payment kept whole needs no bank: approved, it is spent and comes back in the same act."""
    whole = select(PaymentItem.id).where(among(PaymentItem.id, ids), PaymentItem.is_kept_whole)
    follow(taking.session, PaymentItemFlow.keep_whole, sorted(taking.session.execute(whole).scalars()), taking.act)


@after(PaymentItemFlow.keep_whole, PaymentItemFlow.succeed)
def _what_was_kept_has_come_back(taking: Taking, ids: list[int]) -> None:
    """What was kept from a payment redeems the debt when the payment is through."""
    session, today = taking.session, today_of(taking.act)
    rows = session.execute(
        select(PaymentItem.id, PaymentItem.number, PaymentItem.clawback_id, PaymentItem.offset_fen)
        .where(among(PaymentItem.id, ids), PaymentItem.offset_fen > 0)
        .order_by(PaymentItem.id)
    ).all()
    for row in rows:
        come_back(
            session, row.clawback_id, row.offset_fen, taking.act, serial=row.number, received_on=today, item_id=row.id
        )
    _end_if_settled(session, [row.clawback_id for row in rows], taking.act)


@before(Flow.write_off)
def _written_off(taking: Taking, ids: list[int]) -> None:
    """The rest is given up; it stays in the ledger as such."""
    for case_id in ids:
        case = _case(taking.session, case_id)
        if kept_from_payments(taking.session, case_id):
            raise Refusal(Reason("still_kept", _("a part is still kept from a payment under way")))
        rest = [(_newest(taking.session, case), case.owed_fen)]
        _post(taking.session, case, Movement.WRITE_OFF, rest, taking.act)
        write(taking.session, [case_id], written_off_fen=case.owed_fen, owed_fen=0)
