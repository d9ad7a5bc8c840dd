"""Public money: items, batches, postings and what the bank answered. Amounts are integer fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import AppendOnly, Base, Identified, Scoped, within
from concierge.engine.tables import Case, detail


class PaymentItem(Case):
    """One bank line: an approved claim on its way into the expert's account.

    `amount_fen` is granted, `withheld_fen` of it is tax kept back, the rest goes to the bank; `settled_fen` is what the
    bank has paid out, net of what it reversed; `tax_back_fen` is the tax on what never arrived, which went back to the
    budget line and follows the rest when that is issued again. `carried_from` is the budget year out of which it was
    carried over, `offset_fen` what is kept from it against a clawback. `payee_id` is set where somebody else than the
    expert of the case is paid: his employer, or a provider. Nothing is paid to a changed account before `payable_at`.
    """

    __tablename__ = "payment_items"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("claim_id", "claims"),
        within("budget_line_id", "budget_lines"),
        within("bank_account_id", "bank_accounts"),
        within("batch_id", "payment_batches"),
        within("reissue_of_id", "payment_items"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "withheld_fen >= 0 and settled_fen >= 0 and settled_fen + withheld_fen <= amount_fen",
            name="never_paid_twice",
        ),
        CheckConstraint("tax_back_fen >= 0 and tax_back_fen <= withheld_fen", name="tax_back_within"),
        CheckConstraint(
            "offset_fen >= 0 and settled_fen + withheld_fen + offset_fen <= amount_fen", name="offset_within"
        ),
        Index("ix_payment_items_claim", "claim_id"),
        Index("ix_payment_items_batch", "batch_id"),
        Index("ix_payment_items_line", "budget_line_id"),
        Index("uq_payment_items_reissue", "reissue_of_id", unique=True),
        Index(
            "ix_payment_items_clawback",
            "clawback_id",
            postgresql_where=text("clawback_id is not null"),
            sqlite_where=text("clawback_id is not null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    claim_id: Mapped[int]
    payee_id: Mapped[int | None]
    budget_line_id: Mapped[int | None]
    bank_account_id: Mapped[int | None]
    payee_name: Mapped[str]
    account_last4: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    amount_fen: Mapped[int]
    withheld_fen: Mapped[int] = mapped_column(default=0)
    tax_back_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    settled_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    paying_unit_id: Mapped[int]
    batch_id: Mapped[int | None]
    reissue_of_id: Mapped[int | None]
    account_settled: Mapped[bool] = mapped_column(default=False)
    account_changed: Mapped[bool] = mapped_column(default=False)
    payable_at: Mapped[datetime | None]
    is_suspended: Mapped[bool] = mapped_column(default=False)
    papers_missing: Mapped[bool] = mapped_column(default=False)
    carried_from: Mapped[int | None]
    offset_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    is_kept_whole: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    clawback_id: Mapped[int | None]
    bounce_reason: Mapped[str] = mapped_column(default="")
    paid_on: Mapped[date | None]
    confirmed_fen: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]

    __mapper_args__ = detail("payment_item", id, district_id)

    @hybrid_property
    def budget_named(self) -> bool:
        """A budget line is named."""
        return self.budget_line_id != None  # noqa: E711  a hybrid: SQL needs the operator

    @budget_named.inplace.expression
    @classmethod
    def _budget_named(cls) -> Any:
        return cls.budget_line_id.is_not(None)

    @hybrid_property
    def net_fen(self) -> int:
        """What the bank is asked to pay."""
        return self.amount_fen - self.withheld_fen - self.offset_fen

    @hybrid_property
    def kept_fen(self) -> int:
        """What is kept of it once the bank has said its last word: tax on what arrived, and the offset."""
        return self.withheld_fen - self.tax_back_fen + self.offset_fen

    @hybrid_property
    def is_batched(self) -> bool:
        """The item belongs to a batch."""
        return self.batch_id is not None

    @is_batched.inplace.expression
    @classmethod
    def _is_batched(cls) -> Any:
        return cls.batch_id.is_not(None)


class PaymentBatch(Case):
    """Items sent to the bank together. Frozen, its rows are hashed and never edited again."""

    __tablename__ = "payment_batches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("paying_unit_id", "units"),
        CheckConstraint("count >= 0 and total_fen >= 0", name="totals"),
        CheckConstraint("differences_open >= 0", name="differences"),
        CheckConstraint("success_fen + bounced_fen + pending_fen = total_fen", name="adds_up"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    paying_unit_id: Mapped[int]
    count: Mapped[int] = mapped_column(default=0)
    total_fen: Mapped[int] = mapped_column(default=0)
    success_fen: Mapped[int] = mapped_column(default=0)
    bounced_fen: Mapped[int] = mapped_column(default=0)
    pending_fen: Mapped[int] = mapped_column(default=0)
    statement_fen: Mapped[int | None]
    differences_open: Mapped[int] = mapped_column(default=0, server_default="0")
    roster_hash: Mapped[str] = mapped_column(default="")
    application_number: Mapped[str] = mapped_column(default="")
    fiscal_note: Mapped[str] = mapped_column(default="")
    sent_on: Mapped[date | None]

    __mapper_args__ = detail("payment_batch", id, district_id)

    @hybrid_property
    def has_items(self) -> bool:
        """The batch is not empty."""
        return self.count > 0

    @hybrid_property
    def all_answered(self) -> bool:
        """The bank has answered for every line."""
        return self.pending_fen == 0

    @hybrid_property
    def no_difference(self) -> bool:
        """Nothing is left that two sides see differently."""
        return self.differences_open == 0

    @hybrid_property
    def is_frozen(self) -> bool:
        """The roster was hashed."""
        return self.roster_hash > ""


class Posting(Identified, Scoped, AppendOnly, Base):
    """A movement of money, in balanced double entry: the amounts (fen) of one `entry_id` sum to zero.

    Unique by item, step and account, so that no step can be posted twice. Never edited or deleted.
    """

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "case_id", "act", "account"),
        within("case_id", "cases"),
        within("budget_line_id", "budget_lines"),
        Index("ix_postings_entry", "entry_id"),
        Index("ix_postings_line", "budget_line_id", "entry_id"),
        Index("ix_postings_person", "person_id", "policy_group", "at"),
        CheckConstraint("amount_fen <> 0", name="amount"),
    )

    entry_id: Mapped[int]
    case_id: Mapped[int]
    act: Mapped[str]
    account: Mapped[str]
    amount_fen: Mapped[int]
    budget_line_id: Mapped[int]
    person_id: Mapped[int | None]
    household_id: Mapped[int | None]
    policy_group: Mapped[str] = mapped_column(default="")
    period: Mapped[str] = mapped_column(default="")
    year: Mapped[int]
    reverses_id: Mapped[int | None]
    actor_id: Mapped[int]
    at: Mapped[datetime]


class BankFile(Identified, Scoped, Base):
    """A bank result file as received, known by its hash: importing it twice changes nothing."""

    __tablename__ = "bank_files"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "sha256"),
        ForeignKeyConstraint(["district_id", "batch_id"], ["payment_batches.district_id", "payment_batches.id"]),
    )

    batch_id: Mapped[int]
    file_name: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    loaded_by: Mapped[int]
    at: Mapped[datetime]


class BankResult(Identified, Scoped, AppendOnly, Base):
    """One answer to a line, by line id and serial number, applied once: success, partial, bounced, reversed.

    `success` ends a line and comes once; what arrives before it in parts is `partial`.
    """

    __tablename__ = "bank_results"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "item_id", "serial"),
        within("file_id", "bank_files"),
        within("item_id", "payment_items"),
        Index(
            "uq_bank_results_success",
            "item_id",
            unique=True,
            postgresql_where=text("outcome = 'success'"),
            sqlite_where=text("outcome = 'success'"),
        ),
    )

    file_id: Mapped[int]
    item_id: Mapped[int]
    serial: Mapped[str]
    outcome: Mapped[str]
    amount_fen: Mapped[int]
    code: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    paid_on: Mapped[date | None]
