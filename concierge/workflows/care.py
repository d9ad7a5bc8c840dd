"""Care requests (人文关怀, domain §3.1 and §4.1): from call to rating."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, earlier, limit, working_days
from concierge.engine.tables import Case
from concierge.models.care import CareRequest
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

HANDLERS = (Role.SPECIALIST, Role.SECTOR, Role.HR, Role.UNIT_LIAISON)

RATED = (earlier("reply", at=Case.parent_id),)
"""Whoever gave the answer that was rated poorly does not handle the rectification (好差评, domain §4)."""


class CareRequestFlow(DistrictFlow[CareRequest]):
    """An expert asks for help; whoever was asked first owns it until somebody has signed for it."""

    kind = "care_request"
    title = _("Care request")
    prefix = "SQ"
    subject = CareRequest
    promised = limit("care", working_days(3), column=CareRequest.limit_days)

    registered = State(_("Registered"), initial=True, holder=holders.specialist, due=working_days(1))
    assigned = State(_("Assigned"), holder=holders.handler, due=working_days(1))
    signed = State(_("Signed for"), holder=holders.handler, due=working_days(1))
    in_progress = State(_("In progress"), holder=holders.handler)
    with_units = State(_("With several units"), holder=holders.joint, aside=True)
    extension_pending = State(_("Extension asked"), holder=holders.office, due=working_days(1), aside=True)
    transferred = State(_("Handed back for transfer"), holder=holders.specialist, due=working_days(1), aside=True)
    replied = State(_("Replied"), holder=holders.specialist, due=working_days(1), clock=Clock.MET)
    follow_up = State(_("Followed up"), holder=holders.specialist, due=working_days(5), clock=Clock.MET)
    rated = State(_("Rated"), holder=holders.specialist, due=working_days(1), clock=Clock.MET)
    reopened = State(_("Reopened"), holder=holders.specialist, due=working_days(1), aside=True)
    closed = State(_("Closed"), final=True, holder=holders.nobody)

    assign = Step(
        registered,
        transferred,
        reopened,
        to=assigned,
        by=(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        label=_("Assign to a unit"),
        ask=asks.ASSIGNMENT,
        tell=Topic.CARE_ASSIGNED,
        bulk=True,
    )
    ask_units = Step(
        registered,
        transferred,
        reopened,
        in_progress,
        to=with_units,
        by=Role.SPECIALIST,
        label=_("Ask several units at once"),
        not_by=RATED,
        ask=asks.SHARES,
        side=True,
    )
    units_answered = Step(
        with_units,
        to=in_progress,
        by=Role.SYSTEM,
        label=_("All units have answered"),
        when=(guards.nothing_awaited,),
    )
    extend_together = Step(
        with_units,
        to=with_units,
        by=(Role.SPECIALIST_LEAD, Role.TALENT_OFFICE),
        label=_("Give the units more time"),
        when=(guards.within_limit, guards.not_extended),
        not_by=("ask_units",),
        ask=asks.EXTENSION,
        tell=Topic.CARE_EXTENDED,
        side=True,
    )
    handle_myself = Step(
        registered,
        transferred,
        reopened,
        to=in_progress,
        by=Role.SPECIALIST,
        label=_("Handle it myself"),
        not_by=RATED,
        undoable=True,
    )
    sign = Step(assigned, to=signed, by=HANDLERS, label=_("Sign for it"), not_by=RATED, bulk=True)
    start = Step(signed, to=in_progress, by=HANDLERS, label=_("Start handling"), bulk=True)
    hand_back = Step(
        assigned,
        signed,
        in_progress,
        to=transferred,
        by=HANDLERS,
        label=_("Hand back for transfer"),
        ask=asks.WHY,
        side=True,
    )
    ask_extension = Step(
        in_progress,
        to=extension_pending,
        by=HANDLERS,
        label=_("Ask for an extension"),
        when=(guards.within_limit, guards.not_extended),
        ask=asks.EXTENSION,
        side=True,
    )
    grant_extension = Step(
        extension_pending,
        to=in_progress,
        by=(Role.SPECIALIST_LEAD, Role.TALENT_OFFICE),
        label=_("Grant the extension"),
        not_by=("ask_extension",),
        tell=Topic.CARE_EXTENDED,
    )
    deny_extension = Step(
        extension_pending,
        to=in_progress,
        by=(Role.SPECIALIST_LEAD, Role.TALENT_OFFICE),
        label=_("Refuse the extension"),
        not_by=("ask_extension",),
        ask=asks.WHY,
        side=True,
    )
    reply = Step(in_progress, to=replied, by=HANDLERS, label=_("Reply"), ask=asks.REPLY, tell=Topic.CARE_REPLIED)
    call_back = Step(
        replied,
        to=follow_up,
        by=(Role.SPECIALIST, Role.SPECIALIST_LEAD),
        label=_("Record the follow-up call"),
        ask=asks.CALL,
    )
    rate = Step(
        replied,
        follow_up,
        to=rated,
        by=Role.EXPERT,
        label=_("Rate the service"),
        when=(guards.not_rated,),
        ask=asks.CARE_RATING,
    )
    close = Step(rated, follow_up, to=closed, by=(Role.SPECIALIST, Role.SPECIALIST_LEAD), label=_("Close"), bulk=True)
    reopen = Step(
        replied,
        follow_up,
        rated,
        to=reopened,
        by=(Role.EXPERT, Role.SPECIALIST, Role.SPECIALIST_LEAD),
        label=_("Reopen"),
        ask=asks.WHY,
        tell=Topic.CARE_REOPENED,
        side=True,
    )
