"""What a district decides itself about public money: who determines which amount, how long a changed payee waits."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from concierge.db import Base, within
from concierge.models.two_persons import OfTwoPersons


class MoneyRule(OfTwoPersons, Base):
    """The tiers of amounts (fen) and the hold of a changed payee (working days), with the document they rest on.

    The newest confirmed row holds.
    """

    __tablename__ = "money_rules"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("proposal_id", "money_rules"),
        UniqueConstraint("district_id", "proposal_id"),
        CheckConstraint("director_fen > 0 and meeting_fen > director_fen", name="tiers_rise"),
        CheckConstraint("hold_days >= 0 and hold_days <= 60", name="hold"),
    )

    director_fen: Mapped[int]
    meeting_fen: Mapped[int]
    hold_days: Mapped[int]
