"""Papers that people hand in: judged, cleaned, kept outside the web root, and given back only to those in scope."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, literal, or_, select
from sqlalchemy.orm import Session

from concierge.basics.errors import NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import Case
from concierge.models.claim import Document
from concierge.models.district import Unit
from concierge.models.person import BankAccount, Person
from concierge.models.recognition import RecognitionPaper
from concierge.models.scope import visible_cases, visible_persons
from concierge.rules.attachments import Attachment, inspect
from concierge.rules.roles import Role
from concierge.storage import Storage

READERS = (
    Role.EXPERT,
    Role.SPECIALIST,
    Role.SPECIALIST_LEAD,
    Role.EMPLOYER,
    Role.SECTOR,
    Role.HR,
    Role.UNIT_LIAISON,
    Role.TALENT_OFFICE,
    Role.SUPERVISOR,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
)
"""Who may open papers of a case in his scope: those who decide on it. Leaders read figures, not papers."""
CHECKERS_OF_ACCOUNTS = (Role.FINANCE_MAKER, Role.FINANCE_CHECKER)


@dataclass(frozen=True)
class Upload:
    """A file as it arrived: the name it was given and its bytes."""

    file_name: str
    data: bytes


@dataclass(frozen=True)
class Paper:
    """A file on its way back to a reader."""

    file_name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Kept:
    """A file that lies in the storage, before its row is written."""

    file: Attachment
    key: str


@contextmanager
def kept(storage: Storage, upload: Upload) -> Iterator[Kept]:
    """Judge a file and store it; a use case that is refused takes it out again.

    The file comes first, so that no row ever points to nothing; a crash between leaves a file without a row.
    Raises Invalid (field `file`) for anything that is not accepted.
    """
    file = inspect(upload.file_name, upload.data)
    key = storage.put(file.data)
    try:
        yield Kept(file, key)
    except (Refusal, NotFound):
        storage.delete(key)
        raise


def add_document(
    session: Session, *, actor: Actor, now: datetime, paper: Kept, person_id: int | None, case_id: int | None
) -> int:
    """Write the row of a kept file into the running transaction; returns its id."""
    row = Document(
        id=new_id(),
        district_id=actor.district_id,
        person_id=person_id,
        case_id=case_id,
        file_name=paper.file.name,
        media_type=paper.file.media_type,
        size=len(paper.file.data),
        pages=paper.file.pages,
        sha256=hashlib.sha256(paper.file.data).hexdigest(),
        storage_key=paper.key,
        uploaded_by=actor.account_id,
        at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def fetch_document(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    storage: Storage,
    document_id: int,
    request_id: str | None = None,
    address: str | None = None,
) -> Paper:
    """A file for somebody in scope. Whoever is not its owner leaves a line that the owner can read.

    Raises NotFound, the same for absent and for out of scope.
    """
    with transaction(session):
        row = _visible(session, actor, document_id)
        if row.person_id != actor.person_id:
            record(
                session,
                act="open-document",
                actor=actor,
                now=now,
                subject_kind="document",
                subject_id=document_id,
                person_id=row.person_id,
                data={"case": row.case_id},
                request_id=request_id,
                address=address,
            )
        name, media_type, key = row.file_name, row.media_type, row.storage_key
    return Paper(name, media_type, storage.get(key))


def _visible(session: Session, actor: Actor, document_id: int) -> Document:
    if not actor.has(*READERS):
        raise NotFound()
    of_case = exists(Case.id).where(Case.id == Document.case_id, visible_cases(actor))
    p = RecognitionPaper
    referred = exists(p.id).where(p.document_id == Document.id, Case.id == p.recognition_id, visible_cases(actor))
    of_person = exists(Person.id).where(Person.id == Document.person_id, visible_persons(actor))
    # Whoever checks accounts sees the proof, whosever it is; a unit sees that of its own account.
    own_unit = exists(Unit.id).where(Unit.payee_id == BankAccount.person_id, among(Unit.id, actor.units(Role.EMPLOYER)))
    readers = or_(literal(actor.has(*CHECKERS_OF_ACCOUNTS)), own_unit)
    proof = exists(BankAccount.id).where(BankAccount.proof_id == Document.id, readers)
    own = and_(Document.case_id.is_(None), of_person)
    scope = or_(and_(Document.case_id.is_not(None), of_case), own, referred, proof)
    found = session.execute(select(Document).where(Document.id == document_id, scope)).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found
