"""Items of publicity (宣传报道): written by a unit, checked by somebody else, published with everybody's consent."""

from concierge.basics.text import _
from concierge.engine.declare import State, Step, working_days
from concierge.models.campaign_reach import PressReach
from concierge.models.press import PressItem
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow

WRITERS = (Role.PRESS, Role.TALENT_OFFICE, Role.SECTOR)
CHECKERS = (Role.PRESS, Role.TALENT_OFFICE)
AUTHORS = (*WRITERS, Role.UNIT_LIAISON, Role.HR)
"""Whoever answers for the unit an item is of writes it anew when it comes back."""
WROTE = ("open", "rewrite")


class PressItemFlow(DistrictFlow[PressItem]):
    """Nobody is told of without his consent, and whoever wrote an item does not check it."""

    kind = "press_item"
    title = _("Item of publicity")
    prefix = "XC"
    subject = PressItem
    reach = PressReach()

    written = State(_("Written, to be checked"), initial=True, holder=holders.press_desk, due=working_days(2))
    returned = State(_("Given back to its author"), holder=holders.author, due=working_days(3), aside=True)
    checked = State(_("Checked, to be published"), holder=holders.press_desk, due=working_days(5))
    published = State(_("Item published"), final=True, holder=holders.nobody)
    withdrawn = State(_("Item withdrawn"), final=True, holder=holders.nobody)

    clear = Step(written, to=checked, by=CHECKERS, label=_("Pass the item"), not_by=WROTE)
    give_back = Step(written, to=returned, by=CHECKERS, label=_("Give it back"), not_by=WROTE, ask=asks.WHY, side=True)
    rewrite = Step(returned, to=written, by=AUTHORS, label=_("Write it anew"), ask=asks.REWRITING)
    publish = Step(checked, to=published, by=CHECKERS, label=_("It was published"), ask=asks.PUBLICATION)
    withdraw = Step(
        written, returned, checked, to=withdrawn, by=(*CHECKERS, Role.SYSTEM), label=_("Withdraw the item"),
        ask=asks.WHY, side=True, danger=True,
    )  # fmt: skip
