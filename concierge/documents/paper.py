"""A4 paper as PDF with our own fonts; what letters and reports have in common. The same words give the same bytes."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

MARGIN = 26  # mm
FACE = "serif"
_OPENING, _CLOSING = "（“‘《〈「『【〔", "）”’》〉」』】〕，。、；：！？…—"
_PIECE = re.compile(rf"[{_OPENING}]*(?:[!-~]+|[^{_OPENING}])?[{_CLOSING}]*(?:[ \t]+)?")
"""What a row takes or leaves as a whole: a word or a figure, or one character, with the marks that belong to it."""


def new_paper(title: str, day: date) -> Any:
    """An empty A4 page with margins and our face; `day` stands in the file as that of its making."""
    # Loaded on first use: most processes never write a PDF.
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_creation_date(datetime.combine(day, time(), UTC))
    pdf.set_title(title)
    pdf.set_margins(MARGIN, MARGIN)
    pdf.set_auto_page_break(True, MARGIN)
    pdf.add_font(FACE, fname=_font("NotoSerifSC-Regular.otf"))
    pdf.add_page()
    return pdf


def put(pdf: Any, text: str, *, size: float, line: float, align: str = "L", indent: float = 0) -> None:
    """A paragraph over the whole width; `size` in points, `line` its height and `indent` of its first line in mm."""
    pdf.set_font(FACE, size=size)
    for words in text.split("\n"):
        for at, row in enumerate(rows_of(words, pdf.get_string_width, pdf.epw - 2 * pdf.c_margin, indent)):
            if at == 0 and indent:
                pdf.set_x(pdf.l_margin + indent)
            pdf.cell(0, line, row, align=align, new_x="LMARGIN", new_y="NEXT")


def rows_of(text: str, measure: Callable[[str], float], width: float, indent: float) -> list[str]:
    """A paragraph broken into rows as Chinese print does: no figure or word is torn, no row begins with a closing mark
    or ends with an opening one. `measure` tells how wide words are; what is wider than a row goes on in the next."""
    rows, row, left = [], "", width - indent
    for whole in _PIECE.findall(text):
        for piece in (whole,) if measure(whole) <= width else tuple(whole):
            if row and measure(piece.rstrip()) > left:
                rows.append(row.rstrip())
                row, left = "", width
            row += piece
            left -= measure(piece)
    return [*rows, row.rstrip()]


@cache
def _font(name: str) -> str:
    from importlib.resources import files

    return str(files("pylopdf_fonts_zh_cn") / name)
