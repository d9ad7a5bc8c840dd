"""Money that has to come back: why, by which formula, what was decided, and how it is paid back (domain §2.5)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class Clawback(Case):
    """A recovery of what was paid under one right. Amounts in fen; the person is the case's expert.

    `total_fen` is T, `paid_fen` P, `term_months` N and `served_months` s of the formula; `due_fen` is its result,
    `decided_fen` what was decided after the person was heard, `owed_fen` what of it is left, kept by the services.
    """

    __tablename__ = "clawbacks"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("entitlement_id", "entitlements"),
        within("paying_unit_id", "units"),
        CheckConstraint(
            "recovered_fen >= 0 and written_off_fen >= 0 and recovered_fen + written_off_fen <= decided_fen",
            name="never_more_than_decided",
        ),
        Index("ix_clawbacks_entitlement", "entitlement_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    entitlement_id: Mapped[int]
    paying_unit_id: Mapped[int]
    formula: Mapped[str]
    ground: Mapped[str] = mapped_column(default="")
    served_until: Mapped[date | None]
    total_fen: Mapped[int] = mapped_column(default=0)
    paid_fen: Mapped[int] = mapped_column(default=0)
    term_months: Mapped[int] = mapped_column(default=0)
    served_months: Mapped[int] = mapped_column(default=0)
    due_fen: Mapped[int] = mapped_column(default=0)
    statement: Mapped[str] = mapped_column(default="")
    heard_until: Mapped[date | None]
    heard_at: Mapped[datetime | None]
    decided_fen: Mapped[int] = mapped_column(default=0)
    basis: Mapped[str] = mapped_column(default="")
    recovered_fen: Mapped[int] = mapped_column(default=0)
    written_off_fen: Mapped[int] = mapped_column(default=0)
    owed_fen: Mapped[int] = mapped_column(default=0)

    __mapper_args__ = detail("clawback", id, district_id)

    @hybrid_property
    def is_settled(self) -> bool:
        """Nothing is left to come back."""
        return self.owed_fen == 0

    @hybrid_property
    def is_owed(self) -> bool:
        """Something is left to come back."""
        return self.owed_fen > 0


class ClawbackLine(Identified, Scoped, AppendOnly, Base):
    """A correction that a recovery asks back, or what is left of it after another one that was withdrawn."""

    __tablename__ = "clawback_lines"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "correction_id", "clawback_id"),
        within("clawback_id", "clawbacks"),
        within("correction_id", "corrections"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_clawback_lines_clawback", "clawback_id"),
    )

    clawback_id: Mapped[int]
    correction_id: Mapped[int]
    amount_fen: Mapped[int]


class ClawbackInstalment(Identified, Scoped, Base):
    """One instalment of a plan; what comes in fills the earliest open one first."""

    __tablename__ = "clawback_instalments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "clawback_id", "number"),
        within("clawback_id", "clawbacks"),
        CheckConstraint("amount_fen > 0 and paid_fen >= 0 and paid_fen <= amount_fen", name="amounts"),
    )

    clawback_id: Mapped[int]
    number: Mapped[int]
    due_on: Mapped[date]
    amount_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)


class Recovery(Identified, Scoped, AppendOnly, Base):
    """Money that came back: paid in with a receipt number, or kept from a payment. Never edited or deleted."""

    __tablename__ = "recoveries"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "clawback_id", "serial"),
        within("clawback_id", "clawbacks"),
        within("item_id", "payment_items"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(
            "uq_recoveries_item",
            "item_id",
            unique=True,
            postgresql_where=text("item_id is not null"),
            sqlite_where=text("item_id is not null"),
        ),
    )

    clawback_id: Mapped[int]
    amount_fen: Mapped[int]
    serial: Mapped[str]
    received_on: Mapped[date]
    item_id: Mapped[int | None]
    made_by: Mapped[int]
    at: Mapped[datetime]
