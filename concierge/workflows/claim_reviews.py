"""A claim's way through the reviews: acceptance, employer, sector, joint review and HR (domain §3.1).

Who did one of two incompatible duties may not do the other (domain §3.3).
"""

from concierge.basics.text import _
from concierge.engine.declare import Step, returns
from concierge.rules.roles import Role
from concierge.workflows import asks, guards
from concierge.workflows.claim_states import ClaimStates as at
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
REVIEWERS = (Role.EMPLOYER, Role.SECTOR, Role.HR)
ACCEPTING = ("accept", "accept_deferred")


class ClaimReviews(at):
    """The steps up to the determination."""

    submit = Step(
        at.draft, to=at.submitted, by=(Role.EXPERT, *STAFF, Role.SYSTEM), label=_("Submit"), tell=Topic.CLAIM_SUBMITTED
    )
    withdraw = Step(
        at.draft,
        at.submitted,
        at.correction,
        at.accepted,
        at.employer_review,
        at.sector_review,
        at.hr_review,
        to=at.withdrawn,
        by=(Role.EXPERT, Role.SYSTEM),
        label=_("Withdraw"),
        ask=asks.WHY,
        side=True,
    )
    accept = Step(
        at.submitted,
        to=at.accepted,
        by=STAFF,
        label=_("Accept"),
        when=(guards.papers_complete,),
        tell=Topic.CLAIM_ACCEPTED,
        bulk=True,
    )
    accept_deferred = Step(
        at.submitted,
        to=at.accepted_deferred,
        by=STAFF,
        label=_("Accept with deferred papers"),
        when=(guards.minors_missing, guards.majors_complete),
        ask=asks.PROMISE,
        tell=Topic.CLAIM_ACCEPTED,
    )
    deem_accepted = Step(
        at.submitted,
        to=at.accepted,
        by=Role.SYSTEM,
        label=_("Deemed accepted: no answer in time"),
        when=(guards.claim_not_suspended,),
        tell=Topic.CLAIM_DEEMED,
        side=True,
    )
    not_accept = Step(
        at.submitted,
        to=at.not_accepted,
        by=STAFF,
        label=_("Do not accept"),
        ask=asks.REFUSAL,
        tell=Topic.CLAIM_REJECTED,
        side=True,
        danger=True,
    )
    ask_correction = Step(
        at.submitted,
        at.accepted,
        at.employer_review,
        at.sector_review,
        at.hr_review,
        to=at.correction,
        by=(*STAFF, Role.EMPLOYER, Role.SECTOR, Role.HR),
        label=_("Ask for correction"),
        ask=asks.CORRECTION,
        tell=Topic.CLAIM_CORRECTION,
        side=True,
    )
    stop_unfilled = Step(
        at.accepted_deferred,
        at.employer_review,
        at.sector_review,
        at.hr_review,
        to=at.correction,
        by=Role.SYSTEM,
        label=_("Stop: promised papers are not in"),
        when=(guards.minors_missing,),
        tell=Topic.CLAIM_CORRECTION,
        side=True,
    )
    resubmit = returns(
        at.correction,
        to=(at.submitted, at.accepted, at.accepted_deferred, at.employer_review, at.sector_review, at.hr_review),
        came_from=True,
        by=(Role.EXPERT, *STAFF),
        label=_("Hand the papers back in"),
        tell=Topic.CLAIM_SUBMITTED,
    )
    to_employer = Step(
        at.accepted,
        at.accepted_deferred,
        to=at.employer_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the employer"),
        when=(guards.needs_employer,),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_hr = Step(
        at.accepted,
        at.accepted_deferred,
        to=at.hr_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the HR bureau"),
        when=(guards.skips_employer, guards.skips_sector, guards.skips_joint, guards.needs_hr),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_sector = Step(
        at.accepted,
        at.accepted_deferred,
        to=at.sector_review,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to the sector bureau"),
        when=(guards.skips_employer, guards.needs_sector),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    to_determination = Step(
        at.accepted,
        at.accepted_deferred,
        to=at.determination,
        by=(*STAFF, Role.SYSTEM),
        label=_("Send to determination"),
        when=(guards.skips_employer, guards.skips_sector, guards.skips_joint, guards.skips_hr),
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass = Step(
        at.employer_review,
        to=at.sector_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.needs_sector,),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass_to_joint = Step(
        at.employer_review,
        to=at.joint_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.needs_joint),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        bulk=True,
    )
    employer_pass_to_hr = Step(
        at.employer_review,
        to=at.hr_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.skips_joint, guards.needs_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    employer_pass_to_determination = Step(
        at.employer_review,
        to=at.determination,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        when=(guards.skips_sector, guards.skips_joint, guards.skips_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    sector_pass_to_joint = Step(
        at.sector_review,
        to=at.joint_review,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.needs_joint,),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        bulk=True,
    )
    sector_pass = Step(
        at.sector_review,
        to=at.hr_review,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.skips_joint, guards.needs_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    sector_pass_to_determination = Step(
        at.sector_review,
        to=at.determination,
        by=Role.SECTOR,
        label=_("Agree"),
        when=(guards.skips_joint, guards.skips_hr),
        not_by=ACCEPTING,
        ask=asks.OPINION,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    joint_agreed = Step(
        at.joint_review,
        to=at.hr_review,
        by=Role.SYSTEM,
        label=_("All units agreed"),
        when=(guards.nothing_awaited, guards.all_branches_agree),
        tell=Topic.CLAIM_IN_REVIEW,
    )
    joint_refused = Step(
        at.joint_review,
        to=at.determination,
        by=Role.SYSTEM,
        label=_("A unit did not agree"),
        when=(guards.nothing_awaited, guards.some_branch_refused),
        tell=Topic.CLAIM_IN_REVIEW,
    )
    hr_pass = Step(
        at.hr_review,
        to=at.determination,
        by=Role.HR,
        label=_("Pass to determination"),
        not_by=(*ACCEPTING, "employer_pass", "employer_pass_to_joint", "employer_pass_to_hr"),
        ask=asks.REVIEWED,
        tell=Topic.CLAIM_IN_REVIEW,
        bulk=True,
    )
    start_special = Step(
        at.sector_review,
        at.hr_review,
        at.determination,
        to=at.special_procedure,
        by=(Role.SECTOR, Role.HR, Role.TALENT_OFFICE),
        label=_("Start a special procedure"),
        ask=asks.WHY,
        side=True,
    )
    end_special = returns(
        at.special_procedure,
        to=(at.sector_review, at.hr_review, at.determination),
        came_from=True,
        by=Role.TALENT_OFFICE,
        label=_("End the special procedure"),
        ask=asks.FINDING,
    )
    send_back = returns(
        at.employer_review,
        at.sector_review,
        at.hr_review,
        to=(at.accepted, at.employer_review, at.sector_review),
        by=REVIEWERS,
        label=_("Return to: %(state)s"),
        ask=asks.WHY,
        tell=Topic.CLAIM_RETURNED,
        side=True,
    )
    reject = Step(
        at.employer_review,
        at.sector_review,
        at.hr_review,
        to=at.rejected,
        by=REVIEWERS,
        label=_("Reject"),
        not_by=ACCEPTING,
        ask=asks.REJECTION,
        tell=Topic.CLAIM_REJECTED,
        side=True,
        danger=True,
    )
