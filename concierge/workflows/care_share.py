"""A care request with several units at once: each signs for its share, has its own clock, and answers."""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, limit, working_days
from concierge.models.care import CareShare
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow

ASKED = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON)


class CareShareFlow(DistrictFlow[CareShare]):
    """One unit's share of a care request; with the last answer the request goes back to its specialist."""

    kind = "care_share"
    title = _("Unit's share of a care request")
    prefix = "XB"
    subject = CareShare
    promised = limit("care", working_days(3), column=CareShare.limit_days)

    assigned = State(_("Assigned"), initial=True, holder=holders.sharing, due=working_days(1))
    signed = State(_("Signed for"), holder=holders.sharing)
    answered = State(_("Answered"), final=True, holder=holders.nobody)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)

    sign = Step(assigned, to=signed, by=ASKED, label=_("Sign for it"), bulk=True)
    give_answer = Step(signed, to=answered, by=ASKED, label=_("Give the unit's answer"), ask=asks.SHARE_ANSWER)
    withdraw = Step(
        assigned,
        signed,
        to=withdrawn,
        by=(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        label=_("Ask this unit no longer"),
        ask=asks.WHY,
        side=True,
    )
