"""Dispatch orders (点单派单, domain §3.1): from the need to the service, confirmed by both sides and rated."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, limit, working_days
from concierge.models.dispatch import DispatchOrder
from concierge.models.scope import OrderReach
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

OF_THE_HOST = (Role.UNIT_LIAISON, Role.SECTOR, Role.TALENT_OFFICE, Role.SYSTEM)
"""Whoever answers for the host; the system where the host answered by its own link."""
BUREAU = (Role.SECTOR, Role.TALENT_OFFICE)
WHO_RECORDED = ("serve", "revise")
"""Whoever says that a service took place, or what it was, does not answer for its host."""


class DispatchOrderFlow(DistrictFlow[DispatchOrder]):
    """A need is sorted, experts are asked, one accepts and serves; the host confirms and rates."""

    kind = "dispatch_order"
    title = _("Dispatch order")
    prefix = "PD"
    subject = DispatchOrder
    reach = OrderReach()

    raised = State(_("Raised"), initial=True, holder=holders.bureau, due=working_days(1))
    triaged = State(_("Sorted"), holder=holders.bureau, due=working_days(1))
    dispatched = State(_("Experts asked"), holder=holders.sent, due=limit("accept_order", working_days(1)))
    declined = State(_("Declined"), holder=holders.bureau, due=working_days(1), aside=True)
    accepted = State(_("Accepted"), holder=holders.sent, due=working_days(10))
    served = State(_("Served"), holder=holders.host, due=working_days(5), clock=Clock.MET)
    host_confirmed = State(_("Confirmed by the host"), holder=holders.bureau, due=working_days(5), clock=Clock.MET)
    rated = State(_("Rated by the host"), holder=holders.bureau, due=working_days(1), clock=Clock.MET)
    closed = State(_("Order closed"), final=True, holder=holders.nobody)
    cancelled = State(_("Order cancelled"), final=True, holder=holders.nobody)

    triage = Step(raised, to=triaged, by=BUREAU, label=_("Sort the order"), ask=asks.TRIAGE, bulk=True)
    dispatch = Step(
        triaged,
        declined,
        to=dispatched,
        by=(*BUREAU, Role.SYSTEM),
        label=_("Dispatch"),
        when=(guards.somebody_named,),
        tell=Topic.ORDER_OFFERED,
        bulk=True,
    )
    accept = Step(
        dispatched, to=accepted, by=(Role.EXPERT, *BUREAU), label=_("Accept the order"), own_case=True, bulk=True
    )
    decline = Step(
        dispatched,
        accepted,
        to=declined,
        by=(Role.EXPERT, *BUREAU, Role.SYSTEM),
        label=_("Decline the order"),
        ask=asks.WHY,
        side=True,
        own_case=True,
    )
    serve = Step(
        accepted,
        to=served,
        by=(Role.EXPERT, *BUREAU),
        label=_("Record the service"),
        ask=asks.SERVICE,
        own_case=True,
        bulk=True,
    )
    revise = Step(
        served,
        to=served,
        by=BUREAU,
        label=_("Correct the service"),
        ask=asks.SERVICE_CORRECTED,
        side=True,
        own_case=True,
        bulk=True,
    )
    confirm = Step(
        served,
        to=host_confirmed,
        by=OF_THE_HOST,
        label=_("Confirm for the host"),
        not_by=WHO_RECORDED,
        ask=asks.CONFIRMATION,
        bulk=True,
    )
    contest = Step(
        served,
        to=accepted,
        by=OF_THE_HOST,
        label=_("It did not take place"),
        not_by=WHO_RECORDED,
        ask=asks.WHY,
        side=True,
    )
    take_back = Step(served, to=cancelled, by=Role.SYSTEM, label=_("Taken back with its list"))
    rate = Step(
        host_confirmed,
        to=rated,
        by=OF_THE_HOST,
        label=_("Record the host's rating"),
        when=(guards.order_not_rated,),
        not_by=WHO_RECORDED,
        ask=asks.RATING,
    )
    close = Step(host_confirmed, rated, to=closed, by=BUREAU, label=_("Close the order"), bulk=True)
    cancel = Step(
        raised,
        triaged,
        dispatched,
        declined,
        accepted,
        to=cancelled,
        by=BUREAU,
        label=_("Cancel the order"),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
