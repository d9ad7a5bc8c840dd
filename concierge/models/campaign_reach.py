"""Whose topics and items of publicity are whose: what is posted is for all, what is published is the press's."""

from typing import Any

from sqlalchemy import ColumnElement, or_

from concierge.engine import binds
from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.scope import CLAIMANTS, CaseReach
from concierge.rules.roles import Role

UNCLAIMED = "any_unit"
"""The holder of a topic that nobody has claimed."""


class TopicReach(CaseReach):
    """Topics: any unit may claim what is posted; whoever claimed it delivers."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on a topic."""
        if role in CLAIMANTS:
            return or_(Case.__table__.c.holder == UNCLAIMED, super().may_act(role))
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded topic."""
        return (role in CLAIMANTS and case.holder == UNCLAIMED) or super().may_act_here(role, case, actor)


class PressReach(CaseReach):
    """Items of publicity: whoever sits at the press desk acts on all of them, also where a unit has nobody to write."""

    def may_act(self, role: Role) -> ColumnElement[bool]:
        """Under which clause a holder of the role may act on an item."""
        if role is Role.PRESS:
            return binds.in_units_of(role, Case.__table__.c.office_id)
        return super().may_act(role)

    def may_act_here(self, role: Role, case: Any, actor: Actor) -> bool:
        """The same for one loaded item."""
        if role is Role.PRESS:
            return case.office_id in actor.units(role)
        return super().may_act_here(role, case, actor)
