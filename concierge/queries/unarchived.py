"""Closed cases of which no package is kept yet."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from concierge.engine.tables import Case
from concierge.models.letter import ArchivedFile

ARCHIVED_KINDS = ("claim", "care_request", "consultation", "recognition", "clawback", "package")
"""The matters of persons; what the office does among itself is no file of anybody."""


def without_package(session: Session, *, most: int) -> list[int]:
    """Some of them, the oldest first."""
    a = ArchivedFile
    kept = exists().where(a.case_id == Case.id, a.district_id == Case.district_id, a.name == Case.number + ".zip")
    closed = select(Case.id).where(Case.is_open.is_(False), Case.kind.in_(ARCHIVED_KINDS), ~kept)
    return list(session.execute(closed.order_by(Case.id).limit(most)).scalars())
