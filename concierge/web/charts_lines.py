"""Charts of courses and places: sparks, lines over months, and a tile map that draws no boundary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from concierge.web.charts_pen import Number, box, breadth, figure, named, rule, sheet, text, trace


class Course(NamedTuple):
    """One line: its name, its class (l1 solid with area, l2 solid, l3 dashed for plans and past years), its values.

    A value of None (a month not yet over) is not drawn.
    """

    name: str
    cls: str
    values: Sequence[Number | None]


class Tile(NamedTuple):
    """One street of a tile map: its place in the grid, its name and its figure."""

    column: int
    row: int
    name: str
    value: int


def spark(values: Sequence[Number], *, width: int = 58, height: int = 24) -> Markup:
    """A small line without words beside a figure; it says nothing the figure does not, so it is hidden from readers."""
    if len(values) < 2:
        return Markup("")
    low, high = min(values), max(values)
    across = width / (len(values) - 1)
    points = [(at * across, 2 + (height - 4) * (1 - (v - low) / ((high - low) or 1))) for at, v in enumerate(values)]
    return Markup('<svg class="ch t-spark" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        width, height, trace(points, cls="l1")
    )


def round_top(most: Number) -> float:
    """The first round number above the highest value that divides into four even steps."""
    if most <= 0:
        return 4
    size = 10 ** math.floor(math.log10(most / 4))
    step = next(factor * size for factor in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10) if factor * size * 4 >= most)
    return float(max(step, 1) * 4)


def _whole_top(most: Number) -> float:
    """The same for what is counted in whole things, so that no step is a fraction of one."""
    top = round_top(most)
    while top % 4:
        top = round_top(top + 1)
    return top


def _ends(courses: Sequence[Course], *, unit: str) -> list[tuple[Course, int, Number, str]]:
    ends = []
    for course in courses:
        drawn = [(at, value) for at, value in enumerate(course.values) if value is not None]
        if drawn:
            at, value = drawn[-1]
            ends.append((course, at, value, f"{figure(value)}{unit}"))
    return ends


@dataclass(frozen=True)
class _Plot:
    """The field lines are drawn in: its edges in pixels and the value at its top."""

    left: float
    wide: float
    high: float
    top: float
    steps: int

    def spot(self, at: int, value: Number) -> tuple[float, float]:
        return self.left + self.wide * at / max(self.steps - 1, 1), 12 + self.high * (1 - value / self.top)

    def grid(self) -> list[Markup]:
        values = [self.top * quarter / 4 for quarter in range(5)]
        return [_grid(value, self.left, self.left + self.wide, self.spot(0, value)[1]) for value in values]

    def axis(self, labels: Sequence[str]) -> list[Markup]:
        room = max(breadth(label) for label in labels) * 1.25
        every = max(1, math.ceil(room * len(labels) / self.wide))
        shown = [(at, label) for at, label in enumerate(labels) if at % every == 0]
        low = self.high + 30
        return [text(self.spot(at, 0)[0], low, label, cls="s", anchor="middle") for at, label in shown]

    def course(self, course: Course) -> list[Markup]:
        points = [self.spot(at, value) for at, value in enumerate(course.values) if value is not None]
        ground = self.spot(0, 0)[1]
        area = [_area([(points[0][0], ground), *points, (points[-1][0], ground)])] if course.cls == "l1" else []
        return [*area, trace(points, cls=course.cls), _dot(*points[-1], cls=course.cls)]


def lines(
    labels: Sequence[str],
    courses: Sequence[Course],
    *,
    title: str,
    unit: str = "",
    width: int = 505,
    height: int = 230,
) -> Markup:
    """Values over the labels of the lower axis, each line named at its end. Nothing when no line has a value."""
    ends = _ends(courses, unit=unit)
    if not ends or not labels:
        return Markup("")
    drawn = [value for course in courses for value in course.values if value is not None]
    top = _whole_top(max(drawn)) if all(value == int(value) for value in drawn) else round_top(max(drawn))
    left = max(breadth(figure(top)) + 10, 30)
    right = max(max(breadth(course.name), breadth(last)) for course, _, _, last in ends) + 14
    plot = _Plot(left, width - left - right, height - 38, top, len(labels))
    strokes = [*plot.grid(), *plot.axis(labels)]
    taken: list[float] = []
    for course, at, value, last in sorted(ends, key=lambda end: -end[2]):
        strokes += plot.course(course)
        x, y = plot.spot(at, value)
        away = 4 if y < height / 2 else -4  # a name near the ground goes up, so that it stays on the sheet
        while any(abs(y - other) < 30 for other in taken):
            y += away
        taken.append(y)
        strokes.append(text(x + 8, y - 1, course.name, cls="s") + text(x + 8, y + 13, last, cls="v bd"))
    says = (f"{course.name}: {labels[min(at, len(labels) - 1)]} {last}" for course, at, _, last in ends)
    return sheet(width, height, strokes, title=title, says=says)


def _grid(value: float, left: float, right: float, y: float) -> Markup:
    return rule(left, y, right, y, cls="g") + text(
        left - 6, y + 4, figure(int(value) if value == int(value) else value), cls="s", anchor="end"
    )


def _area(points: Sequence[tuple[float, float]]) -> Markup:
    return Markup('<path class="a1" d="M{}Z"/>').format(" L".join(f"{x:.1f},{y:.1f}" for x, y in points))


def _dot(x: float, y: float, *, cls: str) -> Markup:
    colour = {"l1": "f1", "l2": "f2"}.get(cls)  # a plan has no latest point to show
    if colour is None:
        return Markup("")
    return Markup('<circle cx="{}" cy="{}" r="3.5" class="{}"/>').format(f"{x:.1f}", f"{y:.1f}", colour)


def tiles(cells: Sequence[Tile], *, title: str, columns: int = 4, width: int = 320) -> Markup:
    """Streets as tiles, darker for more. No boundary is drawn, so that no map approval number is needed (审图号)."""
    if not cells:
        return Markup("")
    wide = (width - 6) / columns
    most = max(cell.value for cell in cells)
    strokes: list[Markup] = []
    for cell in cells:
        heat = min(4, int(5 * cell.value / (most + 1)))
        cls = "tw" if heat >= 3 else "td"
        x, y = cell.column * wide, cell.row * 62
        strokes.append(
            box(x + 2, y + 2, wide - 5, 57, cls=f"h{heat}", round_by=4, tip=f"{cell.name} {figure(cell.value)}")
        )
        strokes.append(named(x + wide / 2, y + 24, cell.name, wide - 10, cls=cls, anchor="middle"))
        strokes.append(text(x + wide / 2, y + 49, figure(cell.value), cls=cls, anchor="middle"))
    rows = max(cell.row for cell in cells) + 1
    return sheet(width, rows * 62 + 2, strokes, title=title, says=(f"{cell.name} {cell.value}" for cell in cells))


def tile_places(names: Sequence[tuple[str, int]], *, columns: int = 4) -> list[Tile]:
    """Streets laid out row by row, for a district that has not arranged its tiles."""
    return [Tile(at % columns, at // columns, name, value) for at, (name, value) in enumerate(names)]
