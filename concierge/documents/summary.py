"""The annual summary as Word (fonts named, not embedded) and as PDF, in the layout of official documents."""

import io
from datetime import date
from typing import Any

from concierge.basics.text import Bilingual, current_language
from concierge.documents.paper import new_paper, put

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADING = 40
"""Shorter lines are headings."""
INDENT = 8.5
"""Two characters of the text, in mm."""
TITLE_FONT, HEADING_FONT, BODY_FONT = "方正小标宋简体", "黑体", "仿宋_GB2312"
A4, MARGINS = (210, 297), (37, 26, 35, 28)
"""In mm; the margins at the top, right, bottom and left of an official document (GB/T 9704)."""
ROW = 28
"""The height of a row of an official document, in points."""


def summary_docx(text: Bilingual, foot: str) -> bytes:
    """The summary in the reader's language: its first line is the title, short lines are headings, `foot` ends it."""
    # Loaded on first use: most processes never write a Word file.
    from docx import Document

    paper = Document()
    _lay_out(paper.sections[0])
    title, *lines = _lines(text)
    _add(paper, title, TITLE_FONT, 22, centred=True)
    for line in lines:
        if len(line) < HEADING:
            _add(paper, line, HEADING_FONT, 16)
        else:
            _add(paper, line, BODY_FONT, 16, indent=32)
    _add(paper, foot, BODY_FONT, 10.5)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _lay_out(page: Any) -> None:
    from docx.shared import Mm

    page.page_width, page.page_height = map(Mm, A4)
    page.top_margin, page.right_margin, page.bottom_margin, page.left_margin = map(Mm, MARGINS)


def _add(paper: Any, words: str, font: str, size: float, *, centred: bool = False, indent: float = 0) -> None:
    """A paragraph in a named font; `size` and `indent` in points."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph = paper.add_paragraph()
    run, form = paragraph.add_run(words), paragraph.paragraph_format
    run.font.name, run.font.size = font, Pt(size)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    form.line_spacing, form.space_after, form.first_line_indent = Pt(ROW), Pt(ROW if centred else 0), Pt(indent)
    if centred:
        paragraph.alignment, form.line_spacing = WD_ALIGN_PARAGRAPH.CENTER, Pt(1.5 * size)


def summary_pdf(text: Bilingual, foot: str, day: date) -> bytes:
    """The same as PDF on A4; `day` is the day on which the copy was frozen."""
    lines = _lines(text)
    pdf = new_paper(lines[0], day)
    put(pdf, lines[0], size=20, line=12, align="C")
    pdf.ln(6)
    for line in lines[1:]:
        if len(line) < HEADING:
            pdf.ln(3)
            put(pdf, line, size=14, line=9)
        else:
            put(pdf, line, size=12, line=8.5, indent=INDENT)
    pdf.ln(6)
    put(pdf, foot, size=9, line=6, align="R")
    return bytes(pdf.output())


def _lines(text: Bilingual) -> list[str]:
    return [line.strip() for line in text.in_language(current_language()).splitlines() if line.strip()]
