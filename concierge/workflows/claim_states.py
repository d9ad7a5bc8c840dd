"""Where a claim can be (domain §3.1), with whom it then is, and what its clocks do there."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, limit, working_days
from concierge.models.claim import Claim
from concierge.workflows import holders
from concierge.workflows.base import A_YEAR, DistrictFlow, limits_of

PAUSED = Clock.PAUSED


class ClaimStates(DistrictFlow[Claim]):
    """The states of a claim. `ext` is the code of the municipal platform, for exports."""

    kind = "claim"
    title = _("Claim")
    prefix = "SL"
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
    accepted_deferred = State(
        _("Accepted, papers deferred"), holder=holders.specialist, due=working_days(1), aside=True, ext=3
    )
    employer_review = State(
        _("Employer review"), holder=holders.employer, due=limit("employer_review", working_days(3)), ext=8
    )
    sector_review = State(_("Sector review"), holder=holders.sector, due=limit("sector_review", working_days(3)), ext=8)
    joint_review = State(
        _("Joint review"), holder=holders.joint, due=limit("joint_review", working_days(3)), aside=True, ext=8
    )
    hr_review = State(_("HR review"), holder=holders.hr, due=limit("hr_review", working_days(5)), ext=8)
    special_procedure = State(
        _("Special procedure"),
        holder=holders.office,
        clock=PAUSED,
        cause=_("special procedure"),
        longest=limit("special_procedure", working_days(30)),
        aside=True,
        ext=9,
    )
    determination = State(_("Determination"), holder=holders.office, due=limit("determination", working_days(5)), ext=8)
    determined = State(
        _("Determined, to be posted"), holder=holders.office, due=working_days(2), clock=Clock.MET, ext=8
    )
    publicity = State(
        _("Publicity posting"),
        holder=holders.office,
        due=limit("publicity", working_days(5)),
        clock=PAUSED,
        cause=_("publicity posting"),
        ext=9,
    )
    objection = State(
        _("Objection check"),
        holder=holders.office,
        due=working_days(10),
        clock=PAUSED,
        cause=_("objection check"),
        aside=True,
        ext=9,
    )
    approved = State(
        _("Approved"), holder=holders.delivery, due=limit("delivery", working_days(5)), clock=Clock.MET, ext=11
    )
    budget_reserved = State(_("Budget reserved"), holder=holders.claim_payer, due=working_days(5), clock=Clock.MET)
    paying = State(_("Being paid"), holder=holders.claim_payer, due=working_days(10), clock=Clock.MET)
    paid = State(_("Paid"), holder=holders.specialist, clock=Clock.STOPPED)
    bounced = State(
        _("Bounced, to be corrected"), holder=holders.specialist, due=working_days(5), clock=Clock.MET, aside=True
    )
    carried_over = State(
        _("Carried over"),
        holder=holders.claim_payer,
        clock=PAUSED,
        cause=_("next fiscal year"),
        longest=working_days(A_YEAR),
        aside=True,
    )
    fulfilled = State(_("Fulfilled"), holder=holders.specialist, clock=Clock.STOPPED)
    rejected = State(_("Rejected"), final=True, holder=holders.nobody, aside=True)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)
    cancelled = State(_("Cancelled"), final=True, holder=holders.nobody, aside=True)
    archived = State(_("Archived"), final=True, holder=holders.nobody)
