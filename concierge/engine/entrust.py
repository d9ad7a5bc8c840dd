"""A step gives open cases to another specialist: the step's own line of history says so."""

from collections.abc import Iterable

from sqlalchemy import and_, update
from sqlalchemy.orm import Session

from concierge.db import among
from concierge.engine.run import Act
from concierge.engine.tables import CASES


def entrust(session: Session, ids: Iterable[int], act: Act, *, specialist: int) -> None:
    """Write who is the specialist of cases that the running step has judged and locked, just before it moves them."""
    c = CASES.c
    here = and_(among(c.id, list(ids)), c.district_id == act.actor.district_id)
    session.connection().execute(update(CASES).where(here).values(specialist_id=specialist))
