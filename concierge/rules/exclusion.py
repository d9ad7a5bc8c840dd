"""How benefits stand beside one another (domain §2.4): which line of a person or household is granted, and how much.

A policy version says in its schedule, under "exclusions", how its lines stand to those of others:

    {"rule": "take_higher", "with": [NAME, ...], "household": false, "article": {"zh", "en"}}

A name is a policy's code, a group, or a code with an item ("P08 meals"). What is settled (claimed or paid) is never
touched; everything else is ruled anew from its gross amount, so that ruling twice changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from concierge.basics.text import Text, _


class Exclusion(StrEnum):
    """How one benefit stands to another."""

    STACKABLE = "stackable"
    TAKE_HIGHER = "take_higher"
    MUTUALLY_EXCLUSIVE = "mutually_exclusive"
    TOP_UP = "top_up"
    SEQUENTIAL_DEDUCT = "sequential_deduct"
    HOUSEHOLD_ONCE = "household_once"
    SAME_DAY = "same_day"

    @property
    def label(self) -> Text:
        """The rule for people."""
        return _LABELS[self]


_LABELS = {
    Exclusion.STACKABLE: _("Beside any other benefit"),
    Exclusion.TAKE_HIGHER: _("The higher is granted, not both"),
    Exclusion.MUTUALLY_EXCLUSIVE: _("One of them at a time, the one chosen first"),
    Exclusion.TOP_UP: _("Only the difference is granted"),
    Exclusion.SEQUENTIAL_DEDUCT: _("What was paid before is deducted"),
    Exclusion.HOUSEHOLD_ONCE: _("Once for a household; the partner of the higher category applies"),
    Exclusion.SAME_DAY: _("Not for the same day"),
}
PAID_ELSEWHERE: Mapping[str, Text] = {"HOME_UNIT_TRAVEL": _("Travel pay from the home unit")}
"""What a rule may name though it is no policy here: payments that others make, by the word for them."""
BARRING = (Exclusion.HOUSEHOLD_ONCE, Exclusion.MUTUALLY_EXCLUSIVE, Exclusion.SAME_DAY, Exclusion.TAKE_HIGHER)
"""Rules by which of two lines only one is granted."""


@dataclass(frozen=True)
class Bond:
    """What a policy says of its lines beside those of others; `household`: also beside the partner's."""

    rule: Exclusion
    names: frozenset[str]
    household: bool = False


@dataclass(frozen=True)
class Line:
    """One right's amount for one period: `gross` by the rate, `fen` after deductions where it is settled.

    `starts_on` to `ends_on` is the time that is compared, `weight` what decides which is higher (of one sum in
    instalments the whole), `rank` the place of the person's category, the highest 0. `back` of it was asked back and
    has come back: what nobody has any more is not deducted from anything.
    """

    id: int
    right: int
    person: int
    names: frozenset[str]
    starts_on: date
    ends_on: date
    gross: int
    weight: int
    fen: int = 0
    back: int = 0
    settled: bool = False
    rank: int = 0
    bonds: tuple[Bond, ...] = ()

    def meets(self, other: "Line") -> bool:
        """Whether two lines lie in the same time."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    def says_of(self, other: "Line") -> set[Exclusion]:
        """The rules that this line's policy says of the other line."""
        same = self.person == other.person
        return {bond.rule for bond in self.bonds if bond.names & other.names and (bond.household or same)}

    def names_it(self, other: "Line", rule: Exclusion) -> bool:
        """Whether this line's policy says the rule of the other line."""
        return bool(self.bonds) and rule in self.says_of(other)


@dataclass(frozen=True)
class Ruling:
    """What becomes of a line that is not settled: granted with an amount (fen) or not, by which line and rule."""

    id: int
    granted: bool
    fen: int
    by: int | None = None
    rule: Exclusion | None = None


def bonds_of(schedule: Mapping[str, Any]) -> tuple[Bond, ...]:
    """What a policy version's schedule says of other benefits. Raises ValueError for an unknown rule."""
    found = []
    for row in schedule.get("exclusions") or ():
        rule = Exclusion(row["rule"])
        household = bool(row.get("household")) or rule is Exclusion.HOUSEHOLD_ONCE
        found.append(Bond(rule, frozenset(row.get("with") or ()), household))
    return tuple(found)


def groups_beside(group: str, schedule: Mapping[str, Any], *, in_kind: bool) -> frozenset[str]:
    """The groups of which nobody enjoys two benefits at once: the policy's own, unless in kind, and those it names."""
    named = {name for bond in bonds_of(schedule) for name in bond.names}
    return frozenset(named if in_kind else named | {group})


def between(schedule: Mapping[str, Any], code: str, group: str) -> list[Bond]:
    """What a policy says of the one with this code and group, or of an item of it, if it may take something off."""
    bonds = [bond for bond in bonds_of(schedule) if bond.rule is not Exclusion.STACKABLE]
    return [bond for bond in bonds if group in bond.names or code in {name.partition(" ")[0] for name in bond.names}]


