"""The papers that lie with a case: handed in for it, or referred to from an earlier one."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from concierge.engine.actor import Actor
from concierge.engine.tables import Case
from concierge.models.claim import ClaimMaterial, Document
from concierge.models.recognition import RecognitionPaper
from concierge.models.scope import visible_cases


@dataclass(frozen=True)
class CaseFile:
    """One paper: its name, where its bytes lie, and the hash under which it was taken."""

    id: int
    name: str
    storage_key: str
    sha256: str


def case_files(session: Session, *, actor: Actor, case_id: int) -> list[CaseFile]:
    """The papers of a case the actor may see, the oldest first; none of a case out of scope."""
    d, m, p = Document, ClaimMaterial, RecognitionPaper
    claimed = select(m.document_id).where(m.claim_id == case_id, m.document_id.is_not(None))
    shown = select(p.document_id).where(p.recognition_id == case_id, p.document_id.is_not(None))
    seen = select(Case.id).where(Case.id == case_id, visible_cases(actor)).exists()
    rows = session.execute(
        select(d.id, d.file_name, d.storage_key, d.sha256)
        .where(or_(d.case_id == case_id, d.id.in_(claimed), d.id.in_(shown)), seen)
        .order_by(d.id)
    )
    return [CaseFile(row.id, row.file_name, row.storage_key, row.sha256) for row in rows]
