"""What experts may ask for (人文关怀): the taxonomy of care, and how soon each kind is answered (domain §4, §4.1)."""

from dataclasses import dataclass
from enum import StrEnum

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _

SAME_DAY = 0  # working days: by close of business on the day of registration
CONSULTATION = 3
SUGGESTION = 13


class Channel(StrEnum):
    """The way by which a request came in."""

    PHONE = "phone"
    PORTAL = "portal"
    VISIT = "visit"
    ON_BEHALF = "on_behalf"

    @property
    def label(self) -> Text:
        """The channel's name for people."""
        return _CHANNEL_LABELS[self]


_CHANNEL_LABELS = {
    Channel.PHONE: _("Telephone"),
    Channel.PORTAL: _("Expert's own page"),
    Channel.VISIT: _("Visit"),
    Channel.ON_BEHALF: _("By an agent on behalf"),
}


@dataclass(frozen=True)
class CareCategory:
    """One kind of request; `limit_days` are working days, `is_private` marks health and family matters."""

    code: str
    label: Text
    group: str
    limit_days: int = CONSULTATION
    is_private: bool = False
    needs_consent: bool = False


GROUPS: dict[str, Text] = {
    "policy": _("Benefits"),
    "work": _("Work"),
    "living": _("Living"),
    "family": _("Family"),
    "platform": _("Platform and service"),
}

CATEGORIES: dict[str, CareCategory] = {
    each.code: each
    for each in (
        CareCategory("policy_question", _("Policy consultation"), "policy"),
        CareCategory("benefit_question", _("Question about a benefit"), "policy"),
        CareCategory("recruitment", _("Recruitment and joining"), "work"),
        CareCategory("training", _("Training"), "work"),
        CareCategory("evaluation", _("Title and evaluation"), "work"),
        CareCategory("incentive", _("Incentives"), "work"),
        CareCategory("start_up", _("Start-up and projects"), "work"),
        CareCategory("commuting", _("Commuting"), "work"),
        CareCategory("housing", _("Housing near work"), "living"),
        CareCategory("rent", _("Rent"), "living"),
        CareCategory("meals", _("Meals"), "living"),
        CareCategory("medical", _("Medical help"), "living", is_private=True),
        CareCategory("psychological", _("Psychological and social support"), "living", is_private=True),
        CareCategory("documents", _("Documents and household registration"), "living"),
        CareCategory("legal", _("Legal advice"), "living"),
        CareCategory("schooling", _("Child schooling"), "family", is_private=True, needs_consent=True),
        CareCategory("child_care", _("Child care"), "family", is_private=True, needs_consent=True),
        CareCategory("spouse_work", _("Work for the spouse"), "family", is_private=True),
        CareCategory("elderly_parents", _("Elderly parents"), "family", is_private=True),
        CareCategory("bereavement", _("Bereavement and hardship"), "family", is_private=True),
        CareCategory("convenience", _("Convenience of the service"), "platform"),
        CareCategory("suggestion", _("Suggestion"), "platform", SUGGESTION),
        CareCategory("complaint", _("Complaint"), "platform", SUGGESTION),
        CareCategory("poor_rating", _("Visit after a poor rating"), "platform", 5),
    )
}
LEVELS: dict[int, Text] = {
    5: _("Very satisfied"),
    4: _("Satisfied"),
    3: _("Fair"),
    2: _("Dissatisfied"),
    1: _("Very dissatisfied"),
}
"""The five levels of a rating (好差评)."""

TAGS: dict[str, Text] = {
    "about_speed": _("Speed"),
    "about_manner": _("Manner"),
    "about_result": _("Result"),
    "about_clarity": _("Explanation"),
    "about_effort": _("Number of visits and papers"),
}
"""What a rating is about; any number may be ticked."""
POOR = 2
"""The level up to which a rating opens a rectification (domain §4)."""
APPEAL_WITHIN = 5  # working days after the rating

OPENED_BY_THE_SYSTEM = frozenset({"poor_rating"})
ASKED_APART = "policy_question"
"""What a policy means is asked and answered in a flow of its own; requests of this kind are no longer offered."""


def category_of(code: str) -> CareCategory:
    """The kind of request behind a code. Raises Invalid for a code that nobody may choose."""
    found = CATEGORIES.get(code)
    if found is None or code in OPENED_BY_THE_SYSTEM:
        raise Invalid.because("care_category", _("Please choose what the request is about."), "category")
    return found


def label_of(code: str) -> Text:
    """The name of a kind of request, also of one no longer offered."""
    found = CATEGORIES.get(code)
    return found.label if found is not None else Text(code)


def offered() -> list[tuple[Text, list[CareCategory]]]:
    """What may be chosen, group by group."""
    apart = OPENED_BY_THE_SYSTEM | {ASKED_APART}
    return [
        (label, [c for c in CATEGORIES.values() if c.group == group and c.code not in apart])
        for group, label in GROUPS.items()
    ]


def limit_of(category: CareCategory, *, urgent: bool, promised: int | None = None) -> int:
    """The limit of a request in working days (domain §4): urgent the same day; a shorter promise may be given.

    Raises Invalid when the promise is longer than the rule.
    """
    rule = SAME_DAY if urgent else category.limit_days
    if promised is None:
        return rule
    if not 0 <= promised <= rule:
        raise Invalid.because(
            "care_limit", _("Working days that may be promised here at most: %(n)s.", n=rule), "promised"
        )
    return promised
