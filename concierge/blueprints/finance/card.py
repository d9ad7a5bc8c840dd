"""The budget card above the lists: spent, approved, selected and left, in sum and for each line."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from concierge.basics.text import _
from concierge.queries.budgets import Card, Line, budget_card
from concierge.web.charts import Part, budget_bar
from concierge.web.doors import door

MOST_LINES = 8


@dataclass(frozen=True)
class LineBar:
    """One line with its bar."""

    line: Line
    bar: Markup


@dataclass(frozen=True)
class CardView:
    """The card with its bars; lines in trouble come first."""

    card: Card
    bar: Markup
    lines: tuple[LineBar, ...]
    hidden: int


def card_view(selected: Iterable[int] = ()) -> CardView:
    """The card for the actor, with what is selected."""
    card = budget_card(door.session, door.actor, now=door.now, selected=selected)
    ranked = sorted(card.lines, key=lambda line: (not line.selected, not line.is_low, line.number))
    shown = sorted(ranked[:MOST_LINES], key=lambda line: line.number)
    bars = tuple(LineBar(line, _bar(line, str(line.name), thin=True)) for line in shown)
    title = str(_("Budget of %(year)s", year=card.year))
    whole = budget_bar(
        _parts(card.total("spent"), card.total("reserved"), card.total("selected")),
        total=card.total("amount"),
        title=title,
        mark=card.passed / 1000,
    )
    return CardView(card, whole, bars, len(card.lines) - len(shown))


def line_bar(line: Line) -> Markup:
    """The bar of one line for its own page."""
    return _bar(line, str(line.name), thin=False)


def _bar(line: Line, title: str, *, thin: bool) -> Markup:
    return budget_bar(_parts(line.spent, line.reserved, line.selected), total=line.amount, title=title, thin=thin)


def _parts(spent: int, reserved: int, selected: int) -> list[Part]:
    return [
        Part(spent, "f1", str(_("Spent"))),
        Part(reserved, "f2", str(_("Approved, not yet paid"))),
        Part(selected, "f3", str(_("Selected now"))),
    ]
