"""Files that are made once and kept with their hash, and the Word templates that a district puts in place of ours."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.errors import Invalid, NotFound, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import Case
from concierge.models.letter import ArchivedFile, LetterTemplate
from concierge.models.scope import visible_cases
from concierge.rules.attachments import MEDIA_TYPES, inspect
from concierge.rules.roles import Role
from concierge.services.people import only
from concierge.storage import Storage


def archived(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    storage: Storage,
    case_id: int,
    name: str,
    make: Callable[[], bytes],
    closed: bool = False,
) -> bytes:
    """A file of a case as it was first made; made and kept with its hash when nobody has asked for it yet.

    With `closed` only of a case that is closed: its package would not be whole before. Raises NotFound for a case out
    of scope, Refusal for an open one, and for a file that is no longer what was archived.
    """
    with transaction(session):
        found = _kept(session, actor, storage, case_id, name, closed=closed)
    if found is not None:
        return found
    data = make()  # it may take seconds; inside the transaction nobody could write meanwhile on SQLite
    with transaction(session):
        if (found := _kept(session, actor, storage, case_id, name, closed=closed)) is not None:
            return found  # somebody else was quicker
        key, digest = storage.put(data), hashlib.sha256(data).hexdigest()
        row = {"case_id": case_id, "name": name, "size": len(data), "sha256": digest, "storage_key": key}
        here = {"id": new_id(), "district_id": actor.district_id, "made_by": actor.account_id, "at": now}
        session.add(ArchivedFile(**row, **here))
        record(
            session, act="archive", actor=actor, now=now, subject_kind="case", subject_id=case_id,
            data={"file": name, "sha256": digest},
        )  # fmt: skip
    return data


def _kept(session: Session, actor: Actor, storage: Storage, case_id: int, name: str, *, closed: bool) -> bytes | None:
    """The file as it was archived, None where it was not; the case is held while the transaction lasts."""
    seen = select(Case.is_open).where(Case.id == case_id, visible_cases(actor)).with_for_update()
    is_open = session.execute(seen).scalar_one_or_none()
    if is_open is None:
        raise NotFound()
    if closed and is_open:
        raise Refusal.because("still_open", _("the case is still open; its package is made when it is closed"))
    kept = select(ArchivedFile).where(ArchivedFile.case_id == case_id, ArchivedFile.name == name)
    found = session.execute(kept).scalar_one_or_none()
    if found is None:
        return None
    data = storage.get(found.storage_key)
    if hashlib.sha256(data).hexdigest() != found.sha256:
        raise Refusal.because("archive_changed", _("the archived file is no longer what was archived"))
    return data


def replace_template(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    storage: Storage,
    kind: str,
    file_name: str,
    data: bytes,
    proof: Callable[[bytes], None],
) -> None:
    """Put a district's own Word template in place of the one in use for a kind of letter.

    `proof` writes a letter with it and raises Invalid where it cannot. Raises Invalid (field `file`) for other files.
    """
    only(actor, Role.TALENT_OFFICE)
    file = inspect(file_name, data)
    if file.media_type != MEDIA_TYPES["docx"]:
        raise Invalid.because("not_docx", _("Please choose a Word file (docx)."), "file")
    proof(file.data)
    with transaction(session):
        row = {"kind": kind, "file_name": file.name, "sha256": hashlib.sha256(file.data).hexdigest()}
        here = {"id": new_id(), "district_id": actor.district_id, "made_by": actor.account_id, "at": now}
        session.add(LetterTemplate(**row, **here, storage_key=storage.put(file.data)))
        record(session, act="replace-template", actor=actor, now=now, subject_kind="template", data=row)


def template_for(session: Session, *, storage: Storage, kind: str) -> bytes | None:
    """The district's newest template for a kind of letter; None where it uses ours."""
    t = LetterTemplate
    newest = select(t.storage_key).where(t.kind == kind).order_by(t.id.desc()).limit(1)
    key = session.execute(newest).scalar_one_or_none()
    return None if key is None else storage.get(key)
