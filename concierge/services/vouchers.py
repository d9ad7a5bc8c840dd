"""Service vouchers: issued for approved claims, used once, and settled month by month with whoever served.

A policy says so in its schedule: {"voucher": true, "voucher_days": 120}. What the expert accepted is paid to the
provider's own file; the claim then goes the way of every payment, to approval, batch and bank.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.ids import parse_id
from concierge.basics.text import _
from concierge.db import among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.opening import open_cases
from concierge.engine.run import Act, Wanted
from concierge.models.claim import Claim
from concierge.models.district import Unit
from concierge.models.policy import Policy, PolicyVersion
from concierge.models.voucher import Voucher
from concierge.queries.choices import PROVIDERS
from concierge.queries.vouchers import month_of, to_settle
from concierge.rules.consents import ConsentTo
from concierge.rules.roles import Role
from concierge.services import payments
from concierge.services.calendars import calendar_of
from concierge.services.consents import demand
from concierge.services.people import only
from concierge.services.repeats import recall, remember
from concierge.services.steps import Taking, after, before, follow, take
from concierge.workflows.claim import ClaimFlow
from concierge.workflows.voucher import SERVED
from concierge.workflows.voucher import VoucherFlow as Flow

VALID_DAYS = 120
"""Days for which a voucher may be used where its policy does not say."""
PARTIES = ("expert_id", "subject_key", "kin_key", "specialist_id", "office_id", "employer_id")
_WANTED = fixed(
    select(Claim.id, Claim.title_zh, Claim.title_en, Claim.approved_fen, Claim.amount_fen, Claim.is_paid)
    .add_columns(*(getattr(Claim, name) for name in PARTIES), Claim.paying_unit_id)
    .add_columns(Policy.unit_id, Policy.paying_unit_id.label("payer_id"), PolicyVersion.schedule)
    .join(Policy, Policy.id == Claim.policy_id)
    .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
    .where(among(Claim.id, name="claims"), Claim.by_voucher)
    .where(~select(Voucher.__table__.c.id).where(Voucher.__table__.c.claim_id == Claim.id).exists())
    .order_by(Claim.id)
)


@after(ClaimFlow.approve, ClaimFlow.determine_and_approve)
def issue(taking: Taking, ids: list[int]) -> None:
    """A voucher for each approved claim that a provider serves; a claim has one for good."""
    rows = taking.session.execute(_WANTED, {"claims": ids}).all()
    open_cases(taking.session, Flow, [_opened(row) for row in rows], taking.act)


def _opened(claim: Any) -> dict[str, Any]:
    cap = (claim.approved_fen if claim.approved_fen is not None else claim.amount_fen) if claim.is_paid else 0
    own = {name: getattr(claim, name) for name in ("title_zh", "title_en", *PARTIES)}
    own |= {"claim_id": claim.id, "service_unit_id": claim.unit_id, "provider_id": None, "cap_fen": cap}
    own |= {"paying_unit_id": claim.paying_unit_id or claim.payer_id, "valid_until": None, "used_on": None}
    own |= {"valid_days": int(claim.schedule.get("voucher_days") or VALID_DAYS), "used_fen": 0, "settled_at": None}
    return own


@before(Flow.place, Flow.move)
def send_to_a_provider(taking: Taking, ids: list[int]) -> None:
    """The provider is told who comes, with the person's separate consent; the voucher holds from today.

    Raises Invalid for a unit that serves nobody, or without that consent (domain §7.1).
    """
    try:
        wanted = parse_id(str(taking.data["provider"]))
    except NotFound:
        wanted = 0
    known = select(Unit.id).where(Unit.id == wanted, Unit.kind.in_(PROVIDERS))
    if taking.session.execute(known).first() is None:
        raise Invalid.because("unknown_unit", _("Please choose a hospital, school or company."), "provider")
    wanted_for = select(Voucher.id, Voucher.expert_id, Voucher.valid_days).where(among(Voucher.id, ids))
    found = taking.session.execute(wanted_for).all()
    demand(taking.session, [row.expert_id for row in found], ConsentTo.SHARING, field="provider")
    today = _today(taking)
    for row in found:
        _write(taking, [row.id], provider_id=wanted, valid_until=today + timedelta(days=row.valid_days))


@before(Flow.report, Flow.correct)
def keep_what_was_served(taking: Taking, ids: list[int]) -> None:
    """The day and the cost: a day that has been, within the voucher's days, and no more than it covers."""
    day, fen = date.fromisoformat(taking.data["used_on"]), int(taking.data["used_fen"])
    wrong: list[Reason] = []
    if day > _today(taking):
        wrong.append(Reason("day_ahead", _("This day lies ahead; choose today or a day before."), "used_on"))
    for row in taking.session.execute(
        select(Voucher.cap_fen, Voucher.valid_until, Voucher.valid_days).where(among(Voucher.id, ids))
    ):
        last = row.valid_until or day
        if not last - timedelta(days=row.valid_days) <= day <= last:
            wrong.append(Reason("not_valid_then", _("The voucher did not hold on this day."), "used_on"))
        if fen > row.cap_fen:
            text = _("The voucher covers no more than %(amount)s.", amount=money(row.cap_fen))
            wrong.append(Reason("above_cap", text, "used_fen"))
        elif fen == 0 < row.cap_fen:
            wrong.append(Reason("amount", _("The amount is more than nothing."), "used_fen"))
    if wrong:
        raise Invalid(*wrong)
    _write(taking, ids, used_on=day, used_fen=fen)