def of_the_partner(schedule: Mapping[str, Any]) -> bool:
    """Whether a policy also stands beside what the partner enjoys."""
    return any(bond.household for bond in bonds_of(schedule))


def rule_on(lines: Sequence[Line]) -> list[Ruling]:
    """Rule on every line of one household that is not settled: first which are granted, then what is deducted."""
    losers = _barred(lines)
    granted = sorted(
        (line for line in lines if not line.settled and line.id not in losers),
        key=lambda line: (any(bond.rule is Exclusion.TOP_UP for bond in line.bonds), line.starts_on, line.id),
    )
    return [*losers.values(), *_deducted([line for line in lines if line.settled], granted)]


def _tie(one: Line, other: Line) -> Exclusion | None:
    """The rule by which only one of two lines can be granted."""
    if one.right == other.right or not one.meets(other):
        return None
    said = one.says_of(other) | other.says_of(one)
    return next((rule for rule in BARRING if rule in said), None)


_FIRST: Mapping[Exclusion, Callable[[Line], tuple[int, ...]]] = {
    Exclusion.HOUSEHOLD_ONCE: lambda line: (line.rank, line.right, line.id),
    Exclusion.MUTUALLY_EXCLUSIVE: lambda line: (line.right, line.id),
    Exclusion.SAME_DAY: lambda line: (line.id,),
    Exclusion.TAKE_HIGHER: lambda line: (-line.weight, line.right, line.id),
}


def _barred(lines: Sequence[Line]) -> dict[int, Ruling]:
    """The lines that give way, each after everything that comes before it under their rule has been ruled on."""
    ties: dict[int, list[tuple[Line, Exclusion]]] = {line.id: [] for line in lines}
    for i, one in enumerate(lines):
        for other in lines[i + 1 :]:
            rule = _tie(one, other)
            if rule is not None:
                ties[one.id].append((other, rule))
                ties[other.id].append((one, rule))
    kept = {line.id for line in lines if line.settled}
    found: dict[int, Ruling] = {}
    seen = set(kept)

    def decide(line: Line) -> None:
        seen.add(line.id)
        rivals = sorted(ties[line.id], key=lambda tie: (not tie[0].settled, _FIRST[tie[1]](tie[0])))
        for rival, rule in rivals:
            if rival.id not in seen and _FIRST[rule](rival) < _FIRST[rule](line):
                decide(rival)
        winner = next(((r, rule) for r, rule in rivals if r.id in kept and _bars(r, line, rule)), None)
        if winner is None:
            kept.add(line.id)
        else:
            found[line.id] = Ruling(line.id, False, line.gross, winner[0].id, winner[1])

    for line in lines:
        if line.id not in seen:
            decide(line)
    return found


def _bars(winner: Line, line: Line, rule: Exclusion) -> bool:
    """What is settled bars another line, but for a lower amount, which is deducted from the higher."""
    return not winner.settled or rule is not Exclusion.TAKE_HIGHER or winner.weight >= line.weight


def _deducted(settled: Iterable[Line], granted: Sequence[Line]) -> list[Ruling]:
    """Take what was paid off what is granted; every fen paid is deducted once."""
    paid = sorted(settled, key=lambda line: line.id)
    left = {line.id: line.fen - line.back for line in paid}
    for line in paid:
        _take(line, paid, left, line.gross - line.fen)
    found: list[Ruling] = []
    for line in granted:
        taken, by, rule = _take(line, paid, left, line.gross)
        nothing_left = taken >= line.gross > 0
        found.append(Ruling(line.id, not nothing_left, line.gross if nothing_left else line.gross - taken, by, rule))
        paid.append(line)
        left[line.id] = line.gross - taken
    return found


def _take(
    line: Line, sources: Sequence[Line], left: dict[int, int], most: int
) -> tuple[int, int | None, Exclusion | None]:
    """Deduct up to `most` fen from a line for what other lines have brought; how much, the last source, its rule."""
    taken, by, why = 0, None, None
    for source in sources:
        rule = _deducts(line, source)
        part = min(left[source.id], most - taken) if rule is not None else 0
        if part > 0:
            left[source.id] -= part
            taken, by, why = taken + part, source.id, rule
    return taken, by, why


def _deducts(line: Line, source: Line) -> Exclusion | None:
    if source.right == line.right:
        return None
    if source.settled and line.names_it(source, Exclusion.SEQUENTIAL_DEDUCT):
        return Exclusion.SEQUENTIAL_DEDUCT
    if not line.meets(source):
        return None
    if line.names_it(source, Exclusion.TOP_UP):
        return Exclusion.TOP_UP
    either = line.names_it(source, Exclusion.TAKE_HIGHER) or source.names_it(line, Exclusion.TAKE_HIGHER)
    return Exclusion.TAKE_HIGHER if source.settled and either and source.weight < line.weight else None
