"""The annual summary as a Word file, in the layout of official documents; fonts are named, not embedded."""

import io

from concierge.basics.text import Bilingual, current_language

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE_FONT, BODY_FONT = "方正小标宋简体", "仿宋_GB2312"


def summary_docx(text: Bilingual, foot: str) -> bytes:
    """The summary in the reader's language: its first line is the title, short lines are headings, `foot` ends it."""
    # Loaded on first use: most processes never write a Word file.
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paper = Document()
    lines = [line.strip() for line in text.in_language(current_language()).splitlines() if line.strip()]
    for at, line in enumerate([*lines, foot]):
        paragraph = paper.add_paragraph()
        run = paragraph.add_run(line)
        is_title, is_heading = at == 0, len(line) < 40 and at < len(lines)
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
