"""Taking an applied import back: every row untouched since is restored, the others are listed with who changed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.text import _
from concierge.db import among, transaction
from concierge.engine.actor import Actor
from concierge.engine.audit import record
from concierge.engine.tables import AuditEntry, Case
from concierge.models.account import Account, AccountGrant
from concierge.models.claim import Document
from concierge.models.entitlement import Decision
from concierge.models.job import ImportRow, ImportRun
from concierge.models.person import Person
from concierge.services.import_journal import forget_person, take_back
from concierge.services.imports import importer_of, open_note, own_run
from concierge.services.people import only, renew_search_keys

OWN_ACTS = ("import-person", "apply-import", "import-facts")


@dataclass(frozen=True)
class Untouchable:
    """A row that stays, and whose later work it would destroy."""

    row: int
    person_id: int
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
        only(actor, *importer_of(run.kind).roles)
        rows = _applied_rows(session, run_id)
        notes = {row.id: open_note(keys, row.id, row.sealed) for row in rows}
        touched = _touched(session, rows, notes, run.applied_at)
        free = [row for row in rows if row.subject_id not in touched]
        for row in reversed(free):
            _restore(session, actor, row, notes[row.id])
        kept = tuple(
            Untouchable(row.row, row.subject_id, *touched[row.subject_id]) for row in rows if row.subject_id in touched
        )
        values = {"state": "reversed", "reversed_at": now}
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))
        data = {"restored": len(free), "kept": len(kept)}
        record(session, act="reverse-import", actor=actor, now=now, subject_kind="import", subject_id=run_id, data=data)
    return Reversal(len(free), kept)


def _applied_rows(session: Session, run_id: int) -> list[Any]:
    columns = (ImportRow.id, ImportRow.row, ImportRow.sealed, ImportRow.subject_id, ImportRow.subject_version)
    applied = ImportRow.run_id == run_id, ImportRow.applied_at.is_not(None)
    return list(session.execute(select(*columns).where(*applied).order_by(ImportRow.row)).all())


def _restore(session: Session, actor: Actor, row: Any, note: dict[str, Any]) -> None:
    if note["is_new"]:
        forget_person(session, row.subject_id)
        return
    take_back(session, note["journal"])
    counted = {"version": Person.version + 1, "facts_revision": Person.facts_revision + 1}
    session.execute(update(Person).where(Person.id == row.subject_id).values(**counted))
    renew_search_keys(session, actor, row.subject_id)


def _touched(
    session: Session, rows: Sequence[Any], notes: dict[int, Any], since: datetime
) -> dict[int, tuple[str, tuple[str, ...]]]:
    """Whom somebody has worked on since, with his name and theirs."""
    expected = {row.subject_id: (row.subject_version, notes[row.id]["revision"]) for row in rows}
    found = session.execute(
        select(Person.id, Person.full_name, Person.version, Person.facts_revision).where(
            among(Person.id, list(expected))
        )
    ).all()
    moved = {one.id for one in found if (one.version, one.facts_revision) != expected[one.id]}
    fresh = [row.subject_id for row in rows if notes[row.id]["is_new"]]
    moved |= _relied_upon(session, fresh)
    who = _changed_by(session, moved, since)
    names = {one.id: one.full_name for one in found}
    return {person_id: (names.get(person_id, ""), who.get(person_id, ())) for person_id in moved}


def _relied_upon(session: Session, person_ids: list[int]) -> set[int]:
    """People who have cases, papers, decisions or an account of their own by now: they are not deleted."""
    found: set[int] = set()
    for column in (Case.expert_id, Document.person_id, Decision.person_id, AccountGrant.person_id):
        rows = session.execute(select(column).where(among(column, person_ids)).distinct()).scalars()
        found |= {person_id for person_id in rows if person_id is not None}
    return found


def _changed_by(session: Session, person_ids: set[int], since: datetime) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(AuditEntry.person_id, Account.name)
        .join(Account, Account.id == AuditEntry.actor_id)
        .where(among(AuditEntry.person_id, sorted(person_ids)), AuditEntry.at >= since)
        .where(AuditEntry.act.not_in((*OWN_ACTS, "reveal")))
        .distinct()
    )
    named: dict[int, list[str]] = {}
    for person_id, name in rows:
        named.setdefault(person_id, []).append(name)
    return {person_id: tuple(sorted(names)) for person_id, names in named.items()}
