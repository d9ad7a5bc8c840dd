"""Reimbursement against invoices, up to a ceiling: each invoice counts once, and no more is granted than they show."""

import re
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from concierge.basics.clock import local_date
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.formats import money
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import among, fixed, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.claim import Claim
from concierge.models.invoice import Invoice
from concierge.models.policy import PolicyVersion
from concierge.queries.invoices import OPEN_TO_ENTRY
from concierge.services.calendars import calendar_of
from concierge.services.leases import insert_into
from concierge.services.materials import HANDS_IN, claim_in_hand
from concierge.services.repeats import once
from concierge.services.steps import Taking, after, before
from concierge.workflows.claim import ClaimFlow as Flow

NUMBER = re.compile(r"[0-9A-Z]{8,20}")
CODE = re.compile(r"[0-9]{10,12}|")
_SHOWN = fixed(
    select(Claim.id, PolicyVersion.schedule, func.coalesce(func.sum(Invoice.amount_fen), 0).label("fen"))
    .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
    .outerjoin(Invoice, (Invoice.claim_id == Claim.id) & Invoice.released_at.is_(None))
    .where(among(Claim.id, name="claims"))
    .group_by(Claim.id, PolicyVersion.id)
)
NOT_NOW = Reason("not_now", _("invoices are entered before the claim is accepted"))


def enter_invoice(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    claim_id: int,
    code: str,
    number: str,
    issued_on: date,
    seller: str,
    amount_fen: int,
    key: str | None = None,
) -> int:
    """Enter an invoice (fen) of one's claim, or of one's expert's; returns its id.

    Raises NotFound, Refusal when the claim is beyond that, Invalid with everything that is wrong, also for an invoice
    that counts for a claim already, whosever it is.
    """
    bare_code, bare_number = code.strip(), number.strip().upper()
    body = {"claim": claim_id, "code": bare_code, "number": bare_number, "amount_fen": amount_fen}
    with once(session, actor, now, "enter-invoice", key, body) as told:
        if told.id:
            return told.id
        claim = claim_in_hand(session, actor, claim_id, HANDS_IN)
        _must_be_open(session, claim)
        today = local_date(now, calendar_of(session, actor.district_id).zone)
        _check(bare_code, bare_number, issued_on, seller, amount_fen, today)
        told.id = new_id()
        row: dict[str, Any] = {"id": told.id, "district_id": actor.district_id, "claim_id": claim_id, "at": now}
        row |= {"code": bare_code, "number": bare_number, "issued_on": issued_on, "seller": seller.strip()}
        row |= {"amount_fen": amount_fen, "entered_by": actor.account_id, "released_at": None}
        kept = insert_into(session, Invoice).values(row).on_conflict_do_nothing().returning(Invoice.id)
        if session.execute(kept).first() is None:
            raise Invalid.because("invoice_used", _("This invoice counts for a claim already."), "number")
        record(
            session, act="enter-invoice", actor=actor, now=now, subject_kind="claim", subject_id=claim_id,
            person_id=claim.expert_id, data={"number": bare_number, "amount_fen": amount_fen},
        )  # fmt: skip
    return told.id


def remove_invoice(session: Session, *, actor: Actor, now: datetime, claim_id: int, invoice_id: int) -> None:
    """Take an invoice out again, while the claim may still be changed. Raises NotFound, Refusal."""
    with transaction(session):
        claim = claim_in_hand(session, actor, claim_id, HANDS_IN)
        _must_be_open(session, claim)
        mine = (Invoice.id == invoice_id, Invoice.claim_id == claim_id, Invoice.released_at.is_(None))
        gone = update(Invoice).where(*mine).values(released_at=now).returning(Invoice.number)
        found = session.execute(gone, execution_options={"synchronize_session": False}).scalar_one_or_none()
        if found is None:
            raise NotFound()
        record(
            session, act="remove-invoice", actor=actor, now=now, subject_kind="claim", subject_id=claim_id,
            person_id=claim.expert_id, data={"number": found},
        )  # fmt: skip


def _must_be_open(session: Session, claim: Any) -> None:
    wanted = select(PolicyVersion.schedule).join(Claim, Claim.policy_version_id == PolicyVersion.id)
    schedule = session.execute(wanted.where(Claim.id == claim.id)).scalar_one()
    if not schedule.get("invoices"):
        raise NotFound()
    if claim.state not in OPEN_TO_ENTRY:
        raise Refusal(NOT_NOW)


def _check(code: str, number: str, issued_on: date, seller: str, fen: int, today: date) -> None:
    wrong = []
    if not NUMBER.fullmatch(number):
        wrong.append(Reason("invoice_number", _("An invoice number has 8 to 20 digits."), "number"))
    if not CODE.fullmatch(code):
        wrong.append(Reason("invoice_code", _("An invoice code has 10 or 12 digits; new invoices have none."), "code"))
    if issued_on > today:
        wrong.append(Reason("day_ahead", _("This day lies ahead; choose today or a day before."), "issued_on"))
    if not seller.strip():
        wrong.append(Reason("required", _("Name the seller as the invoice does."), "seller"))
    if fen <= 0:
        wrong.append(Reason("amount", _("The amount is more than nothing."), "amount"))
    if wrong:
        raise Invalid(*wrong)


@before(Flow.determine, Flow.determine_and_approve)
def no_more_than_the_invoices_show(taking: Taking, ids: list[int]) -> None:
    """What is settled against invoices is granted up to what they come to."""
    rows = taking.session.execute(_SHOWN, {"claims": ids})
    sums = [int(row.fen) for row in rows if row.schedule.get("invoices")]
    if sums and min(sums) < taking.data["approved_fen"]:
        text = _("No more can be granted than the invoices come to: %(sum)s.", sum=money(min(sums)))
        raise Invalid.because("more_than_invoices", text, "approved_fen")


@after(Flow.withdraw, Flow.not_accept, Flow.reject, Flow.refuse, Flow.cancel)
def let_the_invoices_go(taking: Taking, ids: list[int]) -> None:
    """The invoices of a claim that comes to nothing may be used again."""
    live = update(Invoice).where(among(Invoice.claim_id, ids), Invoice.released_at.is_(None))
    taking.session.execute(live.values(released_at=taking.act.now), execution_options={"synchronize_session": False})
