"""Notices in inboxes that nobody has read: a stranger's, and one for each of ours."""

from typing import Any

from sqlalchemy import insert

from concierge.models.notice import Delivery
from tests.databases import DISTRICT
from tests.office import ACCOUNTS, NOW

TOLD = {"obligation": "x", "version": 1, "channel": "inbox", "topic": "claim-submitted", "data": {}}
TOLD |= {"at": NOW, "next_at": NOW}
"""What every notice of theirs has in common."""


def tell_everybody(session: Any, first: int, claim: int) -> None:
    """Tell each of ours of a claim, so that a page that marks by itself what it shows is found out."""
    facts = {"number": "ST-1", "kind": "claim", "state": "submitted", "title_zh": "待遇", "title_en": "Benefit"}
    of_a_claim = TOLD | {"district_id": DISTRICT, "case_id": claim, "data": facts}
    session.execute(
        insert(Delivery), [of_a_claim | {"id": first + own, "account_id": own} for own in ACCOUNTS.values()]
    )
