"""The three answers of the house to what it will not do: a refusal, invalid input, and not found."""

from dataclasses import dataclass
from typing import Self

from concierge.basics.text import Text, _


@dataclass(frozen=True)
class Reason:
    """Why something is refused: a stable code for programs, a text for people, the field it concerns if any."""

    code: str
    text: Text
    field: str | None = None


class Refusal(Exception):
    """The rules say no; `reasons` holds every reason, never only the first. Doors answer 409."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*reasons)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """All reasons, in the order in which they were found."""
        return self.args

    @classmethod
    def because(cls, code: str, text: Text, field: str | None = None) -> Self:
        """A refusal with one reason."""
        return cls(Reason(code, text, field))

    def __str__(self) -> str:
        # Logs print exceptions: only codes, because a text may carry personal data.
        return ", ".join(reason.code for reason in self.reasons)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


class Invalid(Refusal):
    """What was typed is wrong; each reason names its field. Doors answer 422."""


class NotFound(Exception):
    """Absent, or not visible to who asks: the two are told alike. Doors answer 404."""


def within(typed: str, longest: int, field: str) -> str:
    """What was typed, without blanks around it. Raises Invalid beyond `longest` characters: nothing is cut unsaid."""
    words = typed.strip()
    if len(words) > longest:
        raise Invalid.because("too_long", _("At most %(n)s characters, please.", n=longest), field)
    return words
