"""The invoices of a claim, beside what it may come to at most."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from concierge.models.claim import Claim
from concierge.models.invoice import Invoice
from concierge.models.policy import PolicyVersion

OPEN_TO_ENTRY = ("draft", "correction", "submitted")
"""States of a claim in which invoices are entered and taken out."""


@dataclass(frozen=True)
class InvoiceRow:
    """One invoice; the amount in fen."""

    id: int
    code: str
    number: str
    issued_on: date
    seller: str
    amount_fen: int


@dataclass(frozen=True)
class Invoices:
    """What a claim against invoices has: the ceiling and the rows (fen)."""

    cap_fen: int
    rows: tuple[InvoiceRow, ...]
    is_open: bool

    @property
    def total_fen(self) -> int:
        """What the invoices come to."""
        return sum(row.amount_fen for row in self.rows)

    @property
    def most_fen(self) -> int:
        """What can be granted: the invoices, up to the ceiling."""
        return min(self.cap_fen, self.total_fen)

    @property
    def left_fen(self) -> int:
        """What the ceiling still has room for."""
        return self.cap_fen - self.most_fen


def invoices_of(session: Session, claim_id: int) -> Invoices | None:
    """The invoices of a claim; None where the policy does not settle against invoices. One statement."""
    live = and_(Invoice.claim_id == Claim.id, Invoice.released_at.is_(None))
    names = ("id", "code", "number", "issued_on", "seller")
    rows = session.execute(
        select(Claim.amount_fen.label("cap_fen"), Claim.state, PolicyVersion.schedule)
        .add_columns(*(getattr(Invoice, name) for name in names), Invoice.amount_fen)
        .join(PolicyVersion, PolicyVersion.id == Claim.policy_version_id)
        .outerjoin(Invoice, live)
        .where(Claim.id == claim_id)
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()
    if not rows or not rows[0].schedule.get("invoices"):
        return None
    found = [
        InvoiceRow(amount_fen=row.amount_fen, **{name: getattr(row, name) for name in names}) for row in rows if row.id
    ]
    return Invoices(rows[0].cap_fen, tuple(found), rows[0].state in OPEN_TO_ENTRY)
