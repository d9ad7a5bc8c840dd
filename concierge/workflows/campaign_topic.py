"""Topics that are posted and claimed (揭榜领题): one unit takes one, delivers, and the talent office accepts it.

The limit of the case is the day by which it is to be delivered, which each topic names as it is posted.
"""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, working_days
from concierge.models.campaign_reach import TopicReach
from concierge.models.plan import Topic
from concierge.models.scope import CLAIMANTS
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow


class TopicFlow(DistrictFlow[Topic]):
    """The talent office posts what is to be worked on; who claimed it does not accept it."""

    kind = "topic"
    title = _("Campaign topic")
    prefix = "JB"
    subject = Topic
    reach = TopicReach()
    promised = working_days(30)

    posted = State(_("Posted, to be claimed"), initial=True, holder=holders.any_unit)
    claimed = State(_("Claimed"), holder=holders.claimant)
    delivered = State(_("Delivered, to be accepted"), holder=holders.office, clock=Clock.MET, due=working_days(5))
    finished = State(_("Accepted and finished"), final=True, holder=holders.nobody)
    withdrawn = State(_("Topic withdrawn"), final=True, holder=holders.nobody)

    claim = Step(posted, to=claimed, by=CLAIMANTS, label=_("Claim it for our unit"))
    deliver = Step(claimed, to=delivered, by=CLAIMANTS, label=_("Deliver"), ask=asks.DELIVERY)
    accept = Step(
        delivered, to=finished, by=Role.TALENT_OFFICE, label=_("Accept the result"), not_by=("claim", "deliver"),
        ask=asks.OPINION,
    )  # fmt: skip
    give_back = Step(
        delivered, to=claimed, by=Role.TALENT_OFFICE, label=_("Give it back"), not_by=("claim", "deliver"),
        ask=asks.WHY, side=True,
    )  # fmt: skip
    withdraw = Step(
        posted, claimed, delivered, to=withdrawn, by=Role.TALENT_OFFICE, label=_("Withdraw the topic"), ask=asks.WHY,
        side=True, danger=True,
    )  # fmt: skip
