"""The ground benchmarks stand on: a filled SQLite file and a real PostgreSQL, durable as in service."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, insert

from concierge.db import make_engine, open_session, transaction
from concierge.engine.actor import Actor, Grant
from concierge.engine.run import Act
from concierge.models.care import CareRequest
from concierge.rules.calendars import shipped_calendar
from concierge.rules.roles import Role
from tests.office import ACCOUNTS, DISTRICT, EXPERT, HOSPITAL, OFFICE, fill

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CALENDAR = shipped_calendar()
SPECIALIST = Actor(ACCOUNTS[Role.SPECIALIST], "p-1", DISTRICT, "s", frozenset({Grant(Role.SPECIALIST, OFFICE)}))
LEAD = Actor(ACCOUNTS[Role.SPECIALIST_LEAD], "p-2", DISTRICT, "l", frozenset({Grant(Role.SPECIALIST_LEAD, OFFICE)}))
ACT = Act(SPECIALIST, NOW, CALENDAR)
FIRST = 10_000_000
LIVED = 1_000_000


@contextmanager
def sqlite(fill: Callable[[Engine], None] = fill) -> Iterator[Engine]:
    """A SQLite file with the small office, or with what `fill` writes."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        fill(engine)
        yield engine
        engine.dispose()


@contextmanager
def postgresql(lived: int = 10_000, fill: Callable[[Engine], None] = fill) -> Iterator[Engine]:
    """A PostgreSQL of its own, with fsync on, with the small office (or what `fill` writes) and cases from before."""
    from benchmarks.servers import durable_postgres

    with ExitStack() as stack:
        engine = make_engine(stack.enter_context(durable_postgres()))
        fill(engine)
        care_requests(engine, lived, first=LIVED)
        with engine.connect() as connection:
            connection.exec_driver_sql("analyze")  # as autovacuum does in a database that lives
            connection.commit()
        yield engine
        engine.dispose()


def server_of(engine: Engine) -> int | None:
    """The process of the database's server, if it has one."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("select pg_read_file('postmaster.pid')").scalar_one().split()[0])


def care_requests(engine: Engine, count: int, *, first: int = FIRST, state: str = "registered") -> list[int]:
    """Open care requests of one specialist, written straight into the tables."""
    ids = list(range(first, first + count))
    nth = CALENDAR.nth_of(NOW)
    with open_session(engine, district=DISTRICT) as session, transaction(session):
        for start in range(0, count, 5000):
            rows = [_row(i, nth, state) for i in ids[start : start + 5000]]
            session.execute(insert(CareRequest), rows)
    return ids


def _row(i: int, nth: int, state: str) -> dict[str, object]:
    due = CALENDAR.day(nth + i % 40)
    return {
        "id": i,
        "district_id": DISTRICT,
        "kind": "care_request",
        "number": f"SQ-2026-{i}",
        "state": state,
        "prior_state": None,
        "trail": f",{state},",
        "is_open": True,
        "version": 1,
        "clock": "running",
        "holder": "specialist",
        "holder_id": OFFICE,
        "assignee_id": SPECIALIST.account_id,
        "expert_id": EXPERT,
        "specialist_id": SPECIALIST.account_id,
        "office_id": OFFICE,
        "employer_id": HOSPITAL,
        "opened_at": NOW,
        "since": NOW,
        "since_nth": nth,
        "due_on": due,
        "due_at": CALENDAR.closing(due),
        "due_nth": nth + i % 40,
        "case_due_nth": nth + i % 40,
        "case_due_on": due,
        "category": "living",
        "channel": "phone",
        "limit_days": 3,
        "text": "…",
        "first_contact_id": SPECIALIST.account_id,
    }
