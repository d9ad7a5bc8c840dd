"""Placements (访学, 跟岗培训): declared, approved, on post, completed. Only what was completed is told as completed.

No office promises a date here: whether and when is for the host to say, so no clock runs.
"""

from concierge.basics.text import _
from concierge.engine.declare import Clock, State, Step
from concierge.models.campaign import Placement
from concierge.rules.roles import Role
from concierge.workflows import asks, holders
from concierge.workflows.base import DistrictFlow

BUREAU = (Role.SECTOR, Role.TALENT_OFFICE)


class PlacementFlow(DistrictFlow[Placement]):
    """The bureau declares somebody for a place elsewhere; the place's answer and the stay itself are recorded."""

    kind = "placement"
    title = _("Placement")
    prefix = "GG"
    subject = Placement

    declared = State(_("Declared"), initial=True, holder=holders.placing_bureau, clock=Clock.WAITING)
    approved = State(_("Place granted"), holder=holders.placing_bureau, clock=Clock.WAITING)
    on_post = State(_("On post"), holder=holders.placing_bureau, clock=Clock.WAITING)
    completed = State(_("Stay completed"), final=True, holder=holders.nobody)
    ended = State(_("Not granted or given up"), final=True, holder=holders.nobody)

    approve = Step(declared, to=approved, by=BUREAU, label=_("The place was granted"), bulk=True)
    begin = Step(approved, to=on_post, by=BUREAU, label=_("The stay began"), bulk=True)
    complete = Step(on_post, to=completed, by=BUREAU, label=_("The stay was completed"), bulk=True)
    end = Step(
        declared, approved, on_post, to=ended, by=BUREAU, label=_("Not granted, or given up"), ask=asks.WHY, side=True
    )