@after(Flow.reopen)
def forget_what_was_reported(taking: Taking, ids: list[int]) -> None:
    """Nothing was served: the voucher is as it was before the report."""
    _write(taking, ids, used_on=None, used_fen=0)


@after(Flow.accept)
def hand_the_claim_to_finance(taking: Taking, ids: list[int]) -> None:
    """The service was given: what is still owed is money, and finance owes it."""
    follow(taking.session, ClaimFlow.owe_provider, _claims(taking, ids), taking.act)


@after(Flow.accept_free)
def fulfil_the_claim(taking: Taking, ids: list[int]) -> None:
    """What costs nothing is given once the expert has accepted it."""
    follow(taking.session, ClaimFlow.serve, _claims(taking, ids), taking.act)


@before(Flow.settle)
def take_into_the_settlement(taking: Taking, ids: list[int]) -> None:
    """The moment of the settlement; from then on the provider is owed the money."""
    _write(taking, ids, settled_at=taking.act.now)


@after(Flow.settle)
def ask_to_pay_the_provider(taking: Taking, ids: list[int]) -> None:
    """A payment item for each service, with the provider as payee."""
    payments.open_items(taking.session, _claims(taking, ids), taking.act)


@after(Flow.expire, Flow.withdraw)
def call_the_claim_off(taking: Taking, ids: list[int]) -> None:
    """What the claim bundled is due again, so that it may be claimed anew."""
    waiting = select(Claim.id).where(among(Claim.id, _claims(taking, ids)), Claim.state == "approved")
    follow(taking.session, ClaimFlow.cancel, list(taking.session.execute(waiting).scalars()), taking.act)


@before(ClaimFlow.cancel)
def not_what_was_served(taking: Taking, ids: list[int]) -> None:
    """Raises Refusal for a claim whose service was given: its provider is to be paid."""
    served = select(Voucher.id).where(among(Voucher.claim_id, ids), Voucher.state.in_(SERVED)).limit(1)
    if taking.session.execute(served).first() is not None:
        raise Refusal.because("served_already", _("The provider has given this service already."))


@after(ClaimFlow.cancel)
def withdraw_the_voucher(taking: Taking, ids: list[int]) -> None:
    """A claim that was called off has no voucher to be used."""
    unused = select(Voucher.id).where(among(Voucher.claim_id, ids), Voucher.state.in_(("wanted", "issued")))
    follow(taking.session, Flow.withdraw, list(taking.session.execute(unused).scalars()), taking.act)


def expire_vouchers(session: Session, *, actor: Actor, now: datetime) -> int:
    """Let go the vouchers whose last day has passed; how many. For the clock."""
    with transaction(session):
        act = Act(actor, now, calendar_of(session, actor.district_id))
        over = Voucher.valid_until < local_date(now, act.calendar.zone)
        late = select(Voucher.id).where(Voucher.state == "issued", over).order_by(Voucher.id)
        found = list(session.execute(late).scalars())
        follow(session, Flow.expire, found, act)
    return len(found)


def settle_month(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    provider_id: int,
    month: str,
    billed_fen: int,
    key: str | None = None,
) -> int:
    """Settle a provider's month (YYYY-MM): every accepted voucher becomes a payment item to it; returns how many.

    `billed_fen` is what its stamped bill of the month comes to, in fen; a difference of one fen stops the settlement.
    Raises NotFound, Invalid, Refusal where nothing is to be settled; a repeated key gives the first answer.
    """
    only(actor, Role.FINANCE_MAKER)
    first, last = month_of(month)
    body = {"provider": provider_id, "month": month, "billed_fen": billed_fen}
    with transaction(session):
        known = recall(session, actor, "settle-vouchers", key, body)
        if known is not None:
            return int(known["count"])
        rows = to_settle(session, actor, provider_id, first, last)
        if not rows:
            raise Refusal.because("nothing_to_settle", _("No accepted service of this month waits to be settled."))
        total = sum(row.used_fen for row in rows)
        if total != billed_fen:
            text = _("The accepted vouchers come to %(sum)s; clear up the difference first.", sum=money(total))
            raise Invalid.because("bill_differs", text, "billed")
        act = Act(actor, now, calendar_of(session, actor.district_id))
        report = take(session, Flow.settle, [Wanted(row.id, row.version) for row in rows], act)
        for reasons in report.held.values():
            raise Refusal(*reasons)
        remember(session, actor, "settle-vouchers", key, body, {"count": len(report.moved)}, now)
    return len(report.moved)


def _claims(taking: Taking, ids: Sequence[int]) -> list[int]:
    rows = taking.session.execute(select(Voucher.claim_id).where(among(Voucher.id, ids)))
    return sorted(rows.scalars())


def _today(taking: Taking) -> date:
    return local_date(taking.act.now, taking.act.calendar.zone)


def _write(taking: Taking, ids: Sequence[int], **values: Any) -> None:
    statement = update(Voucher).where(among(Voucher.id, ids)).values(**values)
    taking.session.execute(statement, execution_options={"synchronize_session": False})
