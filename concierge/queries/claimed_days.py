"""The days that a claim by the day is made of: which day, on which order, for whom, and how much."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from concierge.basics.text import Bilingual
from concierge.db import fixed, read
from concierge.models.dispatch import DispatchOrder
from concierge.models.district import Unit
from concierge.models.entitlement import Accrual

_OF_A_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DAYS = fixed(
    select(Accrual.starts_on, Accrual.amount_fen, DispatchOrder.number, Unit.name_zh, Unit.name_en)
    .outerjoin(DispatchOrder, DispatchOrder.id == Accrual.order_id)
    .outerjoin(Unit, Unit.id == DispatchOrder.host_unit_id)
    .where(Accrual.claim_id == bindparam("claim"), Accrual.by_day_of.is_not(None))
    .order_by(Accrual.starts_on, Accrual.id)
)


@dataclass(frozen=True)
class ClaimedDay:
    """One day of a claim, in fen; `number` and `host` of the order that brought it, empty for a day entered by hand."""

    on: date
    fen: int
    number: str
    host: Bilingual


def is_of_days(period: str) -> bool:
    """Whether the period of a claim is made of days."""
    return _OF_A_DAY.match(period) is not None


def claimed_days(session: Session, claim_id: int) -> tuple[ClaimedDay, ...]:
    """The days of a claim, the earliest first; none where its policy does not pay by the day. One statement."""
    return tuple(
        ClaimedDay(row.starts_on, row.amount_fen, row.number or "", Bilingual(row.name_zh or "", row.name_en or ""))
        for row in read(session, _DAYS, claim=claim_id)
    )
