"""Whether the database answers."""

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from concierge.models.district import District


def database_answers(session: Session) -> bool:
    """Whether a simple question is answered."""
    try:
        session.execute(select(District.id).limit(1))
    except SQLAlchemyError:
        return False
    return True
