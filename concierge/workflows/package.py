"""Package (一件事一次办, domain §4): one form, parallel cases with clocks of their own, one letter with the results."""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, working_days
from concierge.models.package import Package
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow
from concierge.workflows.topics import Topic

STAFF = (Role.SPECIALIST, Role.SPECIALIST_LEAD)
LONGEST = working_days(60)
"""As long as the slowest of its matters may take; each of these has its own limit."""


class PackageFlow(DistrictFlow[Package]):
    """What is asked for once goes its ways side by side; the last answer brings the letter."""

    kind = "package"
    title = _("Package")
    prefix = "YJ"
    subject = Package

    asked = State(_("Asked for"), initial=True, holder=holders.joint, due=LONGEST)
    handling = State(_("Its claims are under way"), holder=holders.joint, due=LONGEST)
    answered = State(_("All is decided"), holder=holders.specialist, due=working_days(2))
    closed = State(_("Result sent"), final=True, holder=holders.nobody)
    withdrawn = State(_("Withdrawn"), final=True, holder=holders.nobody, aside=True)

    begin = Step(asked, to=handling, by=Role.SYSTEM, label=_("Open its claims"))
    finish = Step(asked, handling, to=answered, by=Role.SYSTEM, label=_("All is decided"))
    send_result = Step(
        answered, to=closed, by=STAFF, label=_("Send the letter of results"), tell=Topic.PACKAGE_RESULT, bulk=True
    )
    withdraw = Step(
        asked,
        handling,
        to=withdrawn,
        by=STAFF,
        label=_("Go on without the package"),
        ask=asks.WHY,
        side=True,
    )
