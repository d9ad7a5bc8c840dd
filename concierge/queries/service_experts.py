"""The experts who may be dispatched: who they are, what they know, how often they went."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit

MOST = 500


@dataclass(frozen=True)
class ExpertRow:
    """An expert of a field; `times` are his person-times of the year."""

    id: int
    name: str
    home: Bilingual
    specialty: str
    has_file: bool
    is_active: bool
    absent_from: date | None
    absent_to: date | None
    times: int


def expert_rows(session: Session, *, field_id: int, year: int) -> list[ExpertRow]:
    """The experts of a field, the most dispatched first and whoever is off the list last. Two statements."""
    m, o, e = DispatchMember, DispatchOrder, ServiceExpert
    went = session.execute(
        select(m.expert_id, func.count())
        .join(o, o.id == m.order_id)
        .where(o.field_id == field_id, o.served_on >= date(year, 1, 1), o.served_on <= date(year, 12, 31))
        .group_by(m.expert_id)
    )
    times = dict(went.tuples().all())
    rows = session.execute(
        select(e, Unit.name_zh, Unit.name_en)
        .join(Unit, Unit.id == e.home_unit_id)
        .where(e.field_id == field_id)
        .order_by(e.is_active.desc(), e.full_name, e.id)
        .limit(MOST)
    )
    found = [
        ExpertRow(
            row[0].id,
            row[0].full_name,
            Bilingual(row.name_zh, row.name_en),
            row[0].specialty,
            row[0].person_id is not None,
            row[0].is_active,
            row[0].absent_from,
            row[0].absent_to,
            times.get(row[0].id, 0),
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: (not row.is_active, -row.times))
