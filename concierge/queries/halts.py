"""Why a benefit stands still or was ended, as its expert may read it: from the last step of its history."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from concierge.basics.clock import SHANGHAI, local_date
from concierge.engine.tables import History

HALTED = ("suspended", "terminated", "revoked")


@dataclass(frozen=True)
class Halt:
    """Since when a benefit is stopped and why, on which legal basis, and what can be done about it."""

    day: date
    reason: str
    basis: str
    remedy: str


def halt_of(session: Session, entitlement_id: int, state: str) -> Halt | None:
    """Why a right in this state is stopped; None for one that is not."""
    if state not in HALTED:
        return None
    last = select(History.at, History.reason, History.data).where(
        History.case_id == entitlement_id, History.to_state == state
    )
    row = session.execute(last.order_by(History.version.desc()).limit(1)).first()
    if row is None:
        return None
    data = row.data or {}
    return Halt(
        local_date(row.at, SHANGHAI), row.reason or "", str(data.get("basis") or ""), str(data.get("remedy") or "")
    )
