"""Numbered papers as files: PDF with our own fonts, and Word from a template that a district may replace.

A template is filled in a sandbox: it sees the words of one letter and nothing of the house.
"""

import io
from collections.abc import Mapping
from typing import Any

from concierge.basics.errors import Invalid
from concierge.basics.formats import long_day
from concierge.basics.text import _, speaking
from concierge.documents.official import BODY_FONT, lay_out
from concierge.documents.paper import new_paper, put
from concierge.queries.letters import Letter, Words, awaited

LINE = 8.5  # mm
TITLE_SIZE, BODY_SIZE = 20, 12  # points
SEAL = _("(place of the seal)")


def letter_words(letter: Letter) -> dict[str, Any]:
    """Everything a letter says, in the reader's language; the names a template may use."""
    answer, matter = awaited(letter), f"{letter.case_title} {letter.case_number}"
    return {
        "title": str(letter.title),
        "number": letter.number,
        "person": letter.person,
        "matter": matter,
        "lead": str(letter.lead),
        "points": [str(point) for point in letter.points],
        "lines": [_named(label, value) for label, value in letter.lines],
        "answer": str(answer) if answer is not None else "",
        "closing": str(letter.closing),
        "office": str(letter.office),
        "district": str(letter.district),
        "seal": str(SEAL),
        "day": long_day(letter.at),
        "handler": str(letter.handler),
        "about": str(_("Matter of the letter")),
        "about_matter": _named(_("Matter of the letter"), matter)["text"],
        "handled_by": str(_("Handled by %(name)s", name=str(letter.handler))),
        "address": str(letter.address),
        "hotline": letter.hotline,
        "reach": _reach(letter),
    }


def _named(label: Words, value: Words) -> dict[str, str]:
    """A label, its value, and both in one line with the colon of the language."""
    both = _("%(what)s: %(words)s", what=str(label), words=str(value))
    return {"label": str(label), "value": str(value), "text": str(both)}


def _reach(letter: Letter) -> str:
    """Where and under which number the office is reached; nothing where the district has said neither."""
    hotline = str(_("hotline %(number)s", number=letter.hotline)) if letter.hotline else ""
    return " · ".join(part for part in (str(letter.address), hotline) if part)


def letter_pdf(letter: Letter) -> bytes:
    """The letter on A4, in Chinese, the language of the district's files; the same letter gives the same bytes."""
    with speaking("zh_CN"):
        words = letter_words(letter)
    pdf = new_paper(f"{words['title']} {letter.number}", letter.at)
    put(pdf, words["title"], size=TITLE_SIZE, line=12, align="C")
    put(pdf, letter.number, size=BODY_SIZE, line=LINE, align="C")
    pdf.ln(LINE)
    for text in _paragraphs(words):
        put(pdf, text, size=BODY_SIZE, line=LINE)
    pdf.ln(2 * LINE)
    for text in (words["office"], words["seal"], words["day"]):
        put(pdf, text, size=BODY_SIZE, line=LINE, align="R")
    return bytes(pdf.output())


def _paragraphs(words: Mapping[str, Any]) -> list[str]:
    points = [f"{n}. {point}" for n, point in enumerate(words["points"], 1)]
    lines = [line["text"] for line in words["lines"]]
    said = [words["person"], words["about_matter"], words["lead"], *points, *lines, words["answer"], words["closing"]]
    return [text for text in (*said, words["handled_by"], words["reach"]) if text]


def letter_docx(letter: Letter, template: bytes | None) -> bytes:
    """The letter as a Word file, from the district's template or ours. Raises Invalid for a template that fails."""
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    paper = DocxTemplate(io.BytesIO(template if template is not None else plain_template()))
    out = io.BytesIO()
    try:
        paper.render(letter_words(letter), jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
        paper.save(out)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as wrong:
        text = _("A letter cannot be written with this template: %(why)s", why=str(wrong)[:200])
        raise Invalid.because("template_fails", text, "file") from wrong
    return out.getvalue()


def plain_template() -> bytes:
    """Our own template, to be changed in Word and put in its place; fonts are named, not embedded."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
    from docx.oxml.ns import qn

    paper = Document()
    lay_out(paper.sections[0])
    normal = paper.styles["Normal"]
    normal.font.name = BODY_FONT
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY_FONT)
    paper.add_heading("{{ title }}", 0).alignment = ALIGN.CENTER
    paper.add_paragraph("{{ number }}").alignment = ALIGN.CENTER
    for text in (
        "{{ person }}",
        "{{ about_matter }}",
        "{{ lead }}",
        "{%p for point in points %}",
        "{{ loop.index }}. {{ point }}",
        "{%p endfor %}",
        "{%p for line in lines %}",
        "{{ line.text }}",
        "{%p endfor %}",
        "{%p if answer %}",
        "{{ answer }}",
        "{%p endif %}",
        "{%p if closing %}",
        "{{ closing }}",
        "{%p endif %}",
        "{{ handled_by }}",
        "{{ reach }}",
    ):
        paper.add_paragraph(text)
    for text in ("{{ office }}", "{{ seal }}", "{{ day }}"):
        paper.add_paragraph(text).alignment = ALIGN.RIGHT
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()
