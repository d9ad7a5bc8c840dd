"""What two of three sides see differently about a payment: an item of its own, with an owner and an age."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from concierge.db import within
from concierge.engine.tables import Case, detail


class Difference(Case):
    """Approved, returned by the bank, confirmed by the expert: two of them disagree (product: three-way settlement).

    `cause` names how (rules/settlement.py). `missing_fen` is what did not arrive and may be issued again; amounts in
    fen. Without an item it is a line that the bank answered and nobody sent.
    """

    __tablename__ = "differences"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("id", "cases"),
        within("batch_id", "payment_batches"),
        within("item_id", "payment_items"),
        within("paying_unit_id", "units"),
        CheckConstraint("missing_fen >= 0", name="missing"),
        Index("ix_differences_batch", "batch_id"),
        Index("ix_differences_item", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    district_id: Mapped[int] = mapped_column()
    batch_id: Mapped[int]
    item_id: Mapped[int | None]
    paying_unit_id: Mapped[int]
    cause: Mapped[str]
    approved_fen: Mapped[int] = mapped_column(default=0)
    returned_fen: Mapped[int] = mapped_column(default=0)
    confirmed_fen: Mapped[int | None]
    missing_fen: Mapped[int] = mapped_column(default=0)
    told: Mapped[str] = mapped_column(default="")

    __mapper_args__ = detail("difference", id, district_id)

    @hybrid_property
    def is_missing(self) -> bool:
        """Money is missing that may be issued again."""
        return self.missing_fen > 0
