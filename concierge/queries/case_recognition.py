"""What an application for recognition is about: the facts on its page, and its papers."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.formats import long_day
from concierge.basics.text import Bilingual, Text, _
from concierge.models.claim import Document
from concierge.models.recognition import Recognition, RecognitionPaper, SchemeVersion, TalentCategory, TalentScheme
from concierge.queries.press import honour_rows
from concierge.queries.recognitions import graded
from concierge.rules.recognition import APPLIED_BY
from concierge.rules.talent import KINDS, label_of

Fact = tuple[Text, Any]


def recognition_facts(session: Session, case: Recognition) -> list[Fact]:
    """The facts of an application in the order in which they are read."""
    c = TalentCategory
    wanted = select(c).where(c.id.in_([i for i in (case.category_id, case.granted_id) if i is not None]))
    chosen = {row.id: row for row in session.scalars(wanted)}
    asked = chosen[case.category_id]
    scheme = session.execute(
        select(TalentScheme.name_zh, TalentScheme.name_en, SchemeVersion.number)
        .join(SchemeVersion, SchemeVersion.scheme_id == TalentScheme.id)
        .where(SchemeVersion.id == case.scheme_version_id)
    ).one()
    found: list[Fact] = [(_("Scheme"), Bilingual(scheme.name_zh, scheme.name_en))]
    found += [(_("Document number"), scheme.number)] if scheme.number else []
    found.append((_("Category applied for"), graded(asked)))
    found += [(_("Criteria of the category"), asked.criteria)] if str(asked.criteria) else []
    if case.granted_id is not None:
        found.append((_("Category granted"), graded(chosen[case.granted_id])))
    found.append((_("Applied by"), APPLIED_BY[case.applied_by]))
    found += [(_("Authorisation of the agent"), case.authorisation)] if case.authorisation else []
    found.append((_("Kind of recruitment"), label_of(KINDS, case.recruitment)))
    found.append((_("Grounds of the application"), case.grounds))
    found += _honours(session, case)
    found += [(_("Meeting minutes"), case.minutes_number)] if case.minutes_number else []
    found += [(_("Posted until"), long_day(case.posting_ends_on))] if case.posting_ends_on is not None else []
    return found + _certificate(case)


def _honours(session: Session, case: Recognition) -> list[Fact]:
    """What the applicant was honoured with, which may be the basis of a category."""
    rows = honour_rows(session, person_id=case.expert_id) if case.expert_id is not None else []
    return [(row.level.label, f"{row.name} · {row.basis} · {long_day(row.awarded_on)}") for row in rows]


def _certificate(case: Recognition) -> list[Fact]:
    if case.valid_from is None or case.valid_to is None:
        return []
    dates = _("%(first)s to %(last)s", first=long_day(case.valid_from), last=long_day(case.valid_to))
    return [(_("Certificate"), case.certificate), (_("Valid"), dates)]


def recognition_papers(session: Session, case: Recognition) -> list[dict[str, Any]]:
    """The papers of an application, as the page of a case shows papers."""
    p, d = RecognitionPaper, Document
    rows = session.execute(
        select(p, d.media_type, d.pages).outerjoin(d, d.id == p.document_id).where(p.recognition_id == case.id)
    ).all()
    found = []
    for paper, media_type, pages in sorted(rows, key=lambda row: (row[0].severity, row[0].id)):
        kind = (media_type or "").rpartition("/")[2].upper()
        found.append(
            {
                "code": paper.code,
                "name": Bilingual(paper.name_zh, paper.name_en),
                "is_major": paper.severity == "major",
                "status": paper_status(case, paper),
                "source": "given_before" if paper.is_reused else "expert",
                "document_id": paper.document_id,
                "file": _("%(kind)s, pages: %(n)s", kind=kind, n=pages) if media_type else None,
                "checked_by": "",
                "checked_at": None,
                "note": "",
            }
        )
    return found


def paper_status(case: Recognition, paper: RecognitionPaper) -> str:
    """What became of a paper: it counts as verified once the application was granted."""
    if paper.document_id is None:
        return "missing"
    return "verified" if case.certificate else "unchecked"
