"""Proof that certificates and what policies know of a person say the same, and that papers are counted."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from concierge.models.person import TalentStatus
from concierge.models.recognition import Recognition, RecognitionPaper, TalentCategory

_r = Recognition


def _a_certificate_gives_its_category() -> Select[Any]:
    """Each certificate in force stands behind one talent status of its grade, kind and dates."""
    t, c = TalentStatus, TalentCategory
    wrong = or_(
        t.id.is_(None),
        t.category != c.grade,
        t.certificate != _r.certificate,
        t.valid_from != _r.valid_from,
        t.valid_to.is_distinct_from(_r.valid_to),
    )
    return (
        select(_r.number, _r.certificate)
        .join(c, c.id == _r.granted_id)
        .outerjoin(t, and_(t.recognition_id == _r.id, t.district_id == _r.district_id))
        .where(_r.state == "certified", wrong)
    )


def _one_certificate_is_in_force() -> Select[Any]:
    """Nobody holds two certificates at once."""
    return (
        select(_r.expert_id.label("person"), func.count().label("n"))
        .where(_r.state == "certified")
        .group_by(_r.expert_id)
        .having(func.count() > 1)
    )


def _missing_papers_are_counted() -> Select[Any]:
    """An application counts its required papers that are missing."""
    p = RecognitionPaper
    missing = (
        select(p.recognition_id, func.count().label("n"))
        .where(p.severity == "major", p.document_id.is_(None))
        .group_by(p.recognition_id)
        .subquery()
    )
    counted = func.coalesce(missing.c.n, 0)
    return (
        select(_r.number, _r.papers_missing, counted.label("counted"))
        .outerjoin(missing, missing.c.recognition_id == _r.id)
        .where(_r.papers_missing != counted)
    )


RECOGNITION_CHECKS: Mapping[str, Callable[[], Select[Any]]] = {
    "certificates_give_categories": _a_certificate_gives_its_category,
    "one_certificate_each": _one_certificate_is_in_force,
    "recognition_papers_counted": _missing_papers_are_counted,
}
