"""Payment items: opened for approved claims, prepared, approved, held, returned, issued again (domain §3.1, §3.2).

The claim's money states follow its item by system steps in the same transaction; money moves by postings (ledger).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from concierge.basics.clock import local_date
from concierge.basics.errors import NotFound, Reason, Refusal
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.db import among, fixed
from concierge.engine.opening import open_cases
from concierge.engine.run import Act
from concierge.models.budget import BudgetLine
from concierge.models.claim import Claim
from concierge.models.payment import PaymentItem
from concierge.models.person import BankAccount
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.voucher import Voucher
from concierge.queries.payment_checks import OTHER_YEAR
from concierge.rules.policy import PolicyKind
from concierge.rules.tax import tax_of, withheld
from concierge.services.batch_lines import forget_batch
from concierge.services.ledger import Movement, Purse, held_by, post, reserved_among
from concierge.services.payees import items_update, payee, payees_of, refresh_payees
from concierge.services.steps import Taking, after, before, follow, screen
from concierge.services.unit_payees import files_of
from concierge.workflows import guards
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.payment import PaymentItemFlow
from concierge.workflows.topics import Topic

LINE_UNKNOWN = Reason("line_unknown", _("this budget line does not exist"), "budget_line")
LIVE = ("pending", "approved", "batched", "sent", "success", "bounced", "held", "closed")
"""States of an item that stands for its claim; the others have been replaced or given up."""

# Made once: an alias of a joined table copies its columns each time.
_CLAIM, _OTHER = aliased(Claim, flat=True), aliased(PaymentItem, flat=True)


def _of_claim(column: Any) -> Any:
    wanted = select(column).where(_CLAIM.id == PaymentItem.__table__.c.claim_id)
    return wanted.correlate(PaymentItem.__table__).scalar_subquery()


_PAPERS_MISSING = case((_CLAIM.majors_open + _CLAIM.minors_open > 0, True), else_=False)
_REFRESH_FLAGS = fixed(
    update(PaymentItem)
    .where(among(PaymentItem.claim_id, name="claims"))
    .values(is_suspended=_of_claim(_CLAIM.is_suspended), papers_missing=_of_claim(_PAPERS_MISSING))
    .execution_options(synchronize_session=False)
)
KEPT_BACK = ("withheld_fen", "offset_fen", "clawback_id")
PARTIES = ("expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id")


def _to_pay() -> Any:
    """Approved claims that are paid in money and have no living item; what a provider serves, once it is settled."""
    served = Voucher.__table__
    of_the_claim = (served.c.claim_id == Claim.id) & served.c.settled_at.is_not(None)
    has_one = select(_OTHER.id).where(_OTHER.claim_id == Claim.id, _OTHER.state.in_(LIVE)).exists()
    paid = func.coalesce(served.c.used_fen, Claim.approved_fen, Claim.amount_fen)
    return (
        select(
            Claim.id,
            Claim.title_zh,
            Claim.title_en,
            paid.label("amount_fen"),
            func.coalesce(Claim.paying_unit_id, Policy.paying_unit_id).label("paying_unit_id"),
            Claim.is_suspended,
            (Claim.majors_open + Claim.minors_open > 0).label("papers_missing"),
            *(getattr(Claim, name) for name in PARTIES),
            PolicyVersion.kind.label("given_as"),
            PolicyVersion.schedule,
            served.c.provider_id,
        )
        .join(Policy, Policy.id == Claim.policy_id)
        .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
        .outerjoin(served, of_the_claim)
        .where(among(Claim.id, name="claims"), Claim.is_paid, paid > 0, ~has_one)
        .where(~Claim.by_voucher | served.c.id.is_not(None))
        .order_by(Claim.id)
    )


_TO_PAY = fixed(_to_pay())


def open_items(session: Session, claim_ids: Iterable[int], act: Act) -> list[int]:
    """Open a payment item for each approved claim that is paid in money and has none; returns the new ids.

    The payee comes from the person's settled account, or from that of the unit that is paid: his employer, or the
    provider of a service; without one the item waits, blocked. What the policy's tax treatment withholds is kept
    back. The budget line stays unnamed until a finance preparer names it. Runs in the caller's transaction.
    """
    rows = session.execute(_TO_PAY, {"claims": list(claim_ids)}).all()
    to_units = {row.id: row.employer_id for row in rows if row.given_as == PolicyKind.TO_EMPLOYER and row.employer_id}
    to_units |= {row.id: row.provider_id for row in rows if row.provider_id}
    files = files_of(session, act.actor, set(to_units.values())) if to_units else {}
    whose = {row.id: files[to_units[row.id]] if row.id in to_units else row.expert_id for row in rows}
    payees = payees_of(session, whose.values())
    made = [
        _item(
            row,
            payees.get(whose[row.id], {}),
            amount_fen=row.amount_fen,
            withheld_fen=0 if row.provider_id else withheld(tax_of(row.schedule), row.amount_fen),
            payee_id=files.get(to_units.get(row.id, 0)),
        )
        for row in rows
    ]
    return open_cases(session, PaymentItemFlow, made, act, tell=Topic.PAYMENT_PENDING)


def _item(claim: Any, payee: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = ("title_zh", "title_en", "paying_unit_id", "is_suspended", "papers_missing", *PARTIES)
    nobody = {"bank_account_id": None, "payee_name": "", "account_last4": "", "bank_name": "", "account_settled": False}
    nobody["payable_at"] = None
    return {name: getattr(claim, name) for name in names} | {"claim_id": claim.id} | nobody | payee | more


def claims_of(session: Session, item_ids: Sequence[int]) -> list[int]:
    """The claims behind these items."""
    rows = session.execute(select(PaymentItem.claim_id).where(among(PaymentItem.id, item_ids)))
    return sorted(set(rows.scalars()))


def refresh_flags(session: Session, claim_ids: Iterable[int]) -> None:
    """Copy what stops a payment from claims to their items: a suspension, papers missing or not verified."""
    session.execute(_REFRESH_FLAGS, {"claims": list(claim_ids)})


@before(PaymentItemFlow.prepare)
def _name_the_line(taking: Taking, ids: list[int]) -> None:
    try:
        line_id = parse_id(taking.data["budget_line"])
    except NotFound:
        raise Refusal(LINE_UNKNOWN) from None
    check_line(taking.session, line_id, ids, taking.act)
    taking.session.execute(items_update(ids).values(budget_line_id=line_id))


def check_line(session: Session, line_id: int, item_ids: Sequence[int], act: Act) -> None:
    """Refuse a line of another year, of another paying unit, or for other policies than the items'."""
    line = session.execute(
        select(BudgetLine.year, BudgetLine.unit_id, BudgetLine.policy_groups).where(BudgetLine.id == line_id)
    ).first()
    if line is None:
        raise Refusal(LINE_UNKNOWN)
    found = session.execute(
        select(PaymentItem.paying_unit_id, Policy.group)
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .join(Policy, Policy.id == _CLAIM.policy_id)
        .where(among(PaymentItem.id, item_ids))
        .distinct()
    ).all()
    reasons = []
    if line.year != fiscal_year(act):
        reasons.append(OTHER_YEAR)
    if any(row.paying_unit_id != line.unit_id for row in found):
        reasons.append(Reason("line_of_other_unit", _("the budget line belongs to another paying unit"), "budget_line"))
    if line.policy_groups and any(row.group not in line.policy_groups for row in found):
        reasons.append(Reason("line_for_other_policy", _("the budget line is for other policies"), "budget_line"))
    if reasons:
        raise Refusal(*reasons)


