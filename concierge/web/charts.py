"""Charts drawn on the server: every function returns Markup and takes words already translated.

Drawn at the width of the card they stand in (CARD[4], CARD[6], CARD[8]), so that text stays 12 px. Put them into
`ui.chart_card`, which adds the same figures as a table.
"""

from __future__ import annotations

from concierge.web.charts_bars import (
    AGE_CLASSES,
    Ages,
    Pair,
    Part,
    Rate,
    budget_bar,
    bullet,
    clock_bar,
    pair_bars,
    stacked_age,
)
from concierge.web.charts_lines import Course, Tile, lines, spark, tile_places, tiles

CARD = {4: 320, 6: 505, 8: 690, 12: 1060}
"""Width in pixels to draw for a card of so many columns out of twelve."""

__all__ = [
    "AGE_CLASSES", "CARD", "Ages", "Course", "Pair", "Part", "Rate", "Tile",
    "budget_bar", "bullet", "clock_bar", "lines", "pair_bars", "spark", "stacked_age", "tile_places", "tiles",
]  # fmt: skip
