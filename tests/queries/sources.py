"""Rows that the leadership's figures stand on, put one by one, and taken away behind the product's back."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from concierge.basics.ids import new_id
from concierge.db import DistrictSession
from concierge.engine.tables import Case, History
from concierge.models.budget import BudgetLine
from concierge.models.campaign import Campaign, ServiceExpert
from concierge.models.care import Rating
from concierge.models.dispatch import DispatchMember
from concierge.models.payment import Posting
from concierge.workflows import CareRequestFlow, DispatchOrderFlow, PaymentItemFlow
from tests.cases import CALENDAR, EMPLOYER, FIELD, FINANCE, LINE, line, put
from tests.databases import DISTRICT, Database

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday, 10:00 in the district
TODAY = CALENDAR.nth_of(NOW)
MAY, LAST_MAY = (datetime(year, 5, 11, 2, 0, tzinfo=UTC) for year in (2026, 2025))


def opened(days: int) -> datetime:
    """A morning so many working days ago."""
    return CALENDAR.closing(CALENDAR.day(TODAY - days)) - timedelta(hours=5)


def done(at: datetime, late: bool) -> dict[str, Any]:
    """The clocks of a matter closed at a moment, a day before its limit or a day after it."""
    nth = CALENDAR.nth_of(at)
    return {"opened_at": at, "since": at, "since_nth": nth, "case_due_nth": nth + (-1 if late else 1)}


def rated(session: DistrictSession, level: int, at: datetime) -> int:
    """A rating of a request that stands on no other figure of this year."""
    long_ago = datetime(2024, 5, 6, tzinfo=UTC)
    request = put(session, CareRequestFlow, "closed", opened_at=long_ago, since=long_ago)
    row = {"id": new_id(), "district_id": DISTRICT, "case_id": request, "level": level, "at": at, "words": ""}
    session.execute(insert(Rating), [row])
    return int(row["id"])


def paid(session: DistrictSession, fen: int, act: str = "disburse") -> tuple[int, int]:
    """A payment that arrived in May, with its two postings; the item and the posting that the figure counts."""
    on = {"since": MAY, "opened_at": MAY, "paid_on": date(2026, 5, 11), "amount_fen": fen}
    item, entry = put(session, PaymentItemFlow, "closed", **on), new_id()
    common = {"district_id": DISTRICT, "entry_id": entry, "case_id": item, "act": act, "year": 2026, "at": MAY}
    common |= {"budget_line_id": LINE, "actor_id": 1}
    spent = common | {"id": new_id(), "account": "spent", "amount_fen": fen}
    session.execute(insert(Posting), [common | {"id": entry, "account": "reserved", "amount_fen": -fen}, spent])
    return item, int(spent["id"])


def expert(session: DistrictSession) -> int:
    """Somebody who may be sent."""
    row = {"id": new_id(), "district_id": DISTRICT, "field_id": FIELD, "home_unit_id": EMPLOYER}
    session.execute(insert(ServiceExpert), [row | {"full_name": f"专家{row['id']}"}])
    return row["id"]


def served(session: DistrictSession, *experts: int, on: date = date(2026, 5, 11), **given: Any) -> tuple[int, int]:
    """A batch that was served in the township, and the last of its person-times (0 without any)."""
    order, member = put(session, DispatchOrderFlow, "served", served_on=on, half_days=3, **given), 0
    for each in experts:
        member = new_id()
        row = {"id": member, "district_id": DISTRICT, "order_id": order, "expert_id": each, "home_unit_id": EMPLOYER}
        session.execute(insert(DispatchMember), [row])
    return order, member


def last_year(session: DistrictSession) -> dict[str, Any]:
    """What an order of last year's campaign has: its campaign and its day."""
    row = {"id": new_id(), "district_id": DISTRICT, "code": f"c{new_id()}", "year": 2025, "name_zh": "去年"}
    days = {"name_en": "Last year", "starts_on": date(2025, 1, 1), "ends_on": date(2025, 12, 31)}
    session.execute(insert(Campaign), [row | days])
    return {"campaign_id": row["id"], "on": date(2025, 5, 12)}


def stepped(session: DistrictSession, case_id: int, holder: int, nth: int, due: int, role: str = "hr") -> int:
    """Two lines of history: held by a unit, and the step with which it let go, or the machine took it away."""
    held = line(case_id, 2, "to_hr", "accepted", "hr_review", at=MAY, holder="hr", holder_id=holder)
    left = line(case_id, 3, "hr_pass", "hr_review", "determination", at=MAY, nth=nth, step_due_nth=due, role=role)
    session.execute(insert(History), [held, left])
    return int(left["id"])


def erase(district: Database, table: Any, row_id: int) -> None:
    """Take one row away, with what the database would hold against it switched off."""
    names = [table.__tablename__, *(["cases"] if issubclass(table, Case) else [])]
    deletes = [f"DELETE FROM {name} WHERE id = {row_id}" for name in names]
    if district.kind == "sqlite":
        with closing(sqlite3.connect(str(district.engine.url.database))) as plain:  # minds no foreign keys
            for statement in (*(f"DROP TRIGGER {name}_no_delete" for name in ("postings", "history")), *deletes):
                plain.execute(statement)
            plain.commit()
        return
    with district.engine.begin() as connection:
        for statement in ("SET LOCAL session_replication_role = replica", *deletes):
            connection.exec_driver_sql(statement)


def add_line(session: DistrictSession, **fen: int) -> int:
    """A budget line of this year."""
    row = {"id": new_id(), "district_id": DISTRICT, "year": 2026, "number": "2", "unit_id": FINANCE}
    row |= {"name_zh": "指标", "name_en": "Line", "policy_groups": []}
    session.execute(insert(BudgetLine), [row | fen])
    return int(row["id"])
