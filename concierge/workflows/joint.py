"""Joint review (并联联审): each unit asked has its own branch, holder and clock; the last answer moves the claim on."""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, earlier, limit, working_days
from concierge.engine.tables import Case
from concierge.models.claim import JointOpinion
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.claim_reviews import ACCEPTING
from concierge.workflows.topics import Topic

ASKED = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON)
ACCEPTED_THE_CLAIM = earlier(*ACCEPTING, at=Case.parent_id)


class JointOpinionFlow(DistrictFlow[JointOpinion]):
    """One unit's opinion on a claim."""

    kind = "joint_opinion"
    title = _("Joint review")
    prefix = "LS"
    subject = JointOpinion
    promised = limit("joint_review", working_days(3))

    requested = State(_("Asked"), initial=True, holder=holders.branch, due=working_days(3))
    agreed = State(_("Agreed"), final=True, holder=holders.nobody)
    refused = State(_("Not agreed"), final=True, holder=holders.nobody, aside=True)

    agree = Step(
        requested, to=agreed, by=ASKED, label=_("Agree"), not_by=(ACCEPTED_THE_CLAIM,), ask=asks.OPINION, bulk=True
    )
    refuse = Step(
        requested,
        to=refused,
        by=ASKED,
        label=_("Do not agree"),
        not_by=(ACCEPTED_THE_CLAIM,),
        ask=asks.JOINT_OPINION,
        side=True,
        danger=True,
    )


TOLD = Topic.CLAIM_IN_REVIEW
"""What the asked units are told when their branches open."""
