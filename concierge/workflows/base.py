"""What all our flows share: whose cases are whose, and limits set by the policy version."""

from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, select

from concierge.engine.declare import Reach, Workflow
from concierge.engine.tables import Case
from concierge.models.calendar import calendar_stamp
from concierge.models.policy import PolicyLimit
from concierge.models.scope import CaseReach

A_YEAR = 250
"""A year in working days, for pauses that only a year's turn, a court or a changed fact ends."""
C = TypeVar("C", bound=Case)


class DistrictFlow(Workflow[C], Generic[C]):
    """A flow over cases of a district, acted upon by those whose cases they are."""

    reach: ClassVar[Reach] = CaseReach()
    calendar_stamp: ClassVar[ColumnElement[str]] = calendar_stamp()


def limits_of(policy_version: Any) -> Callable[[str], ColumnElement[int]]:
    """Look a named limit up in the limits of the policy version that rules the case."""
    limits = PolicyLimit.__table__

    def days(name: str) -> ColumnElement[int]:
        found = select(limits.c.days).where(limits.c.policy_version_id == policy_version, limits.c.name == name)
        return found.scalar_subquery()

    return days
