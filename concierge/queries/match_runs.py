"""How far the match has come: the run of tonight, or the last one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.models.policy import MatchRun


@dataclass(frozen=True)
class MatchProgress:
    """A run of the match: how many experts of how many, what it found, when it began; `ended_at` None while it runs."""

    total: int
    done: int
    created: int
    changed: int
    started_at: datetime
    ended_at: datetime | None


def match_progress(session: Session) -> MatchProgress | None:
    """The newest run; None before the first."""
    r = MatchRun
    columns = (r.total, r.done, r.counts, r.started_at, r.ended_at)
    row = session.execute(select(*columns).order_by(r.started_at.desc(), r.id.desc()).limit(1)).first()
    if row is None:
        return None
    created, changed = (row.counts.get(name, 0) for name in ("created", "changed"))
    return MatchProgress(row.total, row.done, created, changed, row.started_at, row.ended_at)
