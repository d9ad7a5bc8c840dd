"""What corrections ask back of paid periods, and what recoveries have made of it (domain §2.5).

A recovery names the corrections it asks back. What comes back fills the oldest of them first. A recovery that has
ended has dealt with all it named, whatever came back, was let go or written off; one that was withdrawn only with what
had come back by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.models.clawback import Clawback, ClawbackLine
from concierge.models.entitlement import Accrual, Correction
from concierge.models.payment import PaymentItem
from concierge.services.kept_payments import FOR_SURE, PLANNED

WITHDRAWN = "withdrawn"
ENDED = ("recovered", "written_off", "exempted", WITHDRAWN)


@dataclass(frozen=True)
class Named:
    """What a recovery asks back of one period (fen), and what of it has come back or is kept from a payment."""

    clawback_id: int
    state: str
    accrual_id: int
    fen: int
    back: int

    @property
    def dealt_fen(self) -> int:
        """What is asked back no more because of this recovery, once it has ended (fen)."""
        return self.back if self.state == WITHDRAWN else self.fen


def named(session: Session, right_ids: Sequence[int]) -> Iterator[Named]:
    """What the recoveries of corrections ask back under rights, line by line."""
    line, c = ClawbackLine, Correction
    kept = select(func.coalesce(func.sum(PaymentItem.offset_fen), 0)).where(
        PaymentItem.clawback_id == Clawback.id, PaymentItem.state.in_((*PLANNED, *FOR_SURE))
    )
    rows = session.execute(
        select(line.clawback_id, Clawback.state, c.accrual_id, line.amount_fen.label("fen"))
        .add_columns((Clawback.recovered_fen + kept.scalar_subquery()).label("back"))
        .join(Clawback, Clawback.id == line.clawback_id)
        .join(c, c.id == line.correction_id)
        .where(among(c.entitlement_id, right_ids))
        .order_by(line.clawback_id, c.id)
    )
    left: dict[int, int] = {}
    for row in rows:
        part = min(left.setdefault(row.clawback_id, int(row.back)), row.fen)
        left[row.clawback_id] -= part
        yield Named(row.clawback_id, row.state, row.accrual_id, row.fen, part)


def came_back(session: Session, right_ids: Sequence[int]) -> dict[int, int]:
    """What has come back of each period, or is kept for it from a payment under way (fen)."""
    found: dict[int, int] = {}
    for line in named(session, right_ids):
        found[line.accrual_id] = found.get(line.accrual_id, 0) + line.back
    return found


def still_asked(session: Session, right_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each recovery under these rights that has not ended what it names, and what of that is asked back by now."""
    left, lines = asked_back(session, right_ids), list(named(session, right_ids))
    for line in lines:
        if line.state in ENDED:
            left[line.accrual_id] = left.get(line.accrual_id, 0) - line.dealt_fen
    found: dict[int, tuple[int, int]] = {}
    for line in lines:
        if line.state not in ENDED:
            part = max(min(line.fen, left.get(line.accrual_id, 0)), 0)
            left[line.accrual_id] = left.get(line.accrual_id, 0) - part
            whole, still = found.get(line.clawback_id, (0, 0))
            found[line.clawback_id] = whole + line.fen, still + part
    return found


def asked_back(session: Session, right_ids: Sequence[int]) -> dict[int, int]:
    """What corrections ask back of each paid period in sum (fen); what comes off an arrear was never paid."""
    c, a = Correction, Accrual
    rows = session.execute(
        select(c.accrual_id, func.sum(-c.amount_fen))
        .join(a, a.id == c.accrual_id)
        .where(among(c.entitlement_id, right_ids), c.arrears_id.is_(None))
        .where(a.state == "paid", ~a.period.contains("+v"))
        .group_by(c.accrual_id)
    )
    return {accrual_id: int(fen) for accrual_id, fen in rows}
