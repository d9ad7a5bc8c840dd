"""Imports that can be taken back (product, 15): preview every row, apply as one unit, reverse what nobody has touched.

The file and every row are kept sealed. A file that was applied adds nothing when it is imported again.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Invalid, NotFound, Reason, Refusal
from concierge.basics.ids import new_id
from concierge.basics.text import Text, _
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.models.job import ImportRow, ImportRun
from concierge.rules.roles import Role
from concierge.rules.sheets import UNREAD, Cell, FileRow, WrongCell, read_rows
from concierge.services.import_activities import REMOTE_LOG, TRAININGS
from concierge.services.import_experts import Experts
from concierge.services.import_facts import Facts
from concierge.services.import_missions import Missions
from concierge.services.import_notes import open_note, seal_note
from concierge.services.import_plans import BAD, GOOD, Applied, Importer, Plan, RowClass, Setting
from concierge.services.import_service_experts import ServiceExperts
from concierge.services.people import only

IMPORTERS: Mapping[str, Importer] = {
    importer.kind: importer for importer in (Experts(), Facts(), Missions(), TRAININGS, REMOTE_LOG, ServiceExperts())
}
LEADING = (Role.SPECIALIST_LEAD, Role.TALENT_OFFICE)
FILE = -1
"""The number under which the file itself is kept beside its rows."""


def importer_of(kind: str) -> Importer:
    """The importer of a kind. Raises NotFound."""
    found = IMPORTERS.get(kind)
    if found is None:
        raise NotFound()
    return found


def preview_import(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    keys: KeyRing,
    kind: str,
    file_name: str,
    content: bytes,
    table: Sequence[Sequence[Cell]],
) -> int:
    """Class every row of a file against what is known; nothing else is written. Returns the run's id.

    A preview of the same file by the same account that was never applied is made anew in its place. Raises Invalid
    for a table without the needed columns or without rows, Refusal for a role that may not import.
    """
    importer = importer_of(kind)
    only(actor, *importer.roles)
    digest = hashlib.sha256(content).hexdigest()
    rows = list(read_rows(importer.columns, table))
    if not rows:
        raise Invalid.because("no_rows", _("The table has no rows under its headers"), "file")
    with transaction(session):
        run_id = _fresh_run(session, actor, now, kind, file_name, digest)
        plans = importer.plan(Setting(session, actor, now, keys), rows)
        wrapped = keys.new_data_key()
        made = [_row(actor, run_id, plan, wrapped, keys) for plan in plans]
        made.append(_file_row(actor, run_id, content, wrapped, keys))
        session.execute(insert(ImportRow), made)
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(counts=_counts(plans)))
        record(
            session, act="preview-import", actor=actor, now=now, subject_kind="import", subject_id=run_id,
            data={"kind": kind, "rows": len(rows)},
        )  # fmt: skip
    return run_id


def _fresh_run(session: Session, actor: Actor, now: datetime, kind: str, file_name: str, digest: str) -> int:
    """A new run; an earlier preview of the same file is put aside."""
    earlier = ImportRun.account_id == actor.account_id, ImportRun.sha256 == digest, ImportRun.kind == kind
    aside = update(ImportRun).where(*earlier, ImportRun.state == "preview").values(state="replaced")
    session.execute(aside)
    run = ImportRun(
        id=new_id(), district_id=actor.district_id, account_id=actor.account_id, kind=kind,
        file_name=file_name[:200], sha256=digest, storage_key=f"row:{FILE}", counts={}, made_at=now,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return int(run.id)


def _counts(plans: Sequence[Plan]) -> dict[str, int]:
    counted = Counter(plan.status.value for plan in plans)
    return {status.value: counted[status.value] for status in RowClass}


def _row(actor: Actor, run_id: int, plan: Plan, wrapped: bytes, keys: KeyRing) -> dict[str, Any]:
    row_id = new_id()
    kept = {"given": plan.row.given, "places": plan.row.places}
    return {
        "id": row_id,
        "district_id": actor.district_id,
        "run_id": run_id,
        "row": plan.row.number,
        "status": plan.status.value,
        "errors": [_written(wrong) for wrong in plan.row.wrong],
        "changes": plan.changes,
        "sealed": seal_note(keys, wrapped, row_id, kept),
        "subject_id": plan.subject_id,
        "subject_version": None,
        "applied_at": None,
    }


def _file_row(actor: Actor, run_id: int, content: bytes, wrapped: bytes, keys: KeyRing) -> dict[str, Any]:
    row_id = new_id()
    return {
        "id": row_id, "district_id": actor.district_id, "run_id": run_id, "row": FILE, "status": "file", "errors": [],
        "changes": {}, "sealed": seal_note(keys, wrapped, row_id, {"file": content.hex()}), "subject_id": None,
        "subject_version": None, "applied_at": None,
    }  # fmt: skip


def _written(wrong: WrongCell) -> list[Any]:
    reason = wrong.reason
    params = {name: str(value) for name, value in reason.text.params.items()}
    return [wrong.cell, reason.code, reason.text.msgid, params, reason.field]


def errors_of(kept: Sequence[Sequence[Any]]) -> list[WrongCell]:
    """The errors kept on a row, as texts again."""
    return [WrongCell(cell, Reason(code, Text(msgid, params), field)) for cell, code, msgid, params, field in kept]


def apply_import(
    session: Session, *, actor: Actor, now: datetime, keys: KeyRing, run_id: int, leave_out_bad: bool = False
) -> dict[str, int]:
    """Apply a previewed file as one unit, all or nothing; returns the counts of its rows.

    Rows are classed again against the present state, so what happened meanwhile is seen. Wrong and conflicting rows
    stop the whole unless they are left out by choice. Applying it again changes nothing. Raises NotFound, Refusal.
    """
    with transaction(session):
        run = own_run(session, actor, run_id)
        if run.state == "applied":
            return dict(run.counts)
        if run.state != "preview":
            raise Refusal.because("not_a_preview", _("this import can no longer be applied"))
        importer = importer_of(run.kind)
        only(actor, *importer.roles)
        setting = Setting(session, actor, now, keys)
        kept = _kept_rows(session, run_id)
        notes = {row.row: open_note(keys, row.id, row.sealed) for row in kept}
        plans = importer.plan(setting, [_again(row, notes[row.row]) for row in kept])
        bad = [plan for plan in plans if plan.status in BAD]
        if bad and not leave_out_bad:
            raise Refusal(Reason("bad_rows", _("%(n)s rows are wrong; leave them out or correct the file", n=len(bad))))
        applied = importer.apply(setting, [plan for plan in plans if plan.status in GOOD])
        _keep_applied(setting, kept, notes, plans, applied)
        counts = _counts(plans)
        values = {"state": "applied", "counts": counts, "applied_at": now}
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))
        data = {"kind": run.kind, **counts}
        record(session, act="apply-import", actor=actor, now=now, subject_kind="import", subject_id=run_id, data=data)
    return counts


def own_run(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """A run that the actor made himself, or any run for the lead and the talent office. Raises NotFound."""
    run = session.execute(select(ImportRun).where(ImportRun.id == run_id).with_for_update()).scalar_one_or_none()
    if run is None or (run.account_id != actor.account_id and not actor.has(*LEADING)):
        raise NotFound()
    return run


def _kept_rows(session: Session, run_id: int) -> list[Any]:
    columns = (ImportRow.id, ImportRow.row, ImportRow.sealed, ImportRow.errors)
    wanted = select(*columns).where(ImportRow.run_id == run_id, ImportRow.row != FILE).order_by(ImportRow.row)
    return list(session.execute(wanted).all())


def _again(kept: Any, note: Mapping[str, Any]) -> FileRow:
    """A row as it was read, with the cells that could not be read at all."""
    unread = [wrong for wrong in errors_of(kept.errors) if wrong.reason.code == UNREAD]
    return FileRow(kept.row, dict(note["given"]), dict(note["places"]), unread)


def _keep_applied(
    setting: Setting, kept: Sequence[Any], notes: Mapping[int, Any], plans: Sequence[Plan], applied: Sequence[Applied]
) -> None:
    """Note on each row what became of it, and how to take it back."""
    done = {one.row: one for one in applied}
    wrapped = setting.keys.new_data_key()
    values = []
    for row, plan in zip(kept, plans, strict=True):
        one = done.get(row.row)
        note = dict(notes[row.row])
        if one is not None:
            note |= {"journal": one.journal, "is_new": one.is_new, "revision": one.revision}
        values.append(
            {
                "id": row.id,
                "status": plan.status.value,
                "errors": [_written(wrong) for wrong in plan.row.wrong],
                "changes": plan.changes,
                "sealed": seal_note(setting.keys, wrapped, row.id, note),
                "subject_id": one.subject_id if one is not None else plan.subject_id,
                "subject_version": one.version if one is not None else None,
                "applied_at": setting.now if one is not None else None,
            }
        )
    setting.session.execute(update(ImportRow), values)