def fiscal_year(act: Act) -> int:
    """The budget year of an act: the calendar year of the business date (domain §6.3)."""
    return local_date(act.now, act.calendar.zone).year


@screen(PaymentItemFlow.approve)
def _only_this_year(taking: Taking, ids: list[int]) -> dict[int, Reason]:
    """A line of a past year pays nothing any more; the preparer names one of this year (domain §3.2)."""
    late = (
        select(PaymentItem.id)
        .join(BudgetLine, BudgetLine.id == PaymentItem.budget_line_id)
        .where(
            among(PaymentItem.id, ids),
            among(PaymentItem.paying_unit_id, taking.act.actor.units()),
            BudgetLine.year != fiscal_year(taking.act),
        )
    )
    return dict.fromkeys(taking.session.execute(late).scalars(), OTHER_YEAR)


@after(PaymentItemFlow.approve)
def _reserve(taking: Taking, ids: list[int]) -> None:
    post(taking.session, Movement.RESERVE, ids, taking.act)
    follow(taking.session, ClaimFlow.reserve_budget, claims_of(taking.session, ids), taking.act)


@after(PaymentItemFlow.hold, PaymentItemFlow.fall_out)
def _release_what_was_reserved(taking: Taking, ids: list[int]) -> None:
    """An item that is held keeps no money from others; its claim goes back to waiting for finance."""
    session = taking.session
    reserved = reserved_among(session, ids)
    if not reserved:
        return
    post(session, Movement.UNRESERVE, reserved, taking.act)
    claims = claims_of(session, reserved)
    in_batch = session.execute(select(Claim.id).where(among(Claim.id, claims), Claim.state == "paying")).scalars()
    left = sorted(in_batch)
    if left:
        forget_batch(session, reserved)
        follow(session, ClaimFlow.leave_batch, left, taking.act)
    follow(session, ClaimFlow.release_budget, claims, taking.act)


