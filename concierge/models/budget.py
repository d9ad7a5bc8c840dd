"""Where public money comes from: budget lines, what was given to them, the closing of their year. Amounts in fen."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import AppendOnly, Base, Identified, Scoped, within


class BudgetLine(Identified, Scoped, Base):
    """A budget indicator (指标) of one year. The database refuses to reserve or spend more than its amount.

    Once its year is closed nothing is left on it: what was not spent has been taken back.
    """

    __tablename__ = "budget_lines"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "year", "number"),
        within("unit_id", "units"),
        CheckConstraint(
            "amount_fen >= 0 and reserved_fen >= 0 and spent_fen >= 0 and reserved_fen + spent_fen <= amount_fen",
            name="never_overspent",
        ),
    )

    year: Mapped[int]
    number: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    document: Mapped[str] = mapped_column(default="")
    function_class: Mapped[str] = mapped_column(default="")
    economic_class: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[int]
    policy_groups: Mapped[list[Any]]
    amount_fen: Mapped[int]
    reserved_fen: Mapped[int] = mapped_column(default=0)
    spent_fen: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]

    @property
    def name(self) -> Bilingual:
        """The line's name in the reader's language."""
        return Bilingual(self.name_zh, self.name_en)


class BudgetMovement(Identified, Scoped, AppendOnly, Base):
    """Appropriation, adjustment, carry-over and taking back, with basis and second person. Never edited or deleted.

    A row without `confirmed_by` is a proposal and moves nothing; the second person's answer is a row of its own that
    points to it, so that a proposal is answered once. `from_line_id` is the closed line a carry-over comes from.
    """

    __tablename__ = "budget_movements"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("budget_line_id", "budget_lines"),
        within("proposal_id", "budget_movements"),
        UniqueConstraint("district_id", "proposal_id"),
        Index("ix_budget_movements_line", "budget_line_id", "at"),
    )

    budget_line_id: Mapped[int]
    kind: Mapped[str]
    amount_fen: Mapped[int]
    basis: Mapped[str]
    made_by: Mapped[int]
    confirmed_by: Mapped[int | None]
    proposal_id: Mapped[int | None]
    from_line_id: Mapped[int | None]
    at: Mapped[datetime]


class LedgerCorrection(Identified, Scoped, AppendOnly, Base):
    """A payment was spent from the wrong line: compensating entries move it, with reason and second person.

    A row of kind `proposed` moves nothing; the answer, `confirmed` or `refused`, is a row of its own that points to
    it. A confirmed one names the entry it corrects and the two that correct it, which name that entry themselves; so
    the way leads from either side to the other. Never edited or deleted, like the entries.
    """

    __tablename__ = "ledger_corrections"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("item_id", "payment_items"),
        within("from_line_id", "budget_lines"),
        within("to_line_id", "budget_lines"),
        within("proposal_id", "ledger_corrections"),
        UniqueConstraint("district_id", "proposal_id"),
        CheckConstraint("amount_fen > 0 and from_line_id <> to_line_id", name="moves_something"),
        CheckConstraint("(kind = 'confirmed') = (out_entry_id is not null)", name="confirmed_has_entries"),
        Index("ix_ledger_corrections_item", "item_id"),
    )

    item_id: Mapped[int]
    from_line_id: Mapped[int]
    to_line_id: Mapped[int]
    kind: Mapped[str]
    amount_fen: Mapped[int]
    reason: Mapped[str]
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    confirmed_by: Mapped[int | None]
    proposal_id: Mapped[int | None]
    entry_id: Mapped[int]
    out_entry_id: Mapped[int | None]
    in_entry_id: Mapped[int | None]
    at: Mapped[datetime]


class YearClosing(Identified, Scoped, Base):
    """A unit's budget year is closed: proposed by one person, done by another (domain §3.2)."""

    __tablename__ = "year_closings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "unit_id", "year"),
        within("unit_id", "units"),
    )

    unit_id: Mapped[int]
    year: Mapped[int]
    basis: Mapped[str]
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    closed_by: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    carried: Mapped[int] = mapped_column(default=0)
    carried_fen: Mapped[int] = mapped_column(default=0)
    taken_back_fen: Mapped[int] = mapped_column(default=0)
