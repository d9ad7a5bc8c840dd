"""Claims (申领件, domain §3.1): one instalment or period, from draft to paid.

The specialist accepts, employer, sector and HR review (claim_reviews.py), the talent office determines, publicity
follows; money states mirror the payment item by system steps.
"""

from concierge.basics.text import _
from concierge.engine.declare import Step, earlier, returns
from concierge.engine.tables import Case
from concierge.models.claim import Claim
from concierge.rules.roles import Role
from concierge.workflows import asks, guards
from concierge.workflows.claim_reviews import ACCEPTING, STAFF, ClaimReviews
from concierge.workflows.claim_states import ClaimStates as at
from concierge.workflows.topics import Topic

GIVERS = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
"""Staff of units that give benefits in kind."""
HR_PASSES = ("hr_pass",)
GAVE_AN_OPINION = earlier("agree", "refuse", of=Case.parent_id)
"""Answered for a unit in the joint review: the branches are cases whose parent this claim is."""
NOT_THE_DETERMINER = (*ACCEPTING, *HR_PASSES, GAVE_AN_OPINION)
REVIEWS = (
    *ACCEPTING,
    "employer_pass",
    "employer_pass_to_joint",
    "employer_pass_to_hr",
    "employer_pass_to_determination",
    "sector_pass",
    "sector_pass_to_joint",
    "sector_pass_to_determination",
    "hr_pass",
    "determine",
    GAVE_AN_OPINION,
)


class ClaimFlow(ClaimReviews):
    """A claim on its way from the expert's draft to the money in the account."""

    subject = Claim

    determine = Step(
        at.determination,
        to=at.determined,
        by=Role.TALENT_OFFICE,
        label=_("Determine the amount"),
        when=(guards.needs_publicity,),
        not_by=NOT_THE_DETERMINER,
        ask=asks.DETERMINATION,
        bulk=True,
    )
    determine_and_approve = Step(
        at.determination,
        to=at.approved,
        by=Role.TALENT_OFFICE,
        label=_("Determine and approve"),
        when=(guards.skips_publicity, guards.no_objection, guards.claim_not_suspended),
        not_by=NOT_THE_DETERMINER,
        ask=asks.DETERMINATION,
        tell=Topic.CLAIM_APPROVED,
        bulk=True,
    )
    check_mask = Step(
        at.determined,
        to=at.determined,
        by=(Role.TALENT_OFFICE, Role.PRESS),
        label=_("Check the posting for personal data"),
        when=(guards.mask_unchecked,),
        not_by=("determine",),
        bulk=True,
    )
    post = Step(
        at.determined,
        to=at.publicity,
        by=(Role.TALENT_OFFICE, Role.PRESS),
        label=_("Post for publicity"),
        when=(guards.mask_checked, guards.has_minutes),
        not_by=("check_mask",),
        tell=Topic.CLAIM_POSTED,
        bulk=True,
    )
    repost = Step(
        at.publicity,
        to=at.determined,
        by=Role.TALENT_OFFICE,
        label=_("Take down and post again"),
        ask=asks.WHY,
        side=True,
    )
    object_ = Step(
        at.publicity,
        to=at.objection,
        by=(Role.TALENT_OFFICE, *STAFF),
        label=_("Record an objection"),
        when=(guards.posting_running,),
        ask=asks.OBJECTION,
        side=True,
    )
    dismiss_objection = Step(
        at.objection,
        to=at.publicity,
        by=Role.TALENT_OFFICE,
        label=_("Dismiss the objection"),
        not_by=REVIEWS,
        ask=asks.FINDING,
    )
    uphold_objection = Step(
        at.objection,
        to=at.determination,
        by=Role.TALENT_OFFICE,
        label=_("Uphold the objection"),
        not_by=REVIEWS,
        ask=asks.FINDING,
        side=True,
    )
    approve = Step(
        at.publicity,
        to=at.approved,
        by=(Role.TALENT_OFFICE, Role.SYSTEM),
        label=_("Approve after publicity"),
        when=(guards.posting_over, guards.no_objection, guards.claim_not_suspended),
        not_by=(*ACCEPTING, *HR_PASSES),
        tell=Topic.CLAIM_APPROVED,
        bulk=True,
    )
    office_returns = returns(
        at.determination,
        at.determined,
        to=(at.accepted, at.employer_review, at.sector_review, at.hr_review, at.determination),
        by=Role.TALENT_OFFICE,
        label=_("Return to: %(state)s"),
        ask=asks.WHY,
        tell=Topic.CLAIM_RETURNED,
        side=True,
    )
    refuse = Step(
        at.determination,
        to=at.rejected,
        by=Role.TALENT_OFFICE,
        label=_("Reject"),
        not_by=NOT_THE_DETERMINER,
        ask=asks.REJECTION,
        tell=Topic.CLAIM_REJECTED,
        side=True,
        danger=True,
    )
    cancel = Step(
        at.accepted,
        at.accepted_deferred,
        at.determined,
        at.approved,
        at.bounced,
        to=at.cancelled,
        by=(Role.TALENT_OFFICE, Role.SYSTEM),
        label=_("Cancel"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
    fulfil = Step(
        at.approved,
        to=at.fulfilled,
        by=(*STAFF, *GIVERS),
        label=_("Record as fulfilled"),
        when=(guards.in_kind, guards.without_voucher, guards.papers_complete, guards.place_given),
        ask=asks.OPINION,
    )
    serve = Step(
        at.approved,
        to=at.fulfilled,
        by=Role.SYSTEM,
        label=_("Served against a voucher"),
        when=(guards.in_kind, guards.by_voucher),
    )
    owe_provider = Step(
        at.approved,
        to=at.approved,
        by=Role.SYSTEM,
        label=_("Served, to be settled with the provider"),
        when=(guards.paid_in_money, guards.by_voucher),
    )

    # money states follow the payment item (services/payments)
    reserve_budget = Step(
        at.approved,
        at.carried_over,
        to=at.budget_reserved,
        by=Role.SYSTEM,
        label=_("Budget reserved"),
        when=(guards.paid_in_money,),
    )
    release_budget = Step(at.budget_reserved, to=at.approved, by=Role.SYSTEM, label=_("Budget released"))
    enter_batch = Step(at.budget_reserved, to=at.paying, by=Role.SYSTEM, label=_("Put into a batch"))
    leave_batch = Step(at.paying, to=at.budget_reserved, by=Role.SYSTEM, label=_("Taken out of the batch"))
    pay = Step(
        at.paying, at.budget_reserved, to=at.paid, by=Role.SYSTEM, label=_("Paid by the bank"), tell=Topic.PAYMENT_PAID
    )
    bounce = Step(
        at.paying,
        at.paid,
        to=at.bounced,
        by=Role.SYSTEM,
        label=_("Bounced by the bank"),
        tell=Topic.PAYMENT_BOUNCED,
    )
    reissue = Step(at.bounced, at.paid, to=at.approved, by=Role.SYSTEM, label=_("Issued again"))
    finance_return = Step(
        at.approved,
        at.carried_over,
        to=at.determination,
        by=Role.SYSTEM,
        label=_("Returned by finance"),
        tell=Topic.CLAIM_RETURNED,
    )
    carry_over = Step(
        at.approved,
        to=at.carried_over,
        by=(Role.FINANCE_MAKER, Role.SYSTEM),
        label=_("Carry over to next year"),
        ask=asks.WHY,
        side=True,
    )
    archive = Step(at.paid, at.fulfilled, to=at.archived, by=(*STAFF, Role.SYSTEM), label=_("Archive"), bulk=True)
