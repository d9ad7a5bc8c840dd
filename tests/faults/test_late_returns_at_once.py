"""A return is handed in late at the very moment the clock puts it on the negative list, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import select

from concierge.db import transaction
from concierge.engine.actor import machine
from concierge.engine.run import Act, Wanted
from concierge.engine.tables import Outbox
from concierge.models.supervision import NegativeRecord
from concierge.services.calendars import calendar_of
from concierge.services.findings import list_late_returns
from concierge.services.monthly_reports import write_return
from concierge.services.steps import take
from concierge.workflows.monthly_report import MonthlyReportFlow
from concierge.workflows.topics import Topic
from tests.campaigns import bureau, fill
from tests.databases import DISTRICT, NewDatabase
from tests.locks import waits
from tests.servers import wait_for
from tests.services.test_monthly_reports import opened

LATE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_it_is_on_the_list_once_and_so_are_all_others(new_database: NewDatabase) -> None:
    database = new_database("postgresql", "campaign", fill)
    with database.session() as session:
        report = opened(session, 10)
        write_return(session, actor=bureau(), now=LATE, report_id=report, progress="推进", problems="", plan="继续")

    def clock() -> int:
        with database.session() as session:
            return list_late_returns(session, actor=machine(DISTRICT), now=LATE)

    with database.session() as session, ThreadPoolExecutor(1) as pool:
        with transaction(session):
            act = Act(bureau(), LATE, calendar_of(session, DISTRICT))
            assert take(session, MonthlyReportFlow.submit, [Wanted(report)], act).moved
            later = pool.submit(clock)
            wait_for(lambda: later.done() or waits(session), "the clock that waits for the bureau", 20)
        assert later.result(20) == 1, "the other bureau's alone"
    with database.session() as session:
        listed = session.execute(select(NegativeRecord.id).order_by(NegativeRecord.id)).scalars().all()
        told = select(Outbox.subject_id).where(Outbox.topic == Topic.DEDUCTION.value).order_by(Outbox.subject_id)
        assert len(listed) == 2
        assert session.execute(told).scalars().all() == listed
