"""Differences between the three sides of a payment: explained by one person, settled by another (product, point 5)."""

from concierge.basics.text import _
from concierge.engine.asks import Ask, reason
from concierge.engine.declare import State, Step, earlier, working_days
from concierge.models.settlement import Difference
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow

FINANCE = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)
EXPLANATION = Ask(reason(_("What was found"), hint=_("What the bank or the expert says, and the paper that shows it.")))
SENT_IT = earlier("send", at=Difference.batch_id)


class DifferenceFlow(DistrictFlow[Difference]):
    """Two sides of a payment disagree until one person has explained it and another has settled it."""

    kind = "difference"
    title = _("Difference")
    prefix = "CY"
    subject = Difference

    open_ = State(_("To be cleared up"), initial=True, holder=holders.difference_payer, due=working_days(5))
    explained = State(_("Explained"), holder=holders.difference_payer, due=working_days(2))
    settled = State(_("Settled"), final=True, holder=holders.nobody)
    issued_again = State(_("Missing money issued again"), final=True, holder=holders.nobody, aside=True)

    explain = Step(
        open_, to=explained, by=FINANCE, label=_("Explain the difference"), not_by=(SENT_IT,), ask=EXPLANATION
    )
    accept = Step(
        explained,
        to=settled,
        by=Role.FINANCE_CHECKER,
        label=_("Accept the explanation"),
        when=(guards.nothing_missing,),
        not_by=("explain", SENT_IT),
        ask=asks.OPINION,
    )
    let_go = Step(
        explained,
        to=settled,
        by=Role.FINANCE_CHECKER,
        label=_("Settle without paying the rest"),
        when=(guards.money_missing,),
        not_by=("explain", SENT_IT),
        ask=asks.WHY,
        side=True,
        danger=True,
    )
    issue_again = Step(
        explained,
        to=issued_again,
        by=Role.FINANCE_CHECKER,
        label=_("Issue the missing money again"),
        when=(guards.money_missing,),
        not_by=("explain", SENT_IT),
        ask=asks.WHY,
    )
    reject = Step(
        explained,
        to=open_,
        by=Role.FINANCE_CHECKER,
        label=_("Ask again"),
        not_by=("explain",),
        ask=asks.WHY,
        side=True,
    )
    end = Step(open_, explained, to=settled, by=Role.SYSTEM, label=_("Ended by the bank's further answer"), side=True)
