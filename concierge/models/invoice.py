"""Invoices behind a reimbursement: each counts once in the whole district."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import Base, Identified, Scoped, within


class Invoice(Identified, Scoped, Base):
    """One invoice of a claim. Once the claim is given up, or it was entered wrongly, it is released and may be used."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("claim_id", "claims"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_invoices_claim", "claim_id"),
        Index(
            "uq_invoices_number",
            "district_id",
            "code",
            "number",
            unique=True,
            postgresql_where=text("released_at is null"),
            sqlite_where=text("released_at is null"),
        ),
    )

    claim_id: Mapped[int]
    code: Mapped[str] = mapped_column(default="")
    number: Mapped[str]
    issued_on: Mapped[date]
    seller: Mapped[str]
    amount_fen: Mapped[int]
    entered_by: Mapped[int]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]
