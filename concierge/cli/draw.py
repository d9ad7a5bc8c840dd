"""`concierge draw`: the diagram of every flow as a file, for documents."""

from pathlib import Path

import click

import concierge.workflows  # noqa: F401  registers every flow
from concierge.basics.text import LANGUAGES
from concierge.engine.declare import FLOWS
from concierge.engine.draw import draw as drawn

LOOK = """
svg { background: #fff; font-family: "Noto Sans CJK SC", "Noto Sans SC", sans-serif }
text { fill: #5d6b80; font-size: 12px } .nt { fill: #1b2533; font-size: 13px }
.nd { fill: #f6f8fb; stroke: #7c8aa0; stroke-width: 1.25 } .ed { fill: none; stroke: #7c8aa0; stroke-width: 1.25 }
.arw { fill: #7c8aa0 }
"""
"""As on a page by day; a file that stands alone has no stylesheet of the product beside it."""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def draw(folder: Path) -> None:
    """Write the diagram of every flow into FOLDER as KIND.LANGUAGE.svg, in Chinese and in English."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, flow in FLOWS.items():
        for language in LANGUAGES:
            tag, _end, rest = drawn(flow, language=language).partition(">")
            alone = tag.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
            file = folder / f"{kind}.{language}.svg"
            file.write_text(f"{alone}><style>{LOOK}</style>{rest}\n", encoding="utf-8")
    click.echo(f"{folder}: {len(FLOWS) * len(LANGUAGES)} diagrams")
