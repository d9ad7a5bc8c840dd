"""Claims (申领件, domain §3.1): one instalment or period, from draft to paid.

The specialist accepts, employer, sector and HR review, the talent office determines, publicity follows; money
states mirror the payment item by system steps. Who did one of two incompatible duties may not do the other (§3.3).
"""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, limit, returns, working_days
from concierge.models.claim import Claim
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow, limits_of
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
SENDS_ON = (Role.EMPLOYER, Role.SECTOR, Role.HR, Role.TALENT_OFFICE)
ACCEPTING = ("accept", "accept_deferred")
HR_PASSES = ("hr_pass",)
REVIEWS = ("accept", "accept_deferred", "employer_pass", "employer_pass_to_joint", "employer_pass_to_hr", "sector_pass", "hr_pass", "determine")
PAUSED = Clock.PAUSED


class ClaimFlow(DistrictFlow[Claim]):
    """A claim on its way from the expert's draft to the money in the account."""

    kind = "claim"
    title = _("Claim")
    prefix = "SL"
    subject = Claim
    promised = limit("claim", working_days(20))
    restarts = Claim.restarts_clock
    policy_limits = limits_of(Claim.policy_version_id)

    draft = State(_("Draft"), initial=True, holder=holders.expert, clock=Clock.WAITING)
    submitted = State(_("Received"), holder=holders.specialist, due=working_days(1), clock=Clock.WAITING, ext=1)
    correction = State(
        _("Correction asked"),
        holder=holders.expert,
        due=limit("correction", working_days(10)),
        clock=PAUSED,
        cause=_("waiting for the applicant's papers"),
        aside=True,
        ext=6,
    )
    not_accepted = State(_("Not accepted"), final=True, holder=holders.nobody, aside=True, ext=4)
    accepted = State(_("Accepted"), holder=holders.specialist, due=working_days(1), ext=3)
    accepted_deferred = State(_("Accepted, papers deferred"), holder=holders.specialist, due=working_days(1), aside=True, ext=3)
    employer_review = State(_("Employer review"), holder=holders.employer, due=limit("employer_review", working_days(3)), ext=8)
    sector_review = State(_("Sector review"), holder=holders.sector, due=limit("sector_review", working_days(3)), ext=8)
    joint_review = State(_("Joint review"), holder=holders.joint, due=limit("joint_review", working_days(3)), aside=True, ext=8)
    hr_review = State(_("HR review"), holder=holders.hr, due=limit("hr_review", working_days(5)), ext=8)
    special_procedure = State(
        _("Special procedure"), holder=holders.office, clock=PAUSED, cause=_("special procedure"), aside=True, ext=9
    )
    determination = State(_("Determination"), holder=holders.office, due=limit("determination", working_days(5)), ext=8)
    determined = State(_("Determined, to be posted"), holder=holders.office, due=working_days(2), ext=8)
    publicity = State(
        _("Publicity posting"),
        holder=holders.office,
        due=limit("publicity", working_days(5)),
        clock=PAUSED,
        cause=_("publicity posting"),
        ext=9,
    )
    objection = State(
        _("Objection check"), holder=holders.office, due=working_days(10), clock=PAUSED, cause=_("objection check"), aside=True, ext=9
    )
    approved = State(_("Approved"), holder=holders.claim_payer, due=working_days(5), ext=11)
    budget_reserved = State(_("Budget reserved"), holder=holders.claim_payer, due=working_days(5))
    paying = State(_("Being paid"), holder=holders.claim_payer, due=working_days(10))
    paid = State(_("Paid"), holder=holders.specialist, clock=Clock.STOPPED)
    bounced = State(_("Bounced, to be corrected"), holder=holders.specialist, due=working_days(5), aside=True)
    carried_over = State(_("Carried over"), holder=holders.claim_payer, clock=PAUSED, cause=_("next fiscal year"), aside=True)
    fulfilled = State(_("Fulfilled"), holder=holders.specialist, clock=Clock.STOPPED)
    rejected = State(_("Rejected"), final=True, holder=holders.nobody, aside=True)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)
    cancelled = State(_("Cancelled"), final=True, holder=holders.nobody, aside=True)
    archived = State(_("Archived"), final=True, holder=holders.nobody)

    submit = Step(draft, to=submitted, by=(Role.EXPERT, *STAFF), label=_("Submit"), tell=Topic.CLAIM_SUBMITTED)
    withdraw = Step(
        draft,
        submitted,
        correction,
        accepted,
        employer_review,
        sector_review,
        hr_review,
        to=withdrawn,
        by=(Role.EXPERT, Role.SYSTEM),
        label=_("Withdraw"),
        ask=asks.WHY,
        side=True,
    )
    accept = Step(
        submitted,
        to=accepted,
        by=STAFF,
        label=_("Accept"),
        when=(guards.papers_complete,),
        tell=Topic.CLAIM_ACCEPTED,
        bulk=True,
    )
    accept_deferred = Step(
        submitted,
        to=accepted_deferred,
        by=STAFF,
        label=_("Accept with deferred papers"),
        when=(guards.minors_missing, guards.majors_complete),
        ask=asks.PROMISE,
        tell=Topic.CLAIM_ACCEPTED,
    )
    not_accept = Step(
        submitted, to=not_accepted, by=STAFF, label=_("Do not accept"), ask=asks.REFUSAL, tell=Topic.CLAIM_REJECTED, side=True, danger=True
    )
    ask_correction = Step(
        submitted,
        accepted,
        employer_review,
        sector_review,
        hr_review,
        to=correction,
        by=(*STAFF, Role.EMPLOYER, Role.SECTOR, Role.HR),
        label=_("Ask for correction"),
        ask=asks.CORRECTION,
        tell=Topic.CLAIM_CORRECTION,
        side=True,
    )
    resubmit = returns(
        correction,
        to=(submitted, accepted, employer_review, sector_review, hr_review),
        came_from=True,
        by=(Role.EXPERT, *STAFF),
        label=_("Hand the papers back in"),
        tell=Topic.CLAIM_SUBMITTED,
    )
    to_employer = Step(
        accepted,
        accepted_deferred,
        to=employer_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the employer"),
        when=(guards.needs_employer,),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_hr = Step(
        accepted,
        accepted_deferred,
        to=hr_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the HR bureau"),
        when=(guards.skips_employer, guards.skips_sector, guards.skips_joint, guards.needs_hr),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_sector = Step(
        accepted,
        accepted_deferred,
        to=sector_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the sector bureau"),
        when=(guards.skips_employer, guards.needs_sector),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_determination = Step(
        accepted,
        accepted_deferred,
        to=determination,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to determination"),
        when=(guards.skips_employer, guards.skips_sector, guards.skips_joint, guards.skips_hr),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass = Step(
        employer_review,
        to=sector_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.needs_sector,),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass_to_joint = Step(
        employer_review,
        to=joint_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.needs_joint),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        bulk=True,
    )
    employer_pass_to_hr = Step(
        employer_review,
        to=hr_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.skips_joint, guards.needs_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass_to_determination = Step(
        employer_review,
        to=determination,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.skips_joint, guards.skips_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    sector_pass_to_joint = Step(
        sector_review,
        to=joint_review,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.needs_joint,),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        bulk=True,
    )
    sector_pass = Step(
        sector_review,
        to=hr_review,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.skips_joint, guards.needs_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    sector_pass_to_determination = Step(
        sector_review,
        to=determination,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.skips_joint, guards.skips_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    joint_agreed = Step(
        joint_review,
        to=hr_review,
        by=Role.SYSTEM,
        label=_("All units agreed"),
        when=(guards.nothing_awaited, guards.all_branches_agree),
        tell=Topic.CLAIM_IN_REVIEW,
    )
    joint_refused = Step(
        joint_review,
        to=determination,
        by=Role.SYSTEM,
        label=_("A unit did not agree"),
        when=(guards.nothing_awaited, guards.some_branch_refused),
        tell=Topic.CLAIM_IN_REVIEW,
    )
    hr_pass = Step(
        hr_review,
        to=determination,
        by=Role.HR,
        label=_("Pass to determination"),
        not_by=(*ACCEPTING, "employer_pass", "employer_pass_to_joint", "employer_pass_to_hr"),
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    start_special = Step(
        sector_review,
        hr_review,
        determination,
        to=special_procedure,
        by=(Role.SECTOR, Role.HR, Role.TALENT_OFFICE),
        label=_("Start a special procedure"),
        ask=asks.WHY,
        side=True,
    )
    end_special = returns(
        special_procedure,
        to=(sector_review, hr_review, determination),
        came_from=True,
        by=Role.TALENT_OFFICE,
        label=_("End the special procedure"),
        ask=asks.FINDING,
    )
    determine = Step(
        determination,
        to=determined,
        by=Role.TALENT_OFFICE,
        label=_("Determine the amount"),
        when=(guards.needs_publicity,),
        not_by=(*ACCEPTING, *HR_PASSES),
        ask=asks.DETERMINATION,
        bulk=True,
    )
    determine_and_approve = Step(
        determination,
        to=approved,
        by=Role.TALENT_OFFICE,
        label=_("Determine and approve"),
        when=(guards.skips_publicity, guards.no_objection, guards.claim_not_suspended),
        not_by=(*ACCEPTING, *HR_PASSES),
        ask=asks.DETERMINATION,
        tell=Topic.CLAIM_APPROVED,
        bulk=True,
    )
    post = Step(
        determined,
        to=publicity,
        by=(Role.TALENT_OFFICE, Role.PRESS),
        label=_("Post for publicity"),
        when=(guards.mask_checked, guards.has_minutes),
        tell=Topic.CLAIM_POSTED,
        bulk=True,
    )
    repost = Step(
        publicity,
        objection,
        to=determined,
        by=Role.TALENT_OFFICE,
        label=_("Take down and post again"),
        ask=asks.WHY,
        side=True,
    )
    object_ = Step(
        publicity,
        to=objection,
        by=(Role.TALENT_OFFICE, *STAFF),
        label=_("Record an objection"),
        when=(guards.posting_running,),
        ask=asks.OBJECTION,
        side=True,
    )
    dismiss_objection = Step(
        objection,
        to=publicity,
        by=Role.TALENT_OFFICE,
        label=_("Dismiss the objection"),
        not_by=REVIEWS,
        ask=asks.FINDING,
    )
    uphold_objection = Step(
        objection,
        to=determination,
        by=Role.TALENT_OFFICE,
        label=_("Uphold the objection"),
        not_by=REVIEWS,
        ask=asks.FINDING,
        side=True,
    )
    approve = Step(
        publicity,
        to=approved,
        by=(Role.TALENT_OFFICE, Role.SYSTEM),
        label=_("Approve after publicity"),
        when=(guards.posting_over, guards.no_objection, guards.claim_not_suspended),
        tell=Topic.CLAIM_APPROVED,
        bulk=True,
    )
    send_back = returns(
        employer_review,
        sector_review,
        hr_review,
        determination,
        determined,
        to=(accepted, employer_review, sector_review, hr_review, determination),
        by=SENDS_ON,
        label=_("Return to: %(state)s"),
        ask=asks.WHY,
        tell=Topic.CLAIM_RETURNED,
        side=True,
    )
    reject = Step(
        employer_review,
        sector_review,
        hr_review,
        determination,
        objection,
        to=rejected,
        by=SENDS_ON,
        label=_("Reject"),
        not_by=ACCEPTING,
        ask=asks.REJECTION,
        tell=Topic.CLAIM_REJECTED,
        side=True,
        danger=True,
    )
    cancel = Step(
        accepted,
        accepted_deferred,
        determined,
        approved,
        bounced,
        to=cancelled,
        by=(Role.TALENT_OFFICE, Role.SYSTEM),
        label=_("Cancel"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
    fulfil = Step(
        approved,
        to=fulfilled,
        by=(*STAFF, Role.TALENT_OFFICE),
        label=_("Record as fulfilled"),
        when=(guards.in_kind, guards.promised_papers_in),
        ask=asks.OPINION,
    )

    # money states follow the payment item (services/payments)
    reserve_budget = Step(approved, carried_over, to=budget_reserved, by=Role.SYSTEM, label=_("Budget reserved"), when=(guards.paid_in_money,))
    release_budget = Step(budget_reserved, to=approved, by=Role.SYSTEM, label=_("Budget released"))
    enter_batch = Step(budget_reserved, to=paying, by=Role.SYSTEM, label=_("Put into a batch"))
    leave_batch = Step(paying, to=budget_reserved, by=Role.SYSTEM, label=_("Taken out of the batch"))
    pay = Step(paying, to=paid, by=Role.SYSTEM, label=_("Paid by the bank"), tell=Topic.PAYMENT_PAID)
    bounce = Step(paying, to=bounced, by=Role.SYSTEM, label=_("Bounced by the bank"), tell=Topic.PAYMENT_BOUNCED)
    reissue = Step(bounced, to=budget_reserved, by=Role.SYSTEM, label=_("Issued again"))
    carry_over = Step(approved, to=carried_over, by=(Role.FINANCE_MAKER, Role.SYSTEM), label=_("Carry over to next year"), ask=asks.WHY, side=True)
    archive = Step(paid, fulfilled, to=archived, by=(*STAFF, Role.SYSTEM), label=_("Archive"), bulk=True)
