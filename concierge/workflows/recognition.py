"""Recognition of talent (人才认定, domain §2.1): from the application to the certificate, and what becomes of it.

Employer and bureau review, the talent office determines, publicity follows where the scheme asks for it. A
certificate is renewed, replaced by a higher one, expires or is revoked.
"""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, limit, returns, working_days
from concierge.models.recognition import Recognition
from concierge.models.scope import RecognitionReach
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
APPLICANTS = (Role.EXPERT, *STAFF, Role.EMPLOYER)
OFFICE = Role.TALENT_OFFICE
REVIEWED = ("accept", "accept_to_bureau", "employer_pass", "bureau_pass")
DETERMINED = ("determine", "determine_and_certify")


class RecognitionFlow(DistrictFlow[Recognition]):
    """An expert is recognised as belonging to a category of talent."""

    kind = "recognition"
    title = _("Recognition")
    prefix = "RD"
    subject = Recognition
    reach = RecognitionReach()
    promised = working_days(20)

    draft = State(_("Draft"), initial=True, holder=holders.expert, clock=Clock.WAITING)
    submitted = State(_("Received"), holder=holders.specialist, due=working_days(1), clock=Clock.WAITING)
    correction = State(
        _("Correction asked"),
        holder=holders.expert,
        due=working_days(10),
        clock=Clock.PAUSED,
        cause=_("waiting for the applicant's papers"),
        aside=True,
    )
    employer_review = State(
        _("Employer review"),
        holder=holders.employer,
        due=limit("employer_review", working_days(3), column=Recognition.review_days),
    )
    bureau_review = State(
        _("Bureau review"),
        holder=holders.recognising_bureau,
        due=limit("bureau_review", working_days(3), column=Recognition.review_days),
    )
    determination = State(
        _("Determination"),
        holder=holders.office,
        due=limit("determination", working_days(5), column=Recognition.determination_days),
    )
    determined = State(_("Determined, to be posted"), holder=holders.office, due=working_days(2), clock=Clock.MET)
    publicity = State(
        _("Publicity posting"),
        holder=holders.office,
        due=limit("publicity", working_days(5), column=Recognition.publicity_days),
        clock=Clock.PAUSED,
        cause=_("publicity posting"),
    )
    objection = State(
        _("Objection check"),
        holder=holders.office,
        due=working_days(10),
        clock=Clock.PAUSED,
        cause=_("objection check"),
        aside=True,
    )
    certified = State(_("Certified"), holder=holders.nobody, clock=Clock.STOPPED)
    renewed = State(_("Renewed"), final=True, holder=holders.nobody, aside=True)
    upgraded = State(_("Replaced by a higher category"), final=True, holder=holders.nobody, aside=True)
    expired = State(_("Expired"), final=True, holder=holders.nobody, aside=True)
    revoked = State(_("Certificate revoked"), final=True, holder=holders.nobody, aside=True)
    refused = State(_("Not recognised"), final=True, holder=holders.nobody, aside=True)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)

    submit = Step(
        draft,
        correction,
        to=submitted,
        by=APPLICANTS,
        label=_("Hand in the application"),
        when=(guards.recognition_papers_in,),
        tell=Topic.RECOGNITION_SUBMITTED,
    )
    withdraw = Step(
        draft,
        submitted,
        correction,
        to=withdrawn,
        by=(*APPLICANTS, Role.SYSTEM),
        label=_("Withdraw"),
        ask=asks.WHY,
        side=True,
    )
    ask_correction = Step(
        submitted,
        to=correction,
        by=STAFF,
        label=_("Ask for correction"),
        ask=asks.CORRECTION,
        tell=Topic.RECOGNITION_CORRECTION,
        side=True,
    )
    accept = Step(
        submitted,
        to=employer_review,
        by=STAFF,
        label=_("Send to the employer"),
        when=(guards.employer_reviews, guards.recognition_papers_in),
    )
    accept_to_bureau = Step(
        submitted,
        to=bureau_review,
        by=STAFF,
        label=_("Send to the reviewing bureau"),
        when=(guards.bureau_first, guards.recognition_papers_in),
    )
    employer_pass = Step(
        employer_review,
        to=bureau_review,
        by=Role.EMPLOYER,
        label=_("Confirm"),
        not_by=("accept",),
        ask=asks.OPINION,
    )
    bureau_pass = Step(
        bureau_review,
        to=determination,
        by=(Role.HR, Role.SECTOR),
        label=_("Pass to determination"),
        not_by=("accept", "accept_to_bureau", "employer_pass"),
        ask=asks.REVIEWED,
        bulk=True,
    )
    send_back = returns(
        employer_review,
        bureau_review,
        determination,
        to=(submitted,),
        by=(Role.EMPLOYER, Role.HR, Role.SECTOR, OFFICE),
        label=_("Return to: %(state)s"),
        ask=asks.WHY,
        side=True,
    )
    office_returns = returns(
        determination,
        determined,
        to=(bureau_review, determination),
        by=OFFICE,
        label=_("Return to: %(state)s"),
        ask=asks.WHY,
        side=True,
    )
    determine = Step(
        determination,
        to=determined,
        by=OFFICE,
        label=_("Determine the category"),
        when=(guards.is_posted,),
        not_by=REVIEWED,
        ask=asks.RECOGNITION,
        bulk=True,
    )
    determine_and_certify = Step(
        determination,
        to=certified,
        by=OFFICE,
        label=_("Determine and certify"),
        when=(guards.is_not_posted,),
        not_by=REVIEWED,
        ask=asks.RECOGNITION,
        tell=Topic.RECOGNITION_CERTIFIED,
        bulk=True,
    )
    refuse = Step(
        determination,
        to=refused,
        by=OFFICE,
        label=_("Refuse recognition"),
        not_by=REVIEWED,
        ask=asks.REJECTION,
        tell=Topic.RECOGNITION_REFUSED,
        side=True,
        danger=True,
    )
    check_mask = Step(
        determined,
        to=determined,
        by=(OFFICE, Role.PRESS),
        label=_("Check the posting for personal data"),
        when=(guards.names_unchecked,),
        not_by=("determine",),
    )
    post = Step(
        determined,
        to=publicity,
        by=(OFFICE, Role.PRESS),
        label=_("Post for publicity"),
        when=(guards.names_checked,),
        not_by=("check_mask",),
    )
    object_ = Step(
        publicity,
        to=objection,
        by=(OFFICE, *STAFF),
        label=_("Record an objection"),
        when=(guards.recognition_in_posting,),
        ask=asks.OBJECTION,
        side=True,
    )
    dismiss_objection = Step(
        objection,
        to=publicity,
        by=OFFICE,
        label=_("Dismiss the objection"),
        not_by=(*REVIEWED, *DETERMINED),
        ask=asks.FINDING,
    )
    uphold_objection = Step(
        objection,
        to=determination,
        by=OFFICE,
        label=_("Uphold the objection"),
        not_by=(*REVIEWED, *DETERMINED),
        ask=asks.FINDING,
        side=True,
    )
    certify = Step(
        publicity,
        to=certified,
        by=(OFFICE, Role.SYSTEM),
        label=_("Certify after publicity"),
        when=(guards.recognition_posted,),
        not_by=REVIEWED,
        tell=Topic.RECOGNITION_CERTIFIED,
    )
    renew = Step(certified, to=renewed, by=Role.SYSTEM, label=_("Renewed by another recognition"))
    upgrade = Step(certified, to=upgraded, by=Role.SYSTEM, label=_("Replaced by a higher recognition"))
    expire = Step(certified, to=expired, by=Role.SYSTEM, label=_("The validity has ended"))
    revoke = Step(
        certified,
        to=revoked,
        by=OFFICE,
        label=_("Revoke the certificate"),
        not_by=DETERMINED,
        ask=asks.REJECTION,
        tell=Topic.RECOGNITION_REFUSED,
        side=True,
        danger=True,
    )
