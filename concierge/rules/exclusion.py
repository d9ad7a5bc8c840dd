"""Take the higher, no double (就高不重复, domain §2.4): which of several rights of one group is granted for a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Line:
    """One right's amount (fen) for one period. `settled` lines are claimed or paid and are not touched any more.

    `deducted` names the settled line whose amount was already taken off this one.
    """

    id: int
    right: int
    starts_on: date
    ends_on: date
    fen: int
    settled: bool = False
    deducted: int | None = None

    def meets(self, other: "Line") -> bool:
        """Whether two lines of different rights lie in the same time."""
        return self.right != other.right and self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


@dataclass(frozen=True)
class Ruling:
    """What becomes of a line that is not settled: granted with an amount (fen), or superseded by another line."""

    id: int
    granted: bool
    fen: int
    by: int | None


def take_higher(lines: Sequence[Line]) -> list[Ruling]:
    """Rule on every line of one person (or household) and group that is not settled.

    What was already settled for the same time is deducted; of the others the highest is granted, at equal amounts
    the older right. Ruling twice on the same lines changes nothing.
    """
    settled = [line for line in lines if line.settled]
    open_lines = sorted((line for line in lines if not line.settled), key=lambda line: (-line.fen, line.right, line.id))
    granted: list[Line] = []
    rulings = []
    used: set[int] = {line.deducted for line in open_lines if line.deducted is not None}
    for line in open_lines:
        higher = next((other for other in granted if line.meets(other)), None)
        if higher is not None:
            rulings.append(Ruling(line.id, False, line.fen, higher.id))
            continue
        ruling = _after_settled(line, settled, used)
        rulings.append(ruling)
        if ruling.granted:
            granted.append(line)
    return rulings


def _after_settled(line: Line, settled: Sequence[Line], used: set[int]) -> Ruling:
    fen, by = line.fen, line.deducted
    for earlier in settled:
        if earlier.id in used or not line.meets(earlier):
            continue
        if earlier.fen >= fen:
            return Ruling(line.id, False, line.fen, earlier.id)
        used.add(earlier.id)
        fen, by = fen - earlier.fen, earlier.id
    return Ruling(line.id, True, fen, by)
