"""The sealed notes on the rows of imports: what stood in a row, and how what it brought is taken back."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from concierge.basics.crypto import KeyRing
from concierge.db import among
from concierge.models.job import ImportRow, ImportRun
from concierge.services.import_plans import Setting


def seal_note(keys: KeyRing, wrapped: bytes, row_id: int, note: Any) -> bytes:
    """Seal a row's own note; the wrapped key stands before it, so that the row opens by itself."""
    plain = json.dumps(note, ensure_ascii=False, default=str)
    return bytes([len(wrapped)]) + wrapped + keys.seal(wrapped, plain, f"import_rows:sealed:{row_id}")


def open_note(keys: KeyRing, row_id: int, sealed: bytes) -> Any:
    """The note sealed on a row."""
    size = 1 + sealed[0]
    return json.loads(keys.open(sealed[1:size], sealed[size:], f"import_rows:sealed:{row_id}"))


def last_notes(setting: Setting, kind: str, subject_ids: Iterable[int]) -> dict[int, Any]:
    """The note of the last row that imports of a kind brought to each of these subjects; one taken back counts not."""
    r, run = ImportRow, ImportRun
    wanted = select(r.id, r.subject_id, r.sealed).join(run, run.id == r.run_id)
    wanted = wanted.where(among(r.subject_id, subject_ids), r.applied_at.is_not(None))
    wanted = wanted.where(run.kind == kind, run.state == "applied").order_by(r.applied_at, r.id)
    last = {row.subject_id: row for row in setting.session.execute(wanted)}
    return {subject: open_note(setting.keys, row.id, row.sealed) for subject, row in last.items()}
