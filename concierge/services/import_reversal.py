"""Taking an applied import back: every row untouched since is restored, the others are listed with who changed them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.job import ImportRow, ImportRun
from concierge.services.import_notes import open_note
from concierge.services.import_plans import AppliedRow, Setting
from concierge.services.imports import importer_of, own_run
from concierge.services.people import only


@dataclass(frozen=True)
class Untouchable:
    """A row that stays, and whose later work it would destroy."""

    row: int
    subject_id: int
    name: str
    changed_by: tuple[str, ...]


@dataclass(frozen=True)
class Reversal:
    """What became of an import that was taken back."""

    restored: int
    kept: tuple[Untouchable, ...]


def reverse_import(session: Session, *, actor: Actor, now: datetime, keys: KeyRing, run_id: int) -> Reversal:
    """Take an applied import back as one unit. Raises NotFound, Refusal when it is not applied."""
    with transaction(session):
        run = own_run(session, actor, run_id)
        if run.state != "applied" or run.applied_at is None:
            raise Refusal.because("not_applied", _("this import is not applied"))
        importer, setting = importer_of(run.kind), Setting(session, actor, now, keys)
        only(actor, *importer.roles)
        rows = _applied_rows(setting, run_id)
        touched = importer.touched(setting, rows, run.applied_at)
        free = [row for row in rows if row.subject_id not in touched]
        importer.restore(setting, free)
        kept = tuple(
            Untouchable(row.row, row.subject_id, touched[row.subject_id].name, touched[row.subject_id].changed_by)
            for row in rows
            if row.subject_id in touched
        )
        values = {"state": "reversed", "reversed_at": now}
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))
        data = {"restored": len(free), "kept": len(kept)}
        record(session, act="reverse-import", actor=actor, now=now, subject_kind="import", subject_id=run_id, data=data)
    return Reversal(len(free), kept)


def _applied_rows(setting: Setting, run_id: int) -> list[AppliedRow]:
    columns = (ImportRow.id, ImportRow.row, ImportRow.sealed, ImportRow.subject_id, ImportRow.subject_version)
    applied = ImportRow.run_id == run_id, ImportRow.applied_at.is_not(None)
    rows = setting.session.execute(select(*columns).where(*applied).order_by(ImportRow.row)).all()
    return [
        AppliedRow(row.row, row.subject_id, row.subject_version, open_note(setting.keys, row.id, row.sealed))
        for row in rows
    ]
