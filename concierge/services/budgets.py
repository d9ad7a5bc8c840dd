"""Budget lines: opened, given money and adjusted by two persons, each movement with its basis (domain §3.2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.ids import new_id, public_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.judge import NOT_YOUR_ROLE, SAME_PERSON
from concierge.engine.run import Report, Wanted
from concierge.models.account import Account
from concierge.models.budget import BudgetLine, BudgetMovement
from concierge.queries.proposals import proposed_lines
from concierge.rules.roles import Role
from concierge.services.leases import insert_into
from concierge.services.repeats import once
from concierge.services.steps import take_steps
from concierge.services.year_closing import taken_back_from
from concierge.workflows.payment import PaymentItemFlow

APPROPRIATION, ADJUSTMENT, CARRY_OVER, REFUSED = "appropriation", "adjustment", "carry_over", "refused"
KINDS = (APPROPRIATION, ADJUSTMENT, CARRY_OVER)
CLOSED = Reason("line_closed", _("the year of this budget line is closed"))


def add_line(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    year: int,
    number: str,
    name_zh: str,
    unit_id: int,
    name_en: str = "",
    document: str = "",
    function_class: str = "",
    economic_class: str = "",
    policy_groups: Sequence[str] = (),
    key: str | None = None,
) -> int:
    """Open a budget line without money; its money comes by a movement that a second person confirms.

    An empty list of policy groups means any policy of the unit. Raises Refusal for another unit's line and for a
    number that the year already has.
    """
    if not number.strip() or not name_zh.strip():
        field = "number" if not number.strip() else "name_zh"
        raise Invalid(Reason("required", _("A budget line has a number and a name."), field))
    body = {"year": year, "number": number.strip(), "unit": unit_id}
    with once(session, actor, now, "open-budget-line", key, body) as told:
        if told.id:
            return told.id
        if unit_id not in actor.units(Role.FINANCE_MAKER):
            raise Refusal(NOT_YOUR_ROLE)
        told.id = new_id()
        row: dict[str, Any] = {"id": told.id, "district_id": actor.district_id, "year": year, "number": number.strip()}
        row |= {"name_zh": name_zh.strip(), "name_en": name_en.strip(), "document": document.strip()}
        row |= {"function_class": function_class.strip(), "economic_class": economic_class.strip()}
        row |= {"unit_id": unit_id, "policy_groups": list(policy_groups), "amount_fen": 0}
        made = insert_into(session, BudgetLine).values(row).on_conflict_do_nothing().returning(BudgetLine.id)
        if session.execute(made).first() is None:
            raise Invalid(Reason("line_exists", _("This year already has a budget line with this number."), "number"))
        record(session, act="open-budget-line", actor=actor, now=now, subject_kind="budget_line", subject_id=told.id)
    return told.id


def propose_movement(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    line_id: int,
    kind: str,
    amount_fen: int,
    basis: str,
    from_line_id: int | None = None,
    key: str | None = None,
) -> int:
    """Propose an appropriation (positive), an adjustment (either sign) or a carry-over (结转) from a closed line.

    Amounts in fen, each with its basis; nothing moves yet. Raises Invalid for a missing basis, an amount of nothing
    or more than was taken back from the closed line, Refusal for another unit's line or a closed one.
    """
    if kind not in KINDS or amount_fen == 0 or (kind != ADJUSTMENT and amount_fen < 0):
        raise Invalid(Reason("movement_amount", _("An appropriation adds money; an adjustment is not zero."), "amount"))
    if not basis.strip():
        raise Invalid(Reason("basis_missing", _("Name the document this is based on."), "basis"))
    movement: dict[str, Any] = {"kind": kind, "amount_fen": amount_fen, "basis": basis.strip()}
    movement["from_line_id"] = from_line_id if kind == CARRY_OVER else None
    with once(session, actor, now, "propose-movement", key, movement | {"line": line_id}) as told:
        if told.id:
            return told.id
        _line(session, line_id, actor, Role.FINANCE_MAKER)
        if kind == CARRY_OVER:
            _was_taken_back(session, actor, from_line_id, amount_fen)
        told.id = _write(session, actor, now, line_id, movement)
        record(
            session,
            act=f"propose-{kind}",
            actor=actor,
            now=now,
            subject_kind="budget_line",
            subject_id=line_id,
            data={"amount_fen": amount_fen},
        )
    return told.id


def _line(session: Session, line_id: int, actor: Actor, role: Role) -> None:
    line = session.execute(select(BudgetLine.unit_id, BudgetLine.closed_at).where(BudgetLine.id == line_id)).first()
    if line is None:
        raise NotFound()
    if line.unit_id not in actor.units(role):
        raise Refusal(NOT_YOUR_ROLE)
    if line.closed_at is not None:
        raise Refusal(CLOSED)


def _was_taken_back(session: Session, actor: Actor, line_id: int | None, fen: int) -> None:
    """A carry-over gives no more than the closing of the old line took, and stays within the unit.

    The old line is locked, so that two carry-overs to different lines do not both count on the same rest.
    """
    old = select(BudgetLine.unit_id).where(BudgetLine.id == line_id).with_for_update()
    unit = session.execute(old).scalar_one_or_none()
    if unit is None or unit not in actor.units(Role.FINANCE_MAKER, Role.FINANCE_CHECKER):
        raise Invalid(Reason("line_unknown", _("Choose the closed line the money comes from."), "from_line"))
    left = taken_back_from(session, line_id or 0)
    if fen > left:
        text = _("No more can be carried over than was taken back and is left: %(sum)s.", sum=money(left))
        raise Invalid(Reason("more_than_taken_back", text, "amount"))


def _write(session: Session, actor: Actor, now: datetime, line_id: int, movement: dict[str, Any]) -> int:
    movement_id = new_id()
    made = {"id": movement_id, "district_id": actor.district_id, "budget_line_id": line_id, "at": now}
    made |= {"made_by": actor.account_id, "confirmed_by": None, "proposal_id": None}
    session.execute(insert(BudgetMovement), [made | movement])
    return movement_id


def confirm_movement(
    session: Session, *, actor: Actor, now: datetime, proposal_id: int, key: str | None = None
) -> None:
    """The second person confirms: the line's amount moves. Raises Refusal for the proposer himself, for an answered
    proposal, and when less would be left than is reserved and spent."""
    with once(session, actor, now, "confirm-movement", key, {"proposal": proposal_id}) as told:
        if told.id:
            return
        proposal = _open_proposal(session, actor, proposal_id)
        told.id, fen = proposal_id, proposal.amount_fen
        if proposal.kind == CARRY_OVER:
            _was_taken_back(session, actor, proposal.from_line_id, fen)
        moved = session.execute(
            update(BudgetLine)
            .where(
                BudgetLine.id == proposal.budget_line_id,
                BudgetLine.amount_fen + fen >= BudgetLine.reserved_fen + BudgetLine.spent_fen,
            )
            .values(amount_fen=BudgetLine.amount_fen + fen)
            .returning(BudgetLine.id)
        ).first()
        if moved is None:
            raise Refusal(Reason("line_would_be_short", _("more than is left is already reserved or spent")))
        _answer(session, actor, now, proposal, proposal.kind, fen)


def refuse_movement(session: Session, *, actor: Actor, now: datetime, proposal_id: int, key: str | None = None) -> None:
    """The second person says no; the proposal stays in the book, answered."""
    with once(session, actor, now, "refuse-movement", key, {"proposal": proposal_id}) as told:
        if not told.id:
            _answer(session, actor, now, _open_proposal(session, actor, proposal_id), REFUSED, 0)
            told.id = proposal_id


def _open_proposal(session: Session, actor: Actor, proposal_id: int) -> BudgetMovement:
    proposal = session.execute(
        select(BudgetMovement).where(BudgetMovement.id == proposal_id, BudgetMovement.confirmed_by.is_(None))
    ).scalar_one_or_none()
    if proposal is None:
        raise NotFound()
    # The line is locked first, so that two answers come one after the other.
    session.execute(select(BudgetLine.id).where(BudgetLine.id == proposal.budget_line_id).with_for_update())
    _line(session, proposal.budget_line_id, actor, Role.FINANCE_CHECKER)
    maker = session.execute(select(Account.person_key).where(Account.id == proposal.made_by)).scalar_one_or_none()
    if proposal.made_by == actor.account_id or maker in actor.person_keys:
        raise Refusal(SAME_PERSON)
    answered = select(BudgetMovement.id).where(BudgetMovement.proposal_id == proposal_id)
    if session.execute(answered).first() is not None:
        raise Refusal(Reason("already_answered", _("this proposal has been answered already")))
    return proposal


def _answer(session: Session, actor: Actor, now: datetime, proposal: BudgetMovement, kind: str, fen: int) -> None:
    own: dict[str, Any] = {"made_by": proposal.made_by, "confirmed_by": actor.account_id, "proposal_id": proposal.id}
    movement = own | {"kind": kind, "amount_fen": fen, "basis": proposal.basis, "from_line_id": proposal.from_line_id}
    _write(session, actor, now, proposal.budget_line_id, movement)
    record(
        session,
        act=f"confirm-{kind}" if kind != REFUSED else "refuse-movement",
        actor=actor,
        now=now,
        subject_kind="budget_line",
        subject_id=proposal.budget_line_id,
        data={"amount_fen": proposal.amount_fen},
    )


def prepare_proposed(
    session: Session, *, actor: Actor, now: datetime, wanted: Iterable[Wanted], key: str | None = None
) -> Report:
    """Name for each item the line that fits it best: of its paying unit and year, for its policy group.

    Items for which no line fits are held. One transaction for each line.
    """
    asked = {w.id: w for w in wanted}
    with transaction(session):
        proposed = proposed_lines(session, asked, now)
    report = Report(PaymentItemFlow.prepare.name)
    none = Reason("no_line_fits", _("no budget line of this year fits"))
    report.held |= {i: (none,) for i in asked if i not in proposed}
    for line_id in sorted(set(proposed.values())):
        group = [asked[i] for i, line in sorted(proposed.items()) if line == line_id]
        given = {"budget_line": public_id(line_id)}
        one_key = f"{key}.{public_id(line_id)}" if key else None
        step = PaymentItemFlow.prepare
        report.extend(take_steps(session, actor=actor, now=now, step=step, wanted=group, given=given, key=one_key))
    return report