@before(PaymentItemFlow.release)
def _look_at_the_account_again(taking: Taking, ids: list[int]) -> None:
    refresh_payees(taking.session, ids)


@after(PaymentItemFlow.send_back)
def _back_to_the_office(taking: Taking, ids: list[int]) -> None:
    follow(taking.session, ClaimFlow.finance_return, claims_of(taking.session, ids), taking.act)


@before(PaymentItemFlow.reissue)
def _only_to_a_settled_account(taking: Taking, ids: list[int]) -> None:
    settled = select(BankAccount.id).where(BankAccount.person_id == payee(), BankAccount.state == "settled")
    bare = select(PaymentItem.id).where(among(PaymentItem.id, ids), ~settled.exists()).limit(1)
    if taking.session.execute(bare).first() is not None:
        raise Refusal(Reason(guards.account_settled.code, guards.account_settled.text))


@after(PaymentItemFlow.reissue)
def _issue_again(taking: Taking, ids: list[int]) -> None:
    """A new linked item with the account of today; the old one is never edited."""
    whole = select(PaymentItem.id, PaymentItem.amount_fen).where(among(PaymentItem.id, ids))
    issue_rest(taking.session, dict(taking.session.execute(whole).tuples().all()), taking.act, whole=True)


def issue_rest(session: Session, sums: Mapping[int, int], act: Act, *, whole: bool = False) -> None:
    """Open a new linked item for what did not arrive of each item (fen by item); its claim waits for finance again.

    A `whole` one keeps what was kept back of the old, as tax or against a clawback; a rest brings the tax on it along,
    so that gross, withheld and net of all lines come to what was granted. The budget line is named anew:
    after a year's closing only a line of the new year is taken (domain §3.2).
    """
    names = ("title_zh", "title_en", "paying_unit_id", "is_suspended", "papers_missing", *PARTIES, *KEPT_BACK)
    old = session.execute(
        select(PaymentItem.id.label("old_id"), PaymentItem.claim_id.label("id"))
        .add_columns(*(getattr(PaymentItem, name) for name in names), PaymentItem.payee_id, payee().label("paid"))
        .add_columns(PaymentItem.tax_back_fen)
        .where(among(PaymentItem.id, sums))
        .order_by(PaymentItem.id)
    ).all()
    payees = payees_of(session, [row.paid for row in old])
    made = [
        _item(
            row,
            payees.get(row.paid, {}) | _kept_back(row, whole=whole),
            reissue_of_id=row.old_id,
            payee_id=row.payee_id,
            amount_fen=sums[row.old_id] + (0 if whole else row.tax_back_fen),
        )
        for row in old
    ]
    open_cases(session, PaymentItemFlow, made, act, tell=Topic.PAYMENT_PENDING)
    follow(session, ClaimFlow.reissue, [row.id for row in old], act)


def _kept_back(old: Any, *, whole: bool) -> dict[str, Any]:
    """What is kept back of an item issued again: what was kept of the old, or the tax that came back with its rest."""
    if whole:
        return {name: getattr(old, name) for name in KEPT_BACK}
    return {"withheld_fen": old.tax_back_fen, "offset_fen": 0, "clawback_id": None}


@after(PaymentItemFlow.give_up)
def _give_the_claim_up(taking: Taking, ids: list[int]) -> None:
    follow(taking.session, ClaimFlow.cancel, claims_of(taking.session, ids), taking.act)


@after(PaymentItemFlow.take_back)
def _back_to_the_treasury(taking: Taking, ids: list[int]) -> None:
    spent = held_by(taking.session, ids, Purse.SPENT)
    post(taking.session, Movement.RETURN, sorted(spent), taking.act, parts=spent)


@after(ClaimFlow.cancel)
def _nothing_is_paid_for_a_cancelled_claim(taking: Taking, ids: list[int]) -> None:
    rows = taking.session.execute(
        select(PaymentItem.id).where(
            among(PaymentItem.claim_id, ids), PaymentItem.state.in_(("pending", "held", "bounced"))
        )
    )
    follow(taking.session, PaymentItemFlow.fall_away, list(rows.scalars()), taking.act)
