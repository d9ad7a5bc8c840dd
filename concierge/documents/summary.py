"""The annual summary as Word (fonts named, not embedded) and as PDF, in the layout of official documents."""

from datetime import date

from concierge.basics.text import Bilingual, current_language
from concierge.documents.official import DOCX, official_docx
from concierge.documents.paper import new_paper, put

__all__ = ["DOCX", "PDF", "summary_docx", "summary_pdf"]
PDF = "application/pdf"
HEADING = 40
"""Shorter lines are headings."""
INDENT = 8.5
"""Two characters of the text, in mm."""


def summary_docx(text: Bilingual, foot: str) -> bytes:
    """The summary in the reader's language: its first line is the title, short lines are headings, `foot` ends it."""
    title, *lines = _lines(text)
    return official_docx(title, [(line, len(line) < HEADING) for line in lines], foot)


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
