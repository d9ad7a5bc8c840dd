"""A flow draws itself: SVG with classes only, for the case page and for the documents.

States of the main line stand in rows, read like text; states beside it hang under the state they are first reached
from. Arrows show the way along; every other way is told in words, per state as a tooltip and for all in <desc>.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from concierge.basics.text import Text, _, current_language, speaking
from concierge.engine.declare import State, Step, Workflow

WIDTH, PITCH, BOX, HEIGHT, GAP = 900, 176, 138, 44, 14  # pixels; PITCH is the least from box to box
TOP, BETWEEN = 14, 34
_LETTER = 13.0


@dataclass(slots=True)
class _Place:
    """Where a state stands: the top left corner of its box."""

    state: State
    x: float
    y: float
    under: "_Place | None" = None

    @property
    def middle(self) -> float:
        return self.y + HEIGHT / 2

    @property
    def right(self) -> float:
        return self.x + BOX


def draw(
    flow: type[Workflow[Any]],
    *,
    current: str | None = None,
    passed: Sequence[str] = (),
    language: str | None = None,
    width: int = WIDTH,
) -> str:
    """The flow's diagram as an SVG element, `width` pixels wide; `current` and `passed` name states to mark.

    Raises KeyError for a state that the flow does not know.
    """
    marked = flow.states[current] if current is not None else None
    with speaking(language or current_language()):
        places = _placed(flow, width)
        strokes = [*_lines(flow, places, set(passed), width), *_boxes(flow, places, current, set(passed))]
        height = max(place.y for place in places.values()) + HEIGHT + TOP
        return (
            f'<svg class="ch w8 t-machine" viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}" '
            f'role="img"><title>{_words(flow.title)}</title><desc>{_described(flow, marked)}</desc>'
            f"{''.join(strokes)}</svg>"
        )


# --- where things stand -----------------------------------------------------------------------------------------


def _placed(flow: type[Workflow[Any]], width: int) -> dict[str, _Place]:
    main = [state for state in flow.states.values() if not state.aside]
    hanging = _hanging(flow, main)
    per_row = max(1, width // PITCH)
    pitch, y = width / per_row, float(TOP)
    places: dict[str, _Place] = {}
    for start in range(0, len(main), per_row):
        row = main[start : start + per_row]
        for column, state in enumerate(row):
            place = places[state.name] = _Place(state, column * pitch + (pitch - BOX) / 2, y)
            for depth, (aside, source) in enumerate(hanging[state.name], start=1):
                below = y + depth * (HEIGHT + GAP)
                places[aside.name] = _Place(aside, place.x + 16, below, under=places[source])
        y += HEIGHT + max(len(hanging[state.name]) for state in row) * (HEIGHT + GAP) + BETWEEN
    return places


def _hanging(flow: type[Workflow[Any]], main: Sequence[State]) -> dict[str, list[tuple[State, str]]]:
    """Under each state of the main line, the aside states that are reached from it or from one that hangs there."""
    under: dict[str, list[tuple[State, str]]] = {state.name: [] for state in main}
    home = {state.name: state.name for state in main}
    left = [state for state in flow.states.values() if state.aside]
    while left:
        sources = [_sources(flow, aside) & home.keys() for aside in left]
        number = next((i for i, found in enumerate(sources) if found & under.keys()), None)
        if number is None:  # from another aside state: right below it
            number = next(i for i, found in enumerate(sources) if found)
            source = min(sources[number])
            column = under[home[source]]
            at = next(i for i, (state, _source) in enumerate(column) if state.name == source) + 1
        else:  # from the main line: under the state with the fewest
            source = min(sources[number] & under.keys(), key=lambda name: (len(under[name]), list(under).index(name)))
            column = under[source]
            at = len(column)
        aside = left.pop(number)
        column.insert(at, (aside, source))
        home[aside.name] = home[source]
    return under


def _sources(flow: type[Workflow[Any]], state: State) -> set[str]:
    return {source.name for step in flow.steps.values() if step.to is state for source in step.sources}


# --- lines ------------------------------------------------------------------------------------------------------


def _lines(flow: type[Workflow[Any]], places: dict[str, _Place], passed: set[str], width: int) -> Iterable[str]:
    main = [place for place in places.values() if place.under is None]
    for before, after in zip(main, main[1:], strict=False):
        sources = _sources(flow, after.state)
        if before.state.name in sources:
            yield from _along(before, after, "on" if {before.state.name, after.state.name} <= passed else "", width)
        else:
            named = _as_many([str(flow.states[name].label) for name in flow.states if name in sources], width - after.x)
            yield f'<text x="{after.x:.1f}" y="{after.y - 5:.1f}" class="s">← {_words(named)}</text>'
    for place in places.values():
        if place.under is not None and place.under.under is not None:
            x = place.x + BOX / 2
            yield _path(f"M{x:.0f} {place.under.y + HEIGHT:.0f}V{place.y - 6:.0f}", "")
            yield _head(x, place.y, "l-4 -7h8")
        elif place.under is not None:
            yield from _beside(place, place.under, place.state.name in _sources(flow, place.under.state))


def _along(before: _Place, after: _Place, done: str, width: int) -> Iterable[str]:
    if before.y == after.y:
        yield _path(f"M{before.right:.0f} {before.middle:.0f}H{after.x - 6:.0f}", done)
    else:  # on to the next row, round everything that hangs below this one
        turn, start = after.y - BETWEEN / 2, after.x - 14
        over = f"H{width - 4}V{turn:.0f}H{start:.0f}"
        yield _path(f"M{before.right:.0f} {before.middle:.0f}{over}V{after.middle:.0f}H{after.x - 6:.0f}", done)
    yield _head(after.x, after.middle, "l-7 -4v8")


def _beside(place: _Place, anchor: _Place, back: bool) -> Iterable[str]:
    trunk, foot = anchor.x + 6, anchor.y + HEIGHT
    yield _path(f"M{trunk:.0f} {foot:.0f}V{place.middle:.0f}H{place.x - 5:.0f}", "")
    yield _head(place.x, place.middle, "l-7 -4v8")
    if back:
        yield _head(trunk, foot + 1, "l-4 7h8")


def _head(x: float, y: float, shape: str) -> str:
    return f'<path d="M{x:.0f} {y:.0f}{shape}Z" class="arw"/>'


def _path(course: str, kind: str) -> str:
    return f'<path d="{course}" class="{f"ed {kind}".strip()}"/>'


# --- boxes and words --------------------------------------------------------------------------------------------


def _boxes(
    flow: type[Workflow[Any]], places: dict[str, _Place], current: str | None, passed: set[str]
) -> Iterable[str]:
    for name, place in places.items():
        look = "cur" if name == current else "dn" if name in passed else ""
        width = BOX if place.under is None else BOX - 6
        round_by = HEIGHT // 2 if place.state.final else 6
        lines = _wrapped(str(place.state.label), width - 12)
        first = place.middle + 4.5 - (len(lines) - 1) * 8
        words = "".join(
            f'<text x="{place.x + width / 2:.1f}" y="{first + 16 * n:.1f}" text-anchor="middle" '
            f'class="{f"nt {look}".strip()}">{_words(line)}</text>'
            for n, line in enumerate(lines)
        )
        yield (
            f"<g><title>{_around(flow, place.state)}</title>"
            f'<rect x="{place.x:.1f}" y="{place.y:.1f}" width="{width}" height="{HEIGHT}" rx="{round_by}" '
            f'class="{f"nd {look}".strip()}"/>{words}</g>'
        )


def _wrapped(words: str, room: float) -> list[str]:
    """A label on at most two lines: Chinese is cut anywhere, other scripts between words."""
    if _breadth(words) <= room:
        return [words]
    parts = words.split(" ") if " " in words else list(words)
    glue = " " if " " in words else ""
    first = parts[0]
    while len(parts) > 1 and _breadth(first + glue + parts[1]) <= room:
        first += glue + parts.pop(1)
    rest = glue.join(parts[1:])
    while _breadth(rest) > room:
        rest = rest[:-2] + "…"
    return [first, rest] if rest else [first]


def _as_many(labels: list[str], room: float) -> str:
    """The labels that stand in a line behind an arrow, as far as there is room; the tooltip names them all."""
    said = ", ".join(labels)
    while len(labels) > 1 and _breadth(f"← {said}") > room:
        labels = labels[:-1]
        said = ", ".join([*labels, "…"])
    return said


def _breadth(words: str) -> float:
    return sum(_LETTER if ord(letter) > 0x2E7F else _LETTER * 0.55 for letter in words)


def _around(flow: type[Workflow[Any]], state: State) -> str:
    """A state's tooltip: what it is, what leads into it, what leads out."""
    into = dict.fromkeys(str(x.label) for s in flow.steps.values() if s.to is state for x in s.sources)
    out = dict.fromkeys(str(s.to.label) for s in _leaving(flow, state))
    told = [str(state.label)]
    told += [str(_("from: %(states)s", states=", ".join(into)))] if into else []
    told += [str(_("to: %(states)s", states=", ".join(out)))] if out else []
    return _words("; ".join(told))


def _described(flow: type[Workflow[Any]], marked: State | None) -> str:
    """The whole diagram in words, for who cannot see it."""
    told = [str(_("Current state: %(state)s", state=marked.label))] if marked is not None else []
    for state in flow.states.values():
        ways = [f"{step.to.label} ({step.label})" for step in _leaving(flow, state)]
        told += [f"{state.label} → {', '.join(dict.fromkeys(ways))}"] if ways else []
    return _words("; ".join(told))


def _leaving(flow: type[Workflow[Any]], state: State) -> list[Step]:
    return [step for step in flow.steps.values() if state in step.sources and not step.retired]


def _words(text: Text | str) -> str:
    return escape(str(text))
