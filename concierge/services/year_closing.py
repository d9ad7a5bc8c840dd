"""The closing of a budget year: what is approved and unpaid goes over, what is left on the lines is taken back.

Proposed by one person, done by another. A claim keeps the year it is entitled to; its payment takes a line of the new
year (domain §3.2). Lines are locked first, in the order of their ids, so that a payment approved at the same moment is
either carried over with the others or refused for want of money.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import NOT_YOUR_ROLE, SAME_PERSON
from concierge.engine.run import Act
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, BudgetMovement, YearClosing
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem
from concierge.rules.roles import Role
from concierge.services.calendars import calendar_of
from concierge.services.leases import insert_into
from concierge.services.ledger import Movement, post, reserved_among
from concierge.services.payments import claims_of
from concierge.services.repeats import once
from concierge.services.steps import Taking, after, follow
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.payment import PaymentItemFlow

TAKEN_BACK = "taken_back"
FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER, Role.FINANCE_PAYER)
FROM_MONTH = 12
"""The year is closed from December on; before that payments still go out."""
_CLAIM = aliased(Claim, flat=True)


def propose_closing(
    session: Session, *, actor: Actor, now: datetime, unit_id: int, year: int, basis: str, key: str | None = None
) -> int:
    """Propose to close a unit's budget year, with the notice it is based on; nothing moves yet. Returns its id.

    Raises Invalid without a basis or before December, Refusal for another unit's year or one proposed already.
    """
    body = {"unit": unit_id, "year": year, "basis": basis.strip()}
    with once(session, actor, now, "propose-year-closing", key, body) as told:
        if told.id:
            return told.id
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        if unit_id not in actor.units(Role.FINANCE_MAKER):
            raise Refusal(NOT_YOUR_ROLE)
        if not basis.strip():
            raise Invalid(Reason("basis_missing", _("Name the document this is based on."), "basis"))
        if (today.year, today.month) < (year, FROM_MONTH):
            raise Invalid(Reason("too_early", _("A budget year is closed from December on."), "year"))
        if not _lines(session, unit_id, year):
            raise Invalid(Reason("no_lines", _("This year has no budget line that is open."), "year"))
        told.id = new_id()
        closing: dict[str, Any] = {"id": told.id, "district_id": actor.district_id, "unit_id": unit_id, "year": year}
        closing |= {"basis": basis.strip(), "made_by": actor.account_id, "made_at": now}
        made = insert_into(session, YearClosing).values(closing).on_conflict_do_nothing().returning(YearClosing.id)
        if session.execute(made).first() is None:
            raise Refusal(Reason("already_proposed", _("the closing of this year has been proposed already")))
        _record(session, "propose-year-closing", actor, now, told.id, {"year": year})
    return told.id


def close_year(
    session: Session, *, actor: Actor, now: datetime, closing_id: int, key: str | None = None
) -> YearClosing:
    """The second person closes the year. Raises Refusal for the proposer, for a closed year, and while payments are
    in a batch that has not been sent; NotFound."""
    with once(session, actor, now, "close-year", key, {"closing": closing_id}) as told:
        closing = _proposed(session, actor, closing_id)
        if told.id:
            return closing
        _may_close(session, actor, closing)
        act = Act(actor, now, calendar_of(session, actor.district_id), closing.basis)
        lines = _lines(session, closing.unit_id, closing.year, lock=True)
        carried = _carry_over(session, lines, closing.year, act)
        back = _take_back(session, lines, act, basis=closing.basis, made_by=closing.made_by)
        closed = update(BudgetLine).where(among(BudgetLine.id, lines)).values(closed_at=now)
        session.execute(closed.execution_options(synchronize_session=False))
        closing.closed_by, closing.closed_at = actor.account_id, now
        closing.carried, closing.carried_fen, closing.taken_back_fen = *carried, back
        moved = {"year": closing.year, "carried": carried[0], "carried_fen": carried[1], "taken_back_fen": back}
        _record(session, "close-year", actor, now, closing_id, moved)
        told.id = closing_id
    return closing


def refuse_closing(session: Session, *, actor: Actor, now: datetime, closing_id: int, key: str | None = None) -> None:
    """The second person says no: the proposal is gone but for its line in the audit, and another one may be made.

    Raises Refusal for the proposer and for a closed year, and NotFound.
    """
    with once(session, actor, now, "refuse-year-closing", key, {"closing": closing_id}) as told:
        if told.id:
            return
        closing = _proposed(session, actor, closing_id)
        _may_close(session, actor, closing)
        said = {"year": closing.year, "basis": closing.basis[:500]}
        session.execute(delete(YearClosing).where(YearClosing.id == closing_id))
        _record(session, "refuse-year-closing", actor, now, closing_id, said)
        told.id = closing_id


def _proposed(session: Session, actor: Actor, closing_id: int) -> YearClosing:
    wanted = select(YearClosing).where(YearClosing.id == closing_id).with_for_update()
    closing = session.execute(wanted).scalar_one_or_none()
    if closing is None or closing.unit_id not in actor.units(*FINANCE):
        raise NotFound()
    return closing


def _lines(session: Session, unit_id: int, year: int, *, lock: bool = False) -> list[int]:
    wanted = select(BudgetLine.id).where(
        BudgetLine.unit_id == unit_id, BudgetLine.year == year, BudgetLine.closed_at.is_(None)
    )
    wanted = wanted.order_by(BudgetLine.id)
    return list(session.execute(wanted.with_for_update() if lock else wanted).scalars())


def _may_close(session: Session, actor: Actor, closing: YearClosing) -> None:
    if closing.unit_id not in actor.units(Role.FINANCE_CHECKER):
        raise Refusal(NOT_YOUR_ROLE)
    maker = session.execute(select(Account.person_key).where(Account.id == closing.made_by)).scalar_one_or_none()
    if closing.made_by == actor.account_id or maker in actor.person_keys:
        raise Refusal(SAME_PERSON)
    if closing.closed_at is not None:
        raise Refusal(Reason("already_closed", _("this year has been closed already")))


def _carry_over(session: Session, lines: Sequence[int], year: int, act: Act) -> tuple[int, int]:
    """Everything on these lines that is not at the bank yet waits for a line of the new year: how many, how much."""
    rows = session.execute(
        select(PaymentItem.id, PaymentItem.state, PaymentItem.amount_fen)
        .where(
            among(PaymentItem.budget_line_id, lines),
            PaymentItem.state.in_(("pending", "held", "approved", "batched")),
        )
        .order_by(PaymentItem.id)
    ).all()
    in_batches = sum(row.state == "batched" for row in rows)
    if in_batches:
        text = _("%(n)s payments are in batches that have not been sent; send or dissolve these first", n=in_batches)
        raise Refusal(Reason("batches_unsent", text))
    ids = [row.id for row in rows if row.state != "held"]
    follow(session, PaymentItemFlow.carry_over, ids, act, data={"year": year})
    values = {"budget_line_id": None, "carried_from": year}
    over = update(PaymentItem).where(among(PaymentItem.id, [row.id for row in rows])).values(**values)
    session.execute(over.execution_options(synchronize_session=False))
    claims = claims_of(session, [row.id for row in rows])
    waiting = select(_CLAIM.id).where(among(_CLAIM.id, claims), _CLAIM.state == "approved")
    follow(session, ClaimFlow.carry_over, sorted(session.execute(waiting).scalars()), act)
    return len(rows), sum(row.amount_fen for row in rows)


@after(PaymentItemFlow.carry_over)
def _set_the_reservation_free(taking: Taking, ids: list[int]) -> None:
    reserved = reserved_among(taking.session, ids)
    post(taking.session, Movement.UNRESERVE, reserved, taking.act)
    follow(taking.session, ClaimFlow.release_budget, claims_of(taking.session, reserved), taking.act)


def _take_back(session: Session, lines: Sequence[int], act: Act, *, basis: str, made_by: int) -> int:
    """What nobody reserved or spent leaves the lines, a movement for each; returns the sum (fen)."""
    left = BudgetLine.amount_fen - BudgetLine.reserved_fen - BudgetLine.spent_fen
    rows = session.execute(
        select(BudgetLine.id, left.label("fen")).where(among(BudgetLine.id, lines), left > 0).order_by(BudgetLine.id)
    ).all()
    for row in rows:
        less = update(BudgetLine).where(BudgetLine.id == row.id).values(amount_fen=BudgetLine.amount_fen - row.fen)
        session.execute(less.execution_options(synchronize_session=False))
    moved = [
        {"id": new_id(), "district_id": act.actor.district_id, "budget_line_id": row.id, "kind": TAKEN_BACK}
        | {"amount_fen": -int(row.fen), "basis": basis, "made_by": made_by, "confirmed_by": act.actor.account_id}
        | {"proposal_id": None, "from_line_id": None, "at": act.now}
        for row in rows
    ]
    if moved:
        session.execute(insert(BudgetMovement), moved)
    return sum(int(row.fen) for row in rows)


def sweep_closed(session: Session, item_ids: Sequence[int], act: Act) -> None:
    """What the bank sends back to a line of a closed year is taken back at once: nothing is issued from it again."""
    shut = (
        select(BudgetLine.id)
        .join(PaymentItem, PaymentItem.budget_line_id == BudgetLine.id)
        .where(among(PaymentItem.id, item_ids), BudgetLine.closed_at.is_not(None))
        .distinct()
    )
    lines = sorted(session.execute(shut).scalars())
    if lines:
        year = session.execute(
            select(YearClosing.basis, YearClosing.made_by)
            .join(BudgetLine, (BudgetLine.unit_id == YearClosing.unit_id) & (BudgetLine.year == YearClosing.year))
            .where(BudgetLine.id == lines[0])
        ).one()
        _take_back(session, lines, act, basis=year.basis, made_by=year.made_by)


@after(PaymentItemFlow.take_back)
def _nothing_stays_on_a_closed_line(taking: Taking, ids: list[int]) -> None:
    sweep_closed(taking.session, ids, taking.act)


def _record(session: Session, act: str, actor: Actor, now: datetime, closing_id: int, data: dict[str, Any]) -> None:
    record(session, act=act, actor=actor, now=now, subject_kind="year_closing", subject_id=closing_id, data=data)


def taken_back_from(session: Session, line_id: int) -> int:
    """What was taken back from a closed line and not carried over to another yet (fen)."""
    m = BudgetMovement
    back = select(func.coalesce(func.sum(-m.amount_fen), 0)).where(m.budget_line_id == line_id, m.kind == TAKEN_BACK)
    over = select(func.coalesce(func.sum(m.amount_fen), 0)).where(
        m.from_line_id == line_id, m.confirmed_by.is_not(None)
    )
    return int(session.execute(back).scalar_one()) - int(session.execute(over).scalar_one())
