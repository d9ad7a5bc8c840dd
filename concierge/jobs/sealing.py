"""Sealing the audit trail: the chain's head is kept in a file outside the database too."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from concierge.config import Settings
from concierge.engine import audit
from concierge.jobs.places import Place
from concierge.services.districts import has_districts


def anchor_file(settings: Settings) -> Path:
    """Where the heads are kept, one JSON line each; best copied away by the site's own means."""
    return settings.data / "audit-anchors.jsonl"


def anchored(settings: Settings) -> tuple[int, str] | None:
    """The last head kept outside the database, by its sequence and digest; None when nothing was sealed yet."""
    file = anchor_file(settings)
    lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
    if not lines:
        return None
    last = json.loads(lines[-1])
    return int(last["sequence"]), str(last["digest"])


def seal_audit(place: Place, now: datetime) -> dict[str, Any]:
    """Chain what was written since the last seal and keep the head; nothing new is no new line.

    The chain begins with the site's first district: a demo brings its past along, which no seal may lie before.
    """
    known = anchored(place.settings)

    def keep(sequence: int, digest: str) -> None:
        if known is None or known[0] != sequence:
            _append(anchor_file(place.settings), {"sequence": sequence, "digest": digest, "at": now.isoformat()})

    with place.session(None) as session:
        if not has_districts(session):
            return {"sealed": 0}
        return {"sealed": audit.seal(session, now=now, key=audit.audit_key(place.keys), anchor=keep)}


def _append(file: Path, line: dict[str, Any]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "a", encoding="ascii") as output:
        output.write(json.dumps(line) + "\n")
        output.flush()
        os.fsync(output.fileno())
