"""Rectification (整改, domain §3.1): found, handed over, signed for, put right, verified by somebody else, closed."""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, limit, working_days
from concierge.models.scope import FindingReach
from concierge.models.supervision import Finding
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow

UNITS = (Role.SECTOR, Role.HR, Role.UNIT_LIAISON)
TEAM = (Role.SUPERVISOR, Role.TALENT_OFFICE)


class FindingFlow(DistrictFlow[Finding]):
    """A supervision team finds something; the unit puts it right; whoever found it does not verify it."""

    kind = "finding"
    title = _("Finding")
    prefix = "DC"
    subject = Finding
    reach = FindingReach()

    found = State(_("Found by the team"), initial=True, holder=holders.team, due=working_days(1))
    issued = State(_("Handed to the unit"), holder=holders.inspected, due=working_days(1))
    signed = State(_("Signed for by the unit"), holder=holders.inspected, due=working_days(1))
    rectifying = State(
        _("Being put right"),
        holder=holders.inspected,
        due=limit("rectify", working_days(10), column=Finding.limit_days),
    )
    reported = State(_("Reported as put right"), holder=holders.team, due=working_days(3))
    returned = State(_("Not put right yet"), holder=holders.inspected, due=working_days(3), aside=True)
    verified = State(_("Verified"), holder=holders.team, due=working_days(2))
    escalated = State(_("Escalated"), holder=holders.office, due=working_days(2), aside=True)
    closed = State(_("Finding closed"), final=True, holder=holders.nobody)
    lifted = State(_("Finding lifted"), final=True, holder=holders.nobody)

    issue = Step(found, to=issued, by=Role.SUPERVISOR, label=_("Hand it to the unit"), bulk=True)
    sign = Step(issued, to=signed, by=UNITS, label=_("Sign for the finding"))
    start = Step(signed, to=rectifying, by=UNITS, label=_("Begin to put it right"))
    report = Step(rectifying, returned, to=reported, by=UNITS, label=_("Report it as put right"), ask=asks.RECTIFIED)
    verify = Step(reported, to=verified, by=TEAM, label=_("Verify on the spot"), not_by=("open",), ask=asks.OPINION)
    send_back = Step(
        reported, to=returned, by=TEAM, label=_("It is not put right"), not_by=("open",), ask=asks.WHY, side=True
    )
    close = Step(verified, to=closed, by=TEAM, label=_("Close the finding"), bulk=True)
    escalate = Step(
        issued,
        signed,
        rectifying,
        returned,
        to=escalated,
        by=(Role.SUPERVISOR, Role.SYSTEM),
        label=_("Escalate"),
        side=True,
    )
    resume = Step(escalated, to=rectifying, by=Role.TALENT_OFFICE, label=_("Set a new limit"), ask=asks.WHY)
    lift = Step(
        issued,
        signed,
        rectifying,
        reported,
        returned,
        escalated,
        to=lifted,
        by=Role.TALENT_OFFICE,
        label=_("Lift the finding"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
