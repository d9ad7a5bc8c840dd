"""What a person is asked to agree to apart from everything else (separate consent, PIPL Art. 23, 29, 31; domain §7.1).

What the office must do by law, such as paying, rests on no consent and is never asked for. Each wording has a version;
the version somebody agreed to is kept with the answer.
"""

from datetime import date
from enum import StrEnum

from concierge.basics.text import Text, _

WORDING = "2026-11"
"""The version of the wordings below; a changed wording needs another one."""
GUARDED_BELOW = 14  # years: details of younger children need the guardian's own consent (PIPL Art. 31)


class ConsentTo(StrEnum):
    """The purposes that rest on consent alone; each is given and withdrawn by itself."""

    CARE_DETAILS = "care_details"
    SHARING = "sharing"
    PUBLICITY = "publicity"
    CHILD = "child"

    @property
    def label(self) -> Text:
        """The purpose in a few words."""
        return _LABELS[self]

    @property
    def wording(self) -> Text:
        """What exactly is agreed to."""
        return _WORDINGS[self]

    @property
    def after_withdrawal(self) -> Text:
        """What stops with a withdrawal; everything else goes on."""
        return _AFTER[self]


OWN = (ConsentTo.CARE_DETAILS, ConsentTo.SHARING, ConsentTo.PUBLICITY)
"""What a person decides for himself; CHILD is decided by a guardian, child by child."""

_LABELS = {
    ConsentTo.CARE_DETAILS: _("Health and family details for care"),
    ConsentTo.SHARING: _("Passing a request on to a hospital, school or employer"),
    ConsentTo.PUBLICITY: _("Publicity with my name or picture"),
    ConsentTo.CHILD: _("Details of a child under 14"),
}
_WORDINGS = {
    ConsentTo.CARE_DETAILS: _(
        "My specialist keeps what I tell about my health and my family, sealed, to handle my care requests."
    ),
    ConsentTo.SHARING: _(
        "A request of mine is handed, with its words, to the hospital, school or employer that answers it."
    ),
    ConsentTo.PUBLICITY: _("The district may report on my work with my name, my post and pictures."),
    ConsentTo.CHILD: _("As guardian I agree that the details of this child are used for schooling and care requests."),
}
_AFTER = {
    ConsentTo.CARE_DETAILS: _("Notes kept so far can no longer be read by staff, and no new ones are kept."),
    ConsentTo.SHARING: _(
        "No further request goes to a hospital, school or employer; the district's offices still answer."
    ),
    ConsentTo.PUBLICITY: _("Nothing new is published; what the law wants posted in public is not touched by this."),
    ConsentTo.CHILD: _("The details of this child are no longer used; a benefit that needs them waits."),
}


def needs_guardian(born: date | None, today: date) -> bool:
    """Whether somebody born on this day is a child whose details need a guardian's consent; unknown counts as yes."""
    if born is None:
        return True
    birthday = (born.month, born.day) <= (today.month, today.day)
    return today.year - born.year - (0 if birthday else 1) < GUARDED_BELOW
