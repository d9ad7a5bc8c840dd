"""What failed on our side, by the number that whoever met it was told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from concierge.models.job import Mishap

PAGE = 100


@dataclass(frozen=True)
class MishapRow:
    """One failed request; `kind` is the type of the error."""

    reference: str
    at: datetime
    route: str
    method: str
    kind: str


def mishaps(session: Session, *, district_id: int, reference: str = "") -> tuple[MishapRow, ...]:
    """The newest of the district and of nobody's pages, or those of one reference number."""
    m = Mishap
    rows = select(m.reference, m.at, m.route, m.method, m.kind)
    rows = rows.where(or_(m.district_id == district_id, m.district_id.is_(None)))
    if reference:
        rows = rows.where(m.reference == reference)
    return tuple(MishapRow(*row) for row in session.execute(rows.order_by(m.id.desc()).limit(PAGE)).tuples())
