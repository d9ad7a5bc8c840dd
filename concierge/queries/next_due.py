"""What falls due next under a right in force, as the statement foresees it: at the amounts that hold over time."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.models.person import TalentStatus
from concierge.rules.periods import Period, Rate, periods, rates_by_category
from concierge.rules.talent import held_over_time

FORESEEN = timedelta(days=750)
"""So far ahead the next payment is told: instalments lie two years apart."""
Held = Sequence[tuple[date, str | None]]
"""The categories of a person with the day since when each holds, oldest first."""


def held_by(session: Session, person_id: int, rights: Sequence[Any]) -> Held:
    """The categories of a person, where a right in force goes by them."""
    if not any(right.state == "active" and right.rates.get("by") == "category" for right in rights):
        return []
    s = TalentStatus
    wanted = select(s.valid_from, s.valid_to, s.category).where(s.person_id == person_id)
    return held_over_time(tuple(row) for row in session.execute(wanted.order_by(s.valid_from, s.id)))


def next_due(right: Any | None, decided_fen: int | None, held: Held, today: date) -> list[Period]:
    """What falls due together next under a right in force: by category as it is granted, else at what was decided."""
    if right is None or right.state != "active":
        return []
    by_category = rates_by_category(right.rates, held) if right.rates.get("by") == "category" else []
    rates = by_category or [Rate(right.starts_on, decided_fen or 0)]
    days = {"starts_on": right.starts_on, "ends_on": right.ends_on, "until": today + FORESEEN}
    found = [period for period in periods(right.kind, right.schedule, rates, **days) if period.due_on > today]
    return [period for period in found if period.due_on == found[0].due_on]
