"""What a person has agreed to apart from everything else, and taken back."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from concierge.db import AppendOnly, Base, Identified, Scoped, within


class Consent(Identified, Scoped, AppendOnly, Base):
    """One answer to one purpose, given or withdrawn; the newest holds, none is edited (rules/consents.py).

    `wording` is the version that was shown, `channel` how the answer came, `relative_id` the child a guardian spoke
    for.
    """

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        within("person_id", "persons"),
        Index("ix_consents_person", "person_id", "purpose", "id"),
    )

    person_id: Mapped[int]
    relative_id: Mapped[int | None]
    purpose: Mapped[str]
    is_given: Mapped[bool]
    wording: Mapped[str]
    channel: Mapped[str]
    by_id: Mapped[int]
    at: Mapped[datetime]
