"""Who should be asked first: points for each reason, from inputs that are kept, so that a ranking can be made again."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from concierge.basics.text import Text, _

ASKED_AT_ONCE = 3
KNOWS = 30
LOAD, MOST_LOAD = -10, -30
NEAR = (15, 10, 5, 0)
BEST_RATING, UNKNOWN_RATING = 20, 12
RECENT, MOST_RECENT = -1, -10
AWAY = -100
REFUSED = -60

REASONS: dict[str, Text] = {
    "specialty": _("his specialty is named in the need"),
    "load": _("orders he has in hand"),
    "distance": _("how far his place is from theirs"),
    "rating": _("how hosts have rated him"),
    "recent": _("his service of the last 30 days"),
    "absence": _("he is away then"),
    "answer": _("he declined this order, or did not answer"),
}


@dataclass(frozen=True)
class Inputs:
    """What the points are made from. `distance` is the difference of remoteness classes (0 to 3), `rating` the mean of
    the hosts' ratings in hundredths, 0 where there is none."""

    knows: bool = False
    in_hand: int = 0
    distance: int = 0
    rating: int = 0
    recent: int = 0
    away: bool = False
    refused: bool = False

    def as_json(self) -> dict[str, Any]:
        """The form in which they are kept."""
        return asdict(self)


def inputs_of(kept: Mapping[str, Any]) -> Inputs:
    """The inputs behind their kept form."""
    return Inputs(**kept)


def points_of(inputs: Inputs) -> dict[str, int]:
    """The points of each reason that says anything; their sum ranks."""
    found = {
        "specialty": KNOWS if inputs.knows else 0,
        "load": max(MOST_LOAD, LOAD * inputs.in_hand),
        "distance": NEAR[min(max(inputs.distance, 0), len(NEAR) - 1)],
        "rating": inputs.rating * BEST_RATING // 500 if inputs.rating else UNKNOWN_RATING,
        "recent": max(MOST_RECENT, RECENT * inputs.recent),
        "absence": AWAY if inputs.away else 0,
        "answer": REFUSED if inputs.refused else 0,
    }
    return {reason: points for reason, points in found.items() if points}


def total_of(inputs: Inputs) -> int:
    """All points together."""
    return sum(points_of(inputs).values())


def ranked(candidates: Iterable[tuple[int, Inputs]]) -> list[tuple[int, Inputs]]:
    """Experts with their inputs, the best first; equal ones in the order of their ids."""
    return sorted(candidates, key=lambda pair: (-total_of(pair[1]), pair[0]))
