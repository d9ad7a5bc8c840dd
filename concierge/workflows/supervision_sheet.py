"""Supervision sheet (督办单, domain §4): issued, signed for, answered, checked by somebody else, closed out.

Whoever does not answer in time is told on: first to the deputy in charge, then to the first responsible person.
"""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, limit, working_days
from concierge.models.supervision import SupervisionSheet
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

SUPERVISED = (
    Role.SECTOR,
    Role.HR,
    Role.UNIT_LIAISON,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.SPECIALIST_LEAD,
)
"""Who answers for a unit; for the talent office itself the lead of the specialists."""
SUPERVISING = (Role.TALENT_OFFICE, Role.SPECIALIST_LEAD)
ANSWERED = ("sign", "give_feedback")


class SupervisionSheetFlow(DistrictFlow[SupervisionSheet]):
    """A unit is held to a case that lags; the sheet keeps the colour it was issued with."""

    kind = "supervision_sheet"
    title = _("Supervision sheet")
    prefix = "DB"
    subject = SupervisionSheet

    issued = State(_("Issued"), initial=True, holder=holders.supervised, due=working_days(1))
    signed = State(
        _("Signed for by the unit"),
        holder=holders.supervised,
        due=limit("supervise", working_days(3), column=SupervisionSheet.limit_days),
    )
    with_deputy = State(_("Told to the deputy in charge"), holder=holders.supervised, due=working_days(2), aside=True)
    with_first = State(_("Told to the first in charge"), holder=holders.supervised, due=working_days(1), aside=True)
    returned = State(_("Feedback sent back"), holder=holders.supervised, due=working_days(2), aside=True)
    answered = State(_("Feedback given"), holder=holders.office, due=working_days(2))
    checked = State(_("Checked"), holder=holders.office, due=working_days(1))
    closed = State(_("Closed out"), final=True, holder=holders.nobody)
    followed = State(_("Followed by a graver sheet"), final=True, holder=holders.nobody, aside=True)
    cancelled = State(_("Cancelled"), final=True, holder=holders.nobody, aside=True)

    sign = Step(issued, to=signed, by=SUPERVISED, label=_("Sign for the sheet"), bulk=True)
    give_feedback = Step(
        signed,
        with_deputy,
        with_first,
        returned,
        to=answered,
        by=SUPERVISED,
        label=_("Give feedback"),
        ask=asks.RECTIFIED,
    )
    check = Step(answered, to=checked, by=SUPERVISING, label=_("Check it"), not_by=ANSWERED, ask=asks.FINDING)
    send_back = Step(
        answered, to=returned, by=SUPERVISING, label=_("It is not done"), not_by=ANSWERED, ask=asks.WHY, side=True
    )
    close = Step(checked, to=closed, by=SUPERVISING, label=_("Close it out"), not_by=ANSWERED, bulk=True)
    tell_deputy = Step(
        issued,
        signed,
        returned,
        to=with_deputy,
        by=Role.SYSTEM,
        label=_("Tell the deputy in charge"),
        tell=Topic.SHEET_DEPUTY,
        side=True,
    )
    tell_first = Step(
        with_deputy,
        to=with_first,
        by=Role.SYSTEM,
        label=_("Tell the first responsible person"),
        tell=Topic.SHEET_FIRST,
        side=True,
    )
    follow = Step(
        issued,
        signed,
        with_deputy,
        with_first,
        returned,
        to=followed,
        by=Role.SYSTEM,
        label=_("Follow it by a graver sheet"),
        side=True,
    )
    cancel = Step(
        issued,
        signed,
        with_deputy,
        with_first,
        returned,
        answered,
        checked,
        to=cancelled,
        by=Role.TALENT_OFFICE,
        label=_("Cancel the sheet"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
