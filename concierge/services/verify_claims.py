"""Proof that what is claimed is what fell due, under a right that may bring it, for whom it was meant."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from concierge.models.claim import Claim
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual, Correction, Entitlement
from concierge.models.payment import PaymentItem
from concierge.models.person import OF_A_UNIT, Person
from concierge.models.policy import PolicyVersion
from concierge.models.voucher import Voucher
from concierge.rules.policy import PolicyKind
from concierge.services.entitlements import is_waited_for

GIVEN_UP = ("withdrawn", "cancelled", "not_accepted")
"""Claims that released what they had bundled."""
BRING_NOTHING = ("revoked", "waived", "lapsed")

# Made once: an alias of a joined table copies its columns each time.
_CLAIM = aliased(Claim, flat=True)


def _claims_equal_their_accruals() -> Select[Any]:
    """A claim asks for exactly what fell due in the periods that it bundles."""
    bundled = select(func.coalesce(func.sum(Accrual.amount_fen), 0)).where(Accrual.claim_id == Claim.id)
    due = bundled.correlate(Claim).scalar_subquery()
    wanted = select(Claim.number, Claim.amount_fen, due.label("due_fen"))
    return wanted.where(Claim.state.not_in(GIVEN_UP), Claim.amount_fen != due).order_by(Claim.id)


def _nothing_is_due_under_a_right_that_is_over() -> Select[Any]:
    """A right that was revoked or given up brings nothing; to a completed one only a late day of service is added.

    Months that were set to nothing stay with a completed one: nobody waits for them.
    """
    late = and_(Entitlement.state == "completed", Accrual.by_day_of.is_(None), is_waited_for())
    wanted = select(Entitlement.number, Entitlement.state, Accrual.period)
    wanted = wanted.join(Accrual, Accrual.entitlement_id == Entitlement.id)
    wanted = wanted.join(PolicyVersion, PolicyVersion.id == Entitlement.policy_version_id)
    over = or_(Entitlement.state.in_(BRING_NOTHING), late)
    return wanted.where(Accrual.state.in_(("due", "claimed")), over).order_by(Entitlement.id)


def _recoveries_name_their_corrections() -> Select[Any]:
    """What a recovery asks back for a correction is that correction or a part of it, of the same right."""
    line, c = ClawbackLine, Correction
    wanted = select(Clawback.number, line.amount_fen, c.amount_fen.label("corrected_fen"))
    wanted = wanted.join(line, line.clawback_id == Clawback.id).join(c, c.id == line.correction_id)
    wrong = or_(line.amount_fen > -c.amount_fen, c.entitlement_id != Clawback.entitlement_id)
    return wanted.where(wrong).order_by(line.id)


def _what_is_for_a_unit_is_paid_to_one() -> Select[Any]:
    """A benefit for the employer is paid to the file of a unit, never to the expert."""
    paid = func.coalesce(PaymentItem.payee_id, PaymentItem.expert_id)
    wanted = (
        select(PaymentItem.number, Person.id_kind)
        .join(_CLAIM, _CLAIM.id == PaymentItem.claim_id)
        .join(PolicyVersion, PolicyVersion.id == _CLAIM.policy_version_id)
        .join(Person, Person.id == paid)
    )
    return wanted.where(PolicyVersion.kind == PolicyKind.TO_EMPLOYER, Person.id_kind != OF_A_UNIT).order_by(
        PaymentItem.id
    )


def _providers_are_paid_what_was_accepted() -> Select[Any]:
    """A benefit served against a voucher is paid to the provider alone, once, and as the expert accepted it."""
    served, paid = Voucher.__table__.c, PaymentItem
    wanted = (
        select(paid.number, paid.amount_fen, served.used_fen)
        .join(_CLAIM, _CLAIM.id == paid.claim_id)
        .outerjoin(Voucher.__table__, (served.claim_id == _CLAIM.id) & served.settled_at.is_not(None))
        .outerjoin(Unit, Unit.id == served.provider_id)
        .where(_CLAIM.by_voucher, paid.state != "cancelled", paid.reissue_of_id.is_(None))
    )
    right = and_(served.used_fen == paid.amount_fen, paid.payee_id == Unit.payee_id)
    return wanted.where(~func.coalesce(right, false())).order_by(paid.id)


CLAIMED: Mapping[str, Callable[[], Select[Any]]] = {
    "claims_equal_accruals": _claims_equal_their_accruals,
    "nothing_due_when_over": _nothing_is_due_under_a_right_that_is_over,
    "recoveries_name_corrections": _recoveries_name_their_corrections,
    "units_are_paid_as_units": _what_is_for_a_unit_is_paid_to_one,
    "providers_are_paid_what_was_accepted": _providers_are_paid_what_was_accepted,
}
