"""What failed on our side is written down under its reference number, for operators: no address, no input, no name."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from concierge.basics.ids import new_id
from concierge.db import transaction
from concierge.models.job import Mishap

KEPT = timedelta(days=190)
"""Logs are kept at least six months (domain §7.2)."""


def note_mishap(
    session: Session, *, district_id: int | None, now: datetime, reference: str, route: str, method: str, kind: str
) -> None:
    """Write a failed request down: the name of its route, its method, and the kind of the error; forget old ones."""
    said = {"reference": reference, "route": route[:200], "method": method[:10], "kind": kind[:200]}
    with transaction(session):
        session.execute(delete(Mishap).where(Mishap.at < now - KEPT))
        session.add(Mishap(id=new_id(), district_id=district_id, at=now, **said))
