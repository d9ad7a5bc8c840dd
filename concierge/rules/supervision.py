"""Supervision sheets (督办单, domain §4): three colours, the rules by which one is issued, and how far it climbs."""

from dataclasses import dataclass
from enum import StrEnum

from concierge.basics.text import Text, _


class Colour(StrEnum):
    """How serious a sheet is, given when it is issued and never changed; what gets worse gets a new sheet."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"

    @property
    def label(self) -> Text:
        """The colour in words, for people who do not see it."""
        return _COLOUR_LABELS[self]


_COLOUR_LABELS = {
    Colour.BLUE: _("Blue: near its limit"),
    Colour.YELLOW: _("Yellow: behind or poorly done"),
    Colour.RED: _("Red: overdue"),
}


@dataclass(frozen=True)
class Watch:
    """One rule of electronic supervision. `beyond` are the working days past a limit from which it speaks."""

    code: str
    label: Text
    colour: Colour
    beyond: int = 0


CASE_LATE = Watch("case_late", _("The case is more than five working days past its limit"), Colour.RED, 5)
STEP_LATE = Watch("step_late", _("The step is more than two working days past its limit"), Colour.YELLOW, 2)
REFUSED = Watch("refused_complete", _("Not accepted although all required papers were there"), Colour.YELLOW)
BY_HAND = "by_hand"
WATCHES = {watch.code: watch for watch in (CASE_LATE, STEP_LATE, REFUSED)}
"""What opens a sheet by itself. A rejection without reason cannot occur: the step itself asks for one."""

ANSWER_WITHIN = {Colour.BLUE: 1, Colour.YELLOW: 3, Colour.RED: 2}
"""Working days from signing for a sheet to the feedback: what is near its limit is answered at once (domain §5)."""
LOOKS_BACK = 5
"""Working days for which a refusal is looked at, should a morning's supervision have failed."""


def cause_of(code: str) -> Text:
    """Why a sheet was issued, in words."""
    watch = WATCHES.get(code)
    return watch.label if watch is not None else _("Issued by hand")
