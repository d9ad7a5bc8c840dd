"""Nothing is lost and nothing doubled, whoever is killed: real PostgreSQL, real queue, real workers and clock."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import func, insert, select

from concierge.basics.ids import new_id
from concierge.engine.tables import Outbox
from concierge.models.notice import Delivery
from concierge.supervisor.children import die_with
from concierge.workflows import EntitlementFlow
from concierge.workflows.topics import Topic
from tests.cases import put_many
from tests.databases import DISTRICT, NewDatabase
from tests.notifications.people import EXPERT_ACCOUNT, Office, environ, peopled
from tests.servers import queue_server, wait_for
from tests.sinks import Sink, mail_sink
from tests.sites import environment

ROOT = Path(__file__).resolve().parents[2]
NOTICES, KILLS, FLUSHES = 1000, 20, 2
PROGRESS = 12  # mails that must have arrived since the last kill, so that every kill meets a worker at work

pytestmark = [pytest.mark.faults, pytest.mark.slow]


class Crew:
    """Two workers and a clock; whoever is killed is replaced at once, as the supervisor does."""

    def __init__(self, nursery: subprocess.Popen[str]) -> None:
        self._nursery = nursery
        self.workers = [self._start("worker --queue light") for _ in range(2)]
        self.clock = self._start("clock")

    def _start(self, line: str) -> int:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(line, file=self._nursery.stdin, flush=True)
        return int(self._nursery.stdout.readline())

    def kill_a_worker(self, choice: random.Random) -> None:
        """SIGKILL a worker with everything it started, and start another in its place."""
        place = choice.randrange(len(self.workers))
        _kill(self.workers[place])
        self.workers[place] = self._start("worker --queue light")

    def end(self) -> None:
        """Kill everybody."""
        for process in (*self.workers, self.clock):
            _kill(process)


def _kill(process: int) -> None:
    os.killpg(process, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{process}").exists(), "the killed process to be gone")


@contextmanager
def crew_of(surroundings: dict[str, str], log: Path) -> Iterator[Crew]:
    """A crew for the time of the block."""
    command = [sys.executable, "-m", "tests.faults.nursery"]
    with log.open("ab") as errors:
        nursery = subprocess.Popen(
            command,
            env=environment(surroundings),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            preexec_fn=die_with(os.getpid()),
        )
    with nursery:
        crew = Crew(nursery)
        try:
            yield crew
        finally:
            crew.end()


@pytest.fixture
def office(new_database: NewDatabase, tmp_path: Path) -> Iterator[Office]:
    """The peopled district on PostgreSQL."""
    made = Office(new_database("postgresql", "peopled", peopled), tmp_path / "data")
    yield made
    made.close()


def fill_the_outbox(office: Office) -> None:
    """Rights of one expert, each with a notice that waits."""

    def fill(session) -> None:
        ids = put_many(session, EntitlementFlow, "notified", [{"title_zh": f"待遇{n}"} for n in range(NOTICES)])
        now = datetime.now(UTC)
        rows = [
            {"id": new_id(), "district_id": DISTRICT, "topic": Topic.ENTITLEMENT_FOUND.value, "subject_id": case_id}
            | {"subject_version": 1, "state": "pending", "attempts": 0, "at": now, "next_at": now}
            for case_id in ids
        ]
        session.execute(insert(Outbox), rows)

    office.do(fill)


def pending(office: Office) -> int:
    with office.database.session() as session:
        outbox = session.execute(select(func.count(Outbox.id)).where(Outbox.state == "pending")).scalar_one()
        mails = select(func.count(Delivery.id)).where(Delivery.state == "pending")
        return int(outbox) + int(session.execute(mails).scalar_one())


@pytest.mark.timeout(170)
@pytest.mark.parametrize("kind", ["valkey", pytest.param("redis", marks=pytest.mark.nightly)])
def test_workers_killed_twenty_times_and_the_queue_flushed_twice_lose_and_double_nothing(
    office: Office, tmp_path: Path, kind: str
) -> None:
    choice = random.Random(f"{kind}-2026")
    fill_the_outbox(office)
    with ExitStack() as stack:
        sink = stack.enter_context(mail_sink())
        queue = stack.enter_context(queue_server(kind))
        redis = stack.enter_context(Redis.from_url(queue))
        surroundings = environ(office.database.url, tmp_path / "data")
        surroundings |= {"REDIS_URL": queue, "CONCIERGE_SMTP_URL": sink.url}
        crew = stack.enter_context(crew_of(surroundings, tmp_path / "crew.log"))
        met, flushed = 0, 0
        for round_ in range(KILLS):
            before = len(sink.mails)
            wait_for(lambda b=before: len(sink.mails) >= b + PROGRESS, "mails to go on", 30)
            met += pending(office) > 0
            crew.kill_a_worker(choice)
            if round_ in (KILLS // 3, 2 * KILLS // 3):
                flushed += pending(office) > 0
                redis.flushall()
        assert (met, flushed) == (KILLS, FLUSHES), "a fault that meets no work proves nothing"
        wait_for(lambda: pending(office) == 0, "everything to be told without a hand", 40)
        judge(office, sink)


def judge(office: Office, sink: Sink) -> None:
    """Lost 0, doubled 0 in the inbox; each mail seen, at most one extra for each kill, under the same Message-ID."""
    inbox = office.notices(EXPERT_ACCOUNT)
    assert len(inbox) == len({notice.obligation for notice in inbox}) == NOTICES
    mails = office.notices(EXPERT_ACCOUNT, "mail")
    assert {mail.state for mail in mails} == {"sent"}
    seen = Counter(sink.numbers)
    assert set(seen) == {mail.message_id for mail in mails}
    assert len(seen) == NOTICES
    extra = sum(seen.values()) - NOTICES
    assert extra <= KILLS, f"{extra} extra mails for {KILLS} kills"
