"""Places that are given in turn (轮候), such as talent apartments: what there is, who holds it, until when."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from concierge.basics.text import Bilingual
from concierge.db import Base, Identified, Scoped, within


class Place(Identified, Scoped, Base):
    """One place under a policy with a waiting list. `claim_id` is the claim that holds it; None while it is free.

    `leave_by` is the last day for moving out, once the right has ended. Who held it before is in the audit trail.
    """

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "claim_id"),
        within("policy_id", "policies"),
        within("claim_id", "claims"),
        Index("ix_places_policy", "policy_id"),
    )

    policy_id: Mapped[int]
    name_zh: Mapped[str]
    name_en: Mapped[str] = mapped_column(default="")
    is_in_use: Mapped[bool] = mapped_column(default=True)
    claim_id: Mapped[int | None]
    given_on: Mapped[date | None]
    leave_by: Mapped[date | None]

    @property
    def name(self) -> Bilingual:
        """The place in the reader's language."""
        return Bilingual(self.name_zh, self.name_en or self.name_zh)
