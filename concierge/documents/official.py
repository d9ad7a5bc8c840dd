"""Word files in the layout of official documents (GB/T 9704): A4, margins, fonts by name, not embedded."""

import io
from collections.abc import Iterable
from typing import Any

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE_FONT, HEADING_FONT, BODY_FONT = "方正小标宋简体", "黑体", "仿宋_GB2312"
A4, MARGINS = (210, 297), (37, 26, 35, 28)
"""In mm; the margins at the top, right, bottom and left of an official document (GB/T 9704)."""
ROW = 28
"""The height of a row of an official document, in points."""


def official_docx(title: str, lines: Iterable[tuple[str, bool]], foot: str) -> bytes:
    """A title, lines that are a heading (True) or a paragraph, and a foot."""
    # Loaded on first use: most processes never write a Word file.
    from docx import Document

    paper = Document()
    lay_out(paper.sections[0])
    _add(paper, title, TITLE_FONT, 22, centred=True)
    for line, is_heading in lines:
        if is_heading:
            _add(paper, line, HEADING_FONT, 16)
        else:
            _add(paper, line, BODY_FONT, 16, indent=32)
    _add(paper, foot, BODY_FONT, 10.5)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def lay_out(page: Any) -> None:
    """Give a section of a Word file the paper and the margins of an official document."""
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
