"""Charts made of bars: two figures side by side, ages stacked, rates against a target, budgets and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from concierge.web.charts_pen import Number, box, figure, label_column, named, rule, sheet, shortened, stretched, text


class Pair(NamedTuple):
    """One row with two figures, each on its own scale (orders placed and person-times, say)."""

    name: str
    first: int
    second: int


class Ages(NamedTuple):
    """One row of things that wait, counted by how long they have waited; youngest first."""

    name: str
    counts: Sequence[int]


class Rate(NamedTuple):
    """One row of a percentage (0 to 100) and, when known, its change in points."""

    name: str
    percent: float
    change: float | None = None


class Part(NamedTuple):
    """One stretch of a bar: how much, its colour class (f1 to f6, ok, warn, bad) and its name."""

    amount: Number
    cls: str
    name: str


AGE_CLASSES = ("f6", "f1", "warn", "bad", "f4", "f5")


def pair_bars(rows: Sequence[Pair], *, heads: tuple[str, str], title: str, width: int = 505) -> Markup:
    """Two columns of bars, each on its own scale; `heads` names the columns. Nothing when there are no rows."""
    if not rows:
        return Markup("")
    label = label_column((row.name for row in rows), width=width)
    half = (width - label - 16) / 2
    room = half - 46
    columns = (
        (label, max(row.first for row in rows), "f1"),
        (label + half + 16, max(row.second for row in rows), "f2"),
    )
    strokes = [text(columns[0][0], 13, heads[0], cls="s"), text(columns[1][0], 13, shortened(heads[1], half), cls="s")]
    for at, row in enumerate(rows):
        y = 24 + at * 31
        strokes.append(named(label - 10, y + 14, row.name, label - 10, cls="v"))
        for (x, most, cls), value, head in zip(columns, row[1:], heads, strict=True):
            long = room * value / most if most else 0
            strokes.append(box(x, y + 2, long, 16, cls=cls, round_by=2, tip=f"{row.name} · {head} {figure(value)}"))
            strokes.append(text(x + long + 6, y + 14, figure(value), cls="v"))
    says = (f"{row.name}: {heads[0]} {row.first}, {heads[1]} {row.second}" for row in rows)
    return sheet(width, len(rows) * 31 + 26, strokes, title=title, says=says)


def stacked_age(rows: Sequence[Ages], *, bands: Sequence[str], title: str, width: int = 320) -> Markup:
    """Stacked bars of waiting things; `bands` names the ages in the order of each row's counts."""
    if not rows:
        return Markup("")
    label = label_column((row.name for row in rows), width=width)
    most = max((sum(row.counts) for row in rows), default=0) or 1
    room = width - label - 36
    strokes: list[Markup] = []
    for at, row in enumerate(rows):
        y, x = 6 + at * 32, label
        strokes.append(named(label - 10, y + 15, row.name, label - 10, cls="v"))
        for cls, band, count in zip(AGE_CLASSES, bands, row.counts, strict=False):
            long = room * count / most
            if count:
                strokes.append(
                    box(x, y, max(long - 1, 1), 20, cls=cls, round_by=1, tip=f"{row.name} · {band}: {count}")
                )
            if long > 8 + 7 * len(str(count)):
                strokes.append(text(x + long / 2, y + 14.5, count, cls="tw", anchor="middle"))
            x += long
        strokes.append(text(x + 6, y + 15, figure(sum(row.counts)), cls="v bd"))
    says = (f"{row.name}: " + ", ".join(f"{b} {c}" for b, c in zip(bands, row.counts, strict=False)) for row in rows)
    return sheet(width, len(rows) * 32 + 8, strokes, title=title, says=says)


def bullet(
    rows: Sequence[Rate],
    *,
    target: float,
    target_words: str,
    title: str,
    near: float = 5,
    width: int = 320,
) -> Markup:
    """Rates against one target line: green on target, amber within `near` points below it, then red.

    Bars are as long as their rates. `target_words` is the translated label of the line ("Target 95%").
    """
    if not rows:
        return Markup("")
    label = label_column((row.name for row in rows), width=width)
    room = width - label - 86
    height = len(rows) * 31 + 22

    def across(percent: float) -> float:
        return room * min(percent, 100) / 100

    strokes: list[Markup] = []
    for at, row in enumerate(rows):
        y = 4 + at * 31
        cls = "ok" if row.percent >= target else "warn" if row.percent >= target - near else "bad"
        strokes.append(named(label - 10, y + 14, row.name, label - 10, cls="v"))
        strokes.append(box(label, y + 2, room, 16, cls="f0", round_by=2))
        strokes.append(
            box(label, y + 2, across(row.percent), 16, cls=cls, round_by=2, tip=f"{row.name} {row.percent:.1f}%")
        )
        strokes.append(text(label + room + 8, y + 14.5, f"{row.percent:.1f}%", cls="v bd"))
        if row.change is not None:
            strokes.append(text(width, y + 14.5, f"{row.change:+.1f}", cls="s", anchor="end"))
    line = label + across(target)
    strokes.append(rule(line, 2, line, height - 18, cls="mk"))
    strokes.append(text(min(line, width - 50), height - 4, target_words, cls="s", anchor="middle"))
    strokes.append(text(label, height - 4, "0%", cls="s"))
    return sheet(width, height, strokes, title=title, says=(f"{row.name} {row.percent:.1f}%" for row in rows))


def budget_bar(
    parts: Sequence[Part], *, total: Number, title: str, mark: float | None = None, thin: bool = False
) -> Markup:
    """A budget as one bar: its parts in fen, what is left in grey, and a `mark` (0 to 1) where the year stands."""
    return _long_bar(parts, total=total, title=title, mark=mark, cls="t-budget thin" if thin else "t-budget")


def clock_bar(parts: Sequence[Part], *, promised: Number, title: str) -> Markup:
    """Working days used, one stretch per holder, against the promised days; pauses come as parts of class f6.

    The bar is as long as the promise plus the pauses, or as what was used when that is more; then a mark stands at
    the promise (domain §5: paused days do not count).
    """
    allowed = promised + sum(part.amount for part in parts if part.cls == "f6")
    total = max(allowed, sum(part.amount for part in parts))
    return _long_bar(
        parts, total=total, title=title, mark=allowed / total if allowed < total else None, cls="t-budget clock"
    )


def _long_bar(parts: Sequence[Part], *, total: Number, title: str, mark: float | None, cls: str) -> Markup:
    width, height = 1000, 22
    strokes = [box(0, 3, width, height - 6, cls="f0")]
    x = 0.0
    for part in parts:
        long = min(width * part.amount / total if total else 0.0, width - x)
        if long > 0:
            strokes.append(box(x, 3, max(long - 1.5, 1), height - 6, cls=part.cls, tip=part.name))
        x += long
    if mark is not None:
        at = width * min(max(mark, 0), 1)
        strokes.append(rule(at, 0, at, height, cls="mk"))
    return stretched(strokes, cls=cls, width=width, height=height, title=title)
