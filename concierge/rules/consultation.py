"""Policy consultation (政策解读, domain §4.1): how a question comes in, how soon it is answered, what is cited."""

from enum import StrEnum

from concierge.basics.errors import Invalid
from concierge.basics.text import Text, _

USUAL = 3  # working days (domain §5)
PRESSING = 1
LONGEST_QUESTION = 2000
CLAUSES = ("clause", "clause_2", "clause_3")
"""The fields of an answer that name what it rests on; the first one is needed."""


class QuestionChannel(StrEnum):
    """The way by which a question came in."""

    PORTAL = "portal"
    PHONE = "phone"
    VISIT = "visit"
    EMPLOYER = "employer"

    @property
    def label(self) -> Text:
        """The channel's name for people."""
        return _LABELS[self]


_LABELS = {
    QuestionChannel.PORTAL: _("Expert's own page"),
    QuestionChannel.PHONE: _("Telephone"),
    QuestionChannel.VISIT: _("Visit"),
    QuestionChannel.EMPLOYER: _("Employer"),
}

PARTS: dict[str, Text] = {
    "": _("the whole policy"),
    "amounts": _("Amounts"),
    "papers": _("Papers"),
    "beside": _("Beside other benefits"),
}
"""What of a policy version can be cited besides its single conditions."""


def limit_of(*, pressing: bool, promised: int | None = None) -> int:
    """Within how many working days a question is answered: three, or one when a decision hangs on it (domain §5).

    A shorter promise may be given. Raises Invalid when it is longer than the rule, or none at all.
    """
    rule = PRESSING if pressing else USUAL
    if promised is None:
        return rule
    if not 1 <= promised <= rule:
        text = _("Between 1 and %(n)s working days may be promised here.", n=rule)
        raise Invalid.because("consultation_limit", text, "promised")
    return promised
