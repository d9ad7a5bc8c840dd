"""The words of plans (domain §1, elements 3 to 8): who issued a basis, which post one holds, how a task stands."""

from datetime import date
from enum import StrEnum

from concierge.basics.text import Text, _


class BasisLevel(StrEnum):
    """Who issued a document that the campaign rests on (决策部署), from the centre downwards."""

    CENTRAL = "central"
    REGION = "region"
    CITY = "city"
    DISTRICT = "district"

    @property
    def label(self) -> Text:
        """The level's name for people."""
        return _LEVELS[self]


_LEVELS = {
    BasisLevel.CENTRAL: _("Central authorities"),
    BasisLevel.REGION: _("Province or region"),
    BasisLevel.CITY: _("City"),
    BasisLevel.DISTRICT: _("This district"),
}


class Post(StrEnum):
    """What one answers for: a seat in the leading group, or a unit (第一责任人, 分管领导)."""

    GROUP_LEADER = "group_leader"
    GROUP_DEPUTY = "group_deputy"
    GROUP_MEMBER = "group_member"
    FIRST = "first"
    DEPUTY = "deputy"

    @property
    def label(self) -> Text:
        """The post's name for people."""
        return _POSTS[self]

    @property
    def is_in_group(self) -> bool:
        """Whether it is a seat in the leading group."""
        return self in (Post.GROUP_LEADER, Post.GROUP_DEPUTY, Post.GROUP_MEMBER)


_POSTS = {
    Post.GROUP_LEADER: _("Head of the leading group"),
    Post.GROUP_DEPUTY: _("Deputy head of the leading group"),
    Post.GROUP_MEMBER: _("Member of the leading group"),
    Post.FIRST: _("First responsible person"),
    Post.DEPUTY: _("Deputy in charge"),
}


class Pace(StrEnum):
    """How a task stands: reached, at an even pace or better, behind it, or past its day without its target."""

    REACHED = "reached"
    EVEN = "even"
    BEHIND = "behind"
    MISSED = "missed"

    @property
    def label(self) -> Text:
        """The pace in words."""
        return _PACES[self]


_PACES = {
    Pace.REACHED: _("Target reached"),
    Pace.EVEN: _("On pace"),
    Pace.BEHIND: _("Behind an even pace"),
    Pace.MISSED: _("Past its day, target not reached"),
}


def pace(*, reached: int, target: int, starts_on: date, due_on: date, today: date) -> Pace:
    """How a task stands on a day: what an even pace from the plan's first day would have reached is the measure."""
    if reached >= target:
        return Pace.REACHED
    if today > due_on:
        return Pace.MISSED
    gone, span = (today - starts_on).days, (due_on - starts_on).days + 1
    return Pace.EVEN if reached * span >= target * gone else Pace.BEHIND
