"""What an operator watches: what waits to leave the house, and which jobs run. Figures of the whole site, no names."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from concierge.engine.tables import Outbox
from concierge.models.job import JobRun, LongAct
from concierge.models.notice import Delivery


@dataclass(frozen=True)
class Waiting:
    """Rows of one sort that wait, and for how many seconds the oldest does."""

    what: str
    count: int
    oldest: float


def waiting(session: Session, *, now: datetime) -> list[Waiting]:
    """What waits on the whole site; four small statements over partial indexes."""
    asked: tuple[tuple[str, Any, Any], ...] = (
        ("outbox", Outbox.at, Outbox.state == literal_column("'pending'")),
        ("deliveries", Delivery.at, Delivery.state == literal_column("'pending'")),
        ("long_acts", LongAct.made_at, LongAct.state == literal_column("'running'")),
        ("jobs", JobRun.started_at, JobRun.state == literal_column("'running'")),
    )
    found = []
    for what, since, clause in asked:
        count, oldest = session.execute(
            select(func.count(), func.min(since)).where(clause), execution_options={"whole_city": True}
        ).one()
        found.append(Waiting(what, count, max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0))
    return found
