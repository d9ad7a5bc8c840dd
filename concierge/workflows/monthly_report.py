"""Monthly returns (月度调度表, domain §3.1): written by the bureau, confirmed by the talent office, locked for good."""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step, working_days
from concierge.models.report import MonthlyReport
from concierge.rules.roles import Role
from concierge.workflows import asks, guards, holders
from concierge.workflows.base import DistrictFlow


class MonthlyReportFlow(DistrictFlow[MonthlyReport]):
    """Figures come from the records; the bureau adds its words. A locked return stays as it was told."""

    kind = "monthly_report"
    title = _("Monthly return")
    prefix = "YB"
    subject = MonthlyReport

    open = State(_("To be returned"), initial=True, holder=holders.reporting_bureau, due=working_days(5))
    submitted = State(_("Handed in"), holder=holders.office, due=working_days(3))
    returned = State(_("Sent back to the bureau"), holder=holders.reporting_bureau, due=working_days(2), aside=True)
    confirmed = State(_("Return confirmed"), holder=holders.office, due=working_days(3))
    locked = State(_("Locked"), holder=holders.nobody, clock=Clock.STOPPED)
    amended = State(_("Corrected in a later month"), final=True, holder=holders.nobody)

    submit = Step(
        open, returned, to=submitted, by=Role.SECTOR, label=_("Hand in the return"), when=(guards.return_written,)
    )
    send_back = Step(
        submitted,
        confirmed,
        to=returned,
        by=Role.TALENT_OFFICE,
        label=_("Send it back"),
        ask=asks.WHY,
        side=True,
    )
    confirm = Step(
        submitted, to=confirmed, by=Role.TALENT_OFFICE, label=_("Confirm the return"), not_by=("submit",), bulk=True
    )
    lock = Step(confirmed, to=locked, by=Role.TALENT_OFFICE, label=_("Lock the month"), bulk=True)
    amend = Step(locked, to=amended, by=Role.SYSTEM, label=_("Name a correction in a later month"))
