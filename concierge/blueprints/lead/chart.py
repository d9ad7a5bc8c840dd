"""A chart of the dashboard with its table twin."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from concierge.basics.text import Text

Cells = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A chart with its table twin; `opens` has, for each cell, the address of the rows behind it, or nothing."""

    title: Text
    svg: Markup
    head: tuple[str, ...]
    rows: Cells
    opens: Cells = ()
    note: Text | str = ""


def cells(rows: Iterable[Iterable[Any]]) -> Cells:
    """Values as the words of a table."""
    return tuple(tuple(str(cell) for cell in row) for row in rows)
