"""Rules that two persons keep: one proposes, the other answers."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from concierge.db import AppendOnly, Identified, Scoped

PROPOSED, CONFIRMED, REFUSED = "proposed", "confirmed", "refused"
"""The kinds of rows."""


class OfTwoPersons(Identified, Scoped, AppendOnly):
    """A row of kind `proposed` changes nothing; the second person's answer, `confirmed` or `refused`, is a row of its
    own that points to it, so that a proposal is answered once. `basis` names the document. Never edited or deleted.
    """

    kind: Mapped[str]
    basis: Mapped[str]
    made_by: Mapped[int]
    made_by_key: Mapped[str]
    confirmed_by: Mapped[int | None]
    proposal_id: Mapped[int | None]
    at: Mapped[datetime]
