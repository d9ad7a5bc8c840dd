"""The real clock and the real worker, on a real queue: the morning digest arrives at 08:30."""

import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Away

from concierge.jobs import places
from concierge.jobs.bell import make_bell
from concierge.jobs.queues import HEAVY, LIGHT, RELAY, queue, ring
from concierge.worker import make_worker
from concierge.workflows import EntitlementFlow, PaymentItemFlow
from concierge.workflows.topics import Topic
from tests.cases import put, put_many
from tests.databases import NewDatabase
from tests.notifications.people import CHECKER, EXPERT_ACCOUNT, MAKER, Office, environ, peopled
from tests.servers import queue_server, running, wait_for
from tests.sinks import mail_sink
from tests.sites import environment

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "2026-03-03T08:29:56+08:00"


@pytest.mark.slow
def test_clock_and_worker_send_the_digest_at_half_past_eight(small_house: Office, tmp_path: Path) -> None:
    rows = [{"title_zh": "安家补贴", "title_en": "Settlement", "due_nth": 600}] * 120
    small_house.do(lambda session: put_many(session, PaymentItemFlow, "pending", rows))
    with ExitStack() as stack:
        sink = stack.enter_context(mail_sink())
        surroundings = environ(small_house.database.url, tmp_path / "data") | {"CONCIERGE_SMTP_URL": sink.url}
        surroundings |= {"REDIS_URL": stack.enter_context(queue_server("valkey")), "PYTHONPATH": str(ROOT)}
        for line in (["worker", "--queue", LIGHT], ["worker", "--queue", HEAVY], ["clock"]):
            command = [sys.executable, "-m", "tests.jobs.moved", BEFORE, *line]
            stack.enter_context(running(command, tmp_path / f"{line[-1]}.log", environ=environment(surroundings)))
        wait_for(lambda: len(sink.mails) >= 2, "the digest of the morning", 40)
        [first, second] = sink.mails
    assert isinstance(first, EmailMessage)
    assert sorted([str(first["To"]), str(second["To"])]) == [f"u{MAKER}@x.test", f"u{CHECKER}@x.test"]
    assert first["Subject"] == "finance待办提醒：120 件，¥12,000.00"
    assert first["Date"].datetime >= datetime.fromisoformat("2026-03-03T08:30:00+08:00"), "not before its time"
    body = first.get_body(("plain",))
    assert body is not None
    assert "批准发放（发放明细）：120 件" in body.get_content()


def test_rings_doubled_and_in_reverse_order_do_everything_once(
    new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis: Redis, redis_url: str
) -> None:
    house = Office(new_database("sqlite", "peopled", peopled), tmp_path / "data")
    ids = house.do(lambda session: [put(session, EntitlementFlow, "notified") for _ in range(10)])
    house.told(*((Topic.ENTITLEMENT_FOUND.value, case_id, 1) for case_id in ids), at=datetime.now(UTC))
    for name, value in (environ(house.database.url, tmp_path / "data") | {"REDIS_URL": redis_url}).items():
        monkeypatch.setenv(name, value)
    places._own.cache_clear()
    for number in [*range(10, 0, -1)] * 2:
        ring(redis, RELAY, number, mark=str(number % 3))
    make_worker(redis, LIGHT).work(burst=True)
    assert len(house.notices(EXPERT_ACCOUNT)) == len(house.mails()) == 10
    house.close()


def test_the_bell_rings_with_one_id_and_does_not_mind_a_queue_that_is_away(redis: Redis, redis_url: str) -> None:
    make_bell(redis_url)([7, 8, 9])
    assert [job.args for job in queue(redis, LIGHT).jobs] == [[7]] or [
        job.args for job in queue(redis, LIGHT).jobs
    ] == [(7,)]
    make_bell(redis_url)([])
    make_bell("unix:///nowhere/queue.sock")([1])
    with pytest.raises(Away):
        Redis.from_url("unix:///nowhere/queue.sock").ping()
    assert os.path.exists(redis_url.removeprefix("unix://"))
