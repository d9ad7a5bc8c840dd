"""The service record of people on file: the days of service that hosts have confirmed, read from the orders.

An order is the only record of a service. What is paid for its days, what is certified and what the rules ask for
follows from it, so nobody types a day again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from concierge.basics.text import Bilingual
from concierge.db import among
from concierge.models.campaign import ServiceExpert
from concierge.models.dispatch import DispatchMember, DispatchOrder
from concierge.models.district import Unit
from concierge.rules.dispatch import Place, ServiceMode, days_served
from concierge.rules.roles import UnitKind

CONFIRMED = ("host_confirmed", "rated", "closed")
LONGEST = timedelta(days=60)
"""No service is longer."""
_HOST, _HOME = aliased(Unit), aliased(Unit)


@dataclass(frozen=True)
class DayServed:
    """One day of one person on one order: how many half days, at which host, and where that lies."""

    person_id: int
    order_id: int
    number: str
    on: date
    halves: int
    place: Place
    is_away: bool
    host: Bilingual


def days_of(session: Session, person_ids: Iterable[int], *, since: date, until: date) -> list[DayServed]:
    """The confirmed days in the country of these persons between two days, in the order of days and orders.

    Remote consultations and services in the seat of the district are no days of field service. Of whoever was named
    after the host had confirmed nothing counts until the host has confirmed him too.
    """
    o, m, e = DispatchOrder, DispatchMember, ServiceExpert
    rows = session.execute(
        select(e.person_id, o.id, o.number, o.served_on, o.half_days, _HOST.name_zh, _HOST.name_en)
        .add_columns(*_lies(_HOST, "host"), *_lies(_HOME, "home"))
        .join(m, m.order_id == o.id)
        .join(e, e.id == m.expert_id)
        .join(_HOST, _HOST.id == o.host_unit_id)
        .join(_HOME, _HOME.id == m.home_unit_id)
        .where(among(e.person_id, person_ids), o.state.in_(CONFIRMED), o.mode != ServiceMode.REMOTE_CONSULT.value)
        .where(o.served_on > since - LONGEST, o.served_on <= until, m.added_by_key.is_(None))
        .order_by(o.served_on, o.id)
    )
    found = [day for row in rows for day in _days(row)]
    return sorted((day for day in found if since <= day.on <= until), key=lambda day: (day.on, day.order_id))


def _lies(unit: Any, whose: str) -> Iterable[Any]:
    columns = (unit.id, unit.kind, unit.parent_id, unit.is_township, unit.remoteness)
    return (column.label(f"{whose}_{column.key}") for column in columns)


def _days(row: Any) -> Iterable[DayServed]:
    host, home = _place(row, "host"), _place(row, "home")
    if not host.is_rural:
        return
    own: dict[str, Any] = {"person_id": row.person_id, "order_id": row.id, "number": row.number}
    own["host"] = Bilingual(row.name_zh, row.name_en)
    for day, halves in days_served(row.served_on, row.half_days):
        yield DayServed(on=day, halves=halves, place=host, is_away=host.is_away_from(home), **own)


def _place(row: Any, whose: str) -> Place:
    """A village lies in its township; of other units in the country the township is not kept."""
    unit, kind, parent, in_township, remoteness = (
        getattr(row, f"{whose}_{name}") for name in ("id", "kind", "parent_id", "is_township", "remoteness")
    )
    township = {UnitKind.VILLAGE.value: parent, UnitKind.TOWNSHIP.value: unit}
    return Place(in_township or kind in township, remoteness, township.get(kind))
