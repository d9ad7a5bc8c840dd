"""The strokes every chart is made of: SVG text with classes only, so that it passes the content policy and prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

Number = int | float

LETTER = 12.0
"""Width of a Chinese character at the size of chart text, in pixels; Latin letters take about half."""


def figure(value: Number) -> str:
    """A number as people read it: grouped thousands, one decimal only when it is not whole."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"


def breadth(words: str) -> float:
    """About how many pixels these words take in chart text."""
    return sum(LETTER if ord(letter) > 0x2E7F else LETTER * 0.58 for letter in words)


def label_column(names: Iterable[str], *, width: int) -> float:
    """The room for row names: the longest one, but never more than two fifths of the chart."""
    longest = max((breadth(name) for name in names), default=0.0)
    return min(max(longest + 12, 48.0), width * 0.4)


def shortened(words: str, room: float) -> str:
    """The words, cut with an ellipsis when they do not fit; the full name stays in the description and the table."""
    if breadth(words) <= room:
        return words
    kept = words
    while kept and breadth(kept + "…") > room:
        kept = kept[:-1]
    return kept + "…"


def folded(words: str, room: float) -> tuple[str, ...]:
    """The words in one line, or in two where they do not fit: parted at a blank or a bracket, the second cut."""
    if breadth(words) <= room:
        return (words,)
    fits = next((n for n in range(len(words), 1, -1) if breadth(words[:n]) <= room), 1)
    parted = max(words.rfind(sign, 1, fits + 1) for sign in " （")
    at = parted if parted > 0 else fits
    return words[:at], shortened(words[at:].strip(), room)


def named(x: float, y: float, words: str, room: float, *, cls: str, anchor: str = "end") -> Markup:
    """The name of a row or a tile around a line, in one line of text or in two."""
    lines = folded(words, room)
    top = y - 6.5 * (len(lines) - 1)
    return Markup("").join(text(x, top + 13 * at, line, cls=cls, anchor=anchor) for at, line in enumerate(lines))


def text(x: float, y: float, words: object, *, cls: str = "", anchor: str = "start") -> Markup:
    """Words at a point; anchor is start, middle or end."""
    return Markup('<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>').format(
        f"{x:.1f}", f"{y:.1f}", anchor, cls, words
    )


def box(x: float, y: float, width: float, height: float, *, cls: str, round_by: int = 0, tip: str = "") -> Markup:
    """A filled rectangle; `tip` is what a pointer or a screen reader tells about it."""
    head = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}" class="{}">').format(
        f"{x:.1f}", f"{y:.1f}", f"{max(width, 0):.1f}", f"{height:.1f}", round_by, cls
    )
    return head + (Markup("<title>{}</title>").format(tip) if tip else Markup("")) + Markup("</rect>")


def rule(x1: float, y1: float, x2: float, y2: float, *, cls: str) -> Markup:
    """A straight line."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
        f"{x1:.1f}", f"{y1:.1f}", f"{x2:.1f}", f"{y2:.1f}", cls
    )


def trace(points: Sequence[tuple[float, float]], *, cls: str) -> Markup:
    """A line through points."""
    where = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return Markup('<polyline points="{}" class="{}"/>').format(where, cls)


def sheet(width: int, height: float, strokes: Iterable[Markup], *, title: str, says: Iterable[str] = ()) -> Markup:
    """A finished drawing at its real width, with its title and, for those who cannot see it, its figures in words."""
    size = "w4" if width <= 420 else "w6" if width <= 620 else "w8"
    return Markup(
        '<svg class="ch {}" viewBox="0 0 {} {}" width="{}" height="{}" role="img">'
        "<title>{}</title><desc>{}</desc>{}</svg>"
    ).format(size, width, f"{height:.0f}", width, f"{height:.0f}", title, "; ".join(says), Markup("").join(strokes))


def stretched(strokes: Iterable[Markup], *, cls: str, width: int, height: int, title: str) -> Markup:
    """A bar without words that may be pulled to any width."""
    return Markup(
        '<svg class="ch {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"><title>{}</title>{}</svg>'
    ).format(cls, width, height, title, Markup("").join(strokes))
