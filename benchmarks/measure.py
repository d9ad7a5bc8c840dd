"""Contestants take turns; a ratio is the median of the ratios of the rounds."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 3


@dataclass(frozen=True)
class Result:
    """A measured ratio: how fast `name` is against its floor (1.0 = as fast), with the spread over the rounds."""

    name: str
    ratio: float
    lowest: float
    highest: float
    goal: str

    def line(self) -> str:
        """The result in one line."""
        return f"{self.name:<58} {self.ratio:6.2f}  ({self.lowest:.2f} to {self.highest:.2f})  goal {self.goal}"


def compare(
    name: str, ours: Callable[[], float], floor: Callable[[], float], *, goal: str, rounds: int = ROUNDS
) -> Result:
    """How fast `ours` is against `floor`: each returns the seconds of the same amount of work; they take turns."""
    ours()
    floor()
    ratios = []
    for _ in range(rounds):
        base = floor()
        ratios.append(base / ours())
    return Result(name, statistics.median(ratios), min(ratios), max(ratios), goal)
