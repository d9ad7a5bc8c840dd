"""The annual summary as Word (fonts named, not embedded) and as PDF, in the layout of official documents."""

import io
from datetime import date

from concierge.basics.text import Bilingual, current_language
from concierge.documents.paper import new_paper, put

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADING = 40
"""Shorter lines are headings."""
INDENT = "\u3000\u3000"
TITLE_FONT, BODY_FONT = "方正小标宋简体", "仿宋_GB2312"


def summary_docx(text: Bilingual, foot: str) -> bytes:
    """The summary in the reader's language: its first line is the title, short lines are headings, `foot` ends it."""
    # Loaded on first use: most processes never write a Word file.
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paper = Document()
    lines = _lines(text)
    for at, line in enumerate([*lines, foot]):
        paragraph = paper.add_paragraph()
        run = paragraph.add_run(line)
        is_title, is_heading = at == 0, len(line) < HEADING and at < len(lines)
        font = TITLE_FONT if is_title else BODY_FONT
        run.font.name, run.font.size, run.bold = font, Pt(22 if is_title else 16), is_heading and not is_title
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if is_title:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif not is_heading and at < len(lines):
            paragraph.paragraph_format.first_line_indent = Pt(32)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def summary_pdf(text: Bilingual, foot: str, day: date) -> bytes:
    """The same as PDF on A4; `day` is the day on which the copy was frozen."""
    lines = _lines(text)
    pdf = new_paper(lines[0], day)
    put(pdf, lines[0], size=20, line=12, align="C")
    pdf.ln(6)
    for line in lines[1:]:
        is_heading = len(line) < HEADING
        put(pdf, line if is_heading else f"{INDENT}{line}", size=14 if is_heading else 12, line=8.5)
    pdf.ln(6)
    put(pdf, foot, size=9, line=6, align="R")
    return bytes(pdf.output())


def _lines(text: Bilingual) -> list[str]:
    return [line.strip() for line in text.in_language(current_language()).splitlines() if line.strip()]
