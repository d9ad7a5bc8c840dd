"""What a district decides itself about public money: who determines which amount, how long a changed payee waits."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from concierge.db import AppendOnly, Base, Identified, Scoped, within


class MoneyRule(Identified, Scoped, AppendOnly, Base):
    """The tiers of amounts (fen) and the hold of a changed payee (working days), with the document they rest on.

    A row of kind `proposed` changes nothing; the second person's answer, `confirmed` or `refused`, is a row of its own
    that points to it, so that a proposal is answered once. The newest confirmed row holds. Never edited or deleted.
    """

    __tablename__ = "money_rules"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("proposal_id", "money_rules"),
        UniqueConstraint("district_id", "proposal_id"),
        CheckConstraint("director_fen > 0 and meeting_fen > director_fen", name="tiers_rise"),
        CheckConstraint("hold_days >= 0 and hold_days <= 60", name="hold"),
    )

    kind: Mapped[str]
    director_fen: Mapped[int]
    meeting_fen: Mapped[int]
    hold_days: Mapped[int]
    basis: Mapped[str]
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    confirmed_by: Mapped[int | None]
    proposal_id: Mapped[int | None]
    at: Mapped[datetime]
