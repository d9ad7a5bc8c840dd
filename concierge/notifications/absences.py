"""Who is told in the place of somebody away: the deputy where he covers the matter, else the fallback (product, 2)."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.models.absence import Absence, away_on
from concierge.rules.standing_in import Cover


class StandIns:
    """The absences of one day, read once."""

    def __init__(self, session: Session, today: date) -> None:
        self._by_account = {
            row.account_id: row for row in session.execute(select(Absence).where(away_on(today))).scalars()
        }

    def everybody(self) -> set[int]:
        """Every account that may be told in somebody's place."""
        return {number for row in self._by_account.values() for number in (row.deputy_id, row.fallback_id)}

    def instead_of(self, account_id: int, facts: dict[str, Any]) -> int | None:
        """Who stands in for an account in a matter; None for whoever is not away."""
        row = self._by_account.get(account_id)
        if row is None:
            return None
        kinds = Cover(row.covers).kinds
        covered = kinds is None or facts.get("kind") in kinds
        within = row.cap_fen is None or (facts.get("amount_fen") or 0) <= row.cap_fen
        return row.deputy_id if covered and within and row.deputy_id not in self._by_account else row.fallback_id
