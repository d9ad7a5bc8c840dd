"""Service vouchers (服务券): placed by the unit, reported by the provider, accepted by the expert, settled."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, working_days
from concierge.models.voucher import Voucher
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

GIVERS = (Role.SECTOR, Role.UNIT_LIAISON, Role.TALENT_OFFICE)
RECEIVERS = (Role.EXPERT, Role.SPECIALIST, Role.SPECIALIST_LEAD)
FILLERS = (Role.SPECIALIST, Role.SPECIALIST_LEAD, Role.TALENT_OFFICE, Role.SYSTEM)
SERVED = ("used", "disputed", "accepted", "settled", "served")
"""States in which the provider has given the service."""


class VoucherFlow(DistrictFlow[Voucher]):
    """A benefit in kind reaches the expert through a provider, whom finance pays by what the expert accepted."""

    kind = "voucher"
    title = _("Service voucher")
    prefix = "FQ"
    subject = Voucher

    wanted = State(_("To be placed with a provider"), initial=True, holder=holders.service_unit, due=working_days(1))
    issued = State(_("Ready to be used"), holder=holders.provider, clock=Clock.WAITING)
    used = State(_("Used, to be accepted"), holder=holders.expert, due=working_days(5))
    disputed = State(_("Disputed"), holder=holders.service_unit, due=working_days(5), aside=True)
    accepted = State(_("Accepted, to be settled"), holder=holders.voucher_payer, due=working_days(22))
    settled = State(_("Settled with the provider"), final=True, holder=holders.nobody)
    served = State(_("Service accepted"), final=True, holder=holders.nobody)
    expired = State(_("Voucher not used in time"), final=True, holder=holders.nobody, aside=True)
    withdrawn = State(_("Voucher withdrawn"), final=True, holder=holders.nobody, aside=True)

    place = Step(
        wanted, to=issued, by=GIVERS, label=_("Place with a provider"), ask=asks.PROVIDER, tell=Topic.VOUCHER_PLACED
    )
    move = Step(
        issued,
        to=issued,
        by=FILLERS[:-1],
        label=_("Move to another provider"),
        ask=asks.PROVIDER,
        tell=Topic.VOUCHER_PLACED,
        side=True,
    )
    report = Step(
        issued,
        to=used,
        by=Role.UNIT_LIAISON,
        label=_("Report the service"),
        ask=asks.VOUCHER_USED,
        tell=Topic.VOUCHER_USED,
    )
    accept = Step(
        used,
        to=accepted,
        by=RECEIVERS,
        label=_("Accept the service"),
        when=(guards.costs_money,),
        not_by=("report",),
        ask=asks.OPINION,
    )
    accept_free = Step(
        used,
        to=served,
        by=RECEIVERS,
        label=_("Accept the service"),
        when=(guards.costs_nothing,),
        not_by=("report",),
        ask=asks.OPINION,
    )
    dispute = Step(
        used, to=disputed, by=RECEIVERS, label=_("Dispute the service"), not_by=("report",), ask=asks.WHY, side=True
    )
    correct = Step(
        disputed,
        to=used,
        by=GIVERS,
        label=_("Put the report right and ask again"),
        not_by=("report", "dispute"),
        ask=asks.VOUCHER_CORRECTED,
        tell=Topic.VOUCHER_USED,
    )
    reopen = Step(
        disputed,
        to=issued,
        by=GIVERS,
        label=_("It was not served, the voucher holds again"),
        not_by=("report", "dispute"),
        ask=asks.WHY,
        side=True,
    )
    settle = Step(
        accepted,
        to=settled,
        by=Role.FINANCE_MAKER,
        label=_("Settle with the provider"),
        not_by=("place", "move", "report", "accept", "correct"),
        bulk=True,
    )
    expire = Step(issued, to=expired, by=Role.SYSTEM, label=_("Not used in time"), side=True)
    withdraw = Step(
        wanted, issued, to=withdrawn, by=FILLERS, label=_("Withdraw the voucher"), ask=asks.WHY, side=True, danger=True
    )
