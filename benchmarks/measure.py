"""Contestants take turns; a ratio is the median of the ratios of the rounds."""

import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROUNDS = 3
Size = Callable[[int], int]
"""Makes a number of rows, steps or requests smaller for a quick look; a whole run leaves it as it is."""


@dataclass(frozen=True)
class Goal:
    """What a ratio should be: at least (or, with `is_most`, at most) `figure`; beyond `defect` it is one."""

    figure: float
    defect: float | None = None
    is_most: bool = False

    def is_met_by(self, ratio: float) -> bool:
        """Whether a measured ratio is good enough."""
        return ratio <= self.figure if self.is_most else ratio >= self.figure

    def __str__(self) -> str:
        bar = f" ({self.defect:g})" if self.defect is not None else ""
        return f"{'<=' if self.is_most else '>='} {self.figure:g}{bar}"


def at_least(figure: float, defect: float | None = None) -> Goal:
    """A goal for what should be large."""
    return Goal(figure, defect)


def at_most(figure: float, defect: float | None = None) -> Goal:
    """A goal for what should be small."""
    return Goal(figure, defect, is_most=True)


@dataclass(frozen=True)
class Result:
    """A measured ratio with its spread over the rounds; without a goal it stands there to be compared with."""

    name: str
    ratio: float
    lowest: float
    highest: float
    goal: Goal | None = None

    def line(self) -> str:
        """The result in one line, with a star where the goal is missed."""
        star = "*" if self.goal is not None and not self.goal.is_met_by(self.ratio) else " "
        goal = f"goal {self.goal}" if self.goal is not None else ""
        spread = f"({_short(self.lowest)} to {_short(self.highest)})"
        return f"{self.name:<66} {_short(self.ratio):>7}{star} {spread:<18} {goal}".rstrip()


def _short(ratio: float) -> str:
    """Three digits that count."""
    digits = 2 if ratio <= 0 else max(0, 2 - math.floor(math.log10(ratio)))
    return f"{ratio:.{min(digits, 4)}f}"


def spread(name: str, ratios: Sequence[float], goal: Goal | None = None) -> Result:
    """The middle of the rounds' ratios, with the lowest and the highest."""
    return Result(name, statistics.median(ratios), min(ratios), max(ratios), goal)


def compare(
    name: str,
    ours: Callable[[], float],
    floor: Callable[[], float],
    *,
    goal: Goal | None = None,
    rounds: int = ROUNDS,
    times: bool = False,
) -> Result:
    """How fast `ours` is against `floor` (1.0: as fast), or with `times` how many times as long it takes.

    Each returns the seconds of the same amount of work, or both the seconds of one unit of it; they take turns.
    """
    ours()
    floor()
    ratios = []
    for _ in range(rounds):
        base, own = floor(), ours()
        ratios.append(own / base if times else base / own)
    return spread(name, ratios, goal)


def seconds_of(work: Callable[[], Any]) -> float:
    """How long a piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def processor_seconds(server: int | None = None) -> float:
    """What the processor has given to this process so far, and to a server with all that it started (Linux).

    On a machine that others use too this tells what a page costs; the clock tells how busy they are.
    """
    ours = time.process_time()
    if server is None:
        return ours
    ours += sum(_used(process) for process in Path("/proc").glob("[0-9]*") if _started_by(process) == server)
    reaped = sum(int(ticks) for ticks in _status(Path("/proc") / str(server))[13:15])
    return ours + reaped / os.sysconf("SC_CLK_TCK")


def _started_by(process: Path) -> int:
    return int(_status(process)[1])


def _status(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return ["0"] * 15


def _used(process: Path) -> float:
    try:
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def middle(calls: Sequence[Callable[[], Any]], share: float = 0.5) -> float:
    """The seconds within which that share of the calls ended; the median if nothing is said."""
    taken = sorted(seconds_of(call) for call in calls)
    return taken[min(len(taken) - 1, int(len(taken) * share))]
