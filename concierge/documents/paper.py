"""A4 paper as PDF with our own fonts; what letters and reports have in common. The same words give the same bytes."""

from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

MARGIN = 26  # mm
FACE = "serif"


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


def put(pdf: Any, text: str, *, size: float, line: float, align: str = "L") -> None:
    """A paragraph over the whole width; `size` in points, `line` its height in mm."""
    pdf.set_font(FACE, size=size)
    pdf.multi_cell(0, line, text, align=align, new_x="LMARGIN", new_y="NEXT")


@cache
def _font(name: str) -> str:
    from importlib.resources import files

    return str(files("pylopdf_fonts_zh_cn") / name)
