"""The annual summary as Word (fonts named, not embedded) and as PDF, in the layout of official documents."""

from datetime import date

from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.formats import day, moment
from concierge.basics.text import Bilingual, _, current_language
from concierge.documents.official import DOCX, official_docx
from concierge.documents.paper import new_paper, put
from concierge.queries.summaries import Frozen

__all__ = ["DOCX", "PDF", "frozen_paper", "summary_docx", "summary_pdf", "summary_today"]
PDF = "application/pdf"
HEADING = 40
"""Shorter lines are headings."""
INDENT = 8.5
"""Two characters of the text, in mm."""


def frozen_paper(copy: Frozen, form: str) -> bytes:
    """A frozen copy as "docx" or "pdf", with its checksum."""
    foot = str(_("Frozen on %(day)s, checksum %(digest)s", day=moment(copy.made_at), digest=copy.digest[:16]))
    return _paper(copy.text, foot, local_date(copy.made_at, SHANGHAI), form)


def summary_today(text: Bilingual, today: date, form: str) -> bytes:
    """The text as the records say it today, and that it does."""
    return _paper(text, str(_("As of %(day)s", day=day(today))), today, form)


def _paper(text: Bilingual, foot: str, on: date, form: str) -> bytes:
    return summary_pdf(text, foot, on) if form == "pdf" else summary_docx(text, foot)


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
