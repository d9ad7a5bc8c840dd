"""The queue carries a name and an id, and runs only what is ours."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from concierge.jobs import queues
from concierge.jobs.queues import HEAVY, LIGHT, NotOurJob, OfficeJob, Task, queue, ring
from concierge.worker import make_worker
from tests.databases import NewDatabase, make_tables
from tests.office import key_ring
from tests.servers import running, wait_for

ROOT = Path(__file__).resolve().parents[2]
DONE: list[int] = []


def note(id: int) -> None:
    """A job that leaves a trace in this process."""
    DONE.append(id)


def stumble(id: int) -> None:
    """A job that fails."""
    raise ValueError("the job failed")


@pytest.fixture(autouse=True)
def _jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(queues.JOBS, "note", Task(f"{__name__}:note"))
    monkeypatch.setitem(queues.JOBS, "stumble", Task(f"{__name__}:stumble"))
    monkeypatch.setitem(queues.JOBS, "linger", Task(f"{__name__}:linger", queue=HEAVY))
    monkeypatch.setitem(queues.JOBS, "long", Task(f"{__name__}:stumble", queue=HEAVY))
    DONE.clear()


def test_a_ring_runs_the_job_once_and_leaves_nothing_behind(redis: Redis) -> None:
    assert ring(redis, "note", 7)
    assert not ring(redis, "note", 7), "it is waiting already"
    make_worker(redis, LIGHT).work(burst=True)
    assert DONE == [7]
    assert redis.keys("rq:job:*") == []


def test_a_failed_job_can_be_rung_for_again(redis: Redis) -> None:
    ring(redis, "stumble", 1)
    make_worker(redis, LIGHT).work(burst=True)
    job = OfficeJob.fetch("stumble-1", connection=redis, serializer=JSONSerializer)
    assert job.get_status() is JobStatus.FAILED
    assert ring(redis, "stumble", 1)


def test_a_long_job_runs_in_a_process_of_its_own(redis: Redis) -> None:
    ring(redis, "long", 2)
    make_worker(redis).work(burst=True)
    job = OfficeJob.fetch("long-2", connection=redis, serializer=JSONSerializer)
    assert job.get_status() is JobStatus.FAILED
    assert redis.ttl("rq:job:long-2") <= 7 * 24 * 3600


def linger(id: int) -> None:
    """A job that lasts longer than a test may."""
    Path(os.environ["TRACE"]).write_text(str(os.getpid()), encoding="ascii")
    signal.pause()


def work_long() -> None:
    """A process that works the heavy queue."""
    queues.JOBS["linger"] = Task(f"{__name__}:linger", queue=HEAVY)
    make_worker(Redis.from_url(os.environ["REDIS_URL"]), HEAVY).work()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_long_job_does_not_outlive_its_killed_worker(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    environ = {**os.environ, "REDIS_URL": redis_url, "TRACE": str(trace), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", f"from {__name__} import work_long; work_long()"]
    with running(command, tmp_path / "worker.log", environ=environ) as worker:
        ring(redis, "linger", 1)
        wait_for(lambda: trace.exists() and trace.read_text(encoding="ascii") != "", "the job")
        job = Path("/proc") / trace.read_text(encoding="ascii")
        assert job.exists()
        worker.kill()
        wait_for(lambda: not job.exists(), "the end of the job")


def test_a_foreign_function_in_the_queue_is_not_run(redis: Redis, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    foreign = Queue(LIGHT, connection=redis, serializer=JSONSerializer)
    foreign.enqueue_call("os.mkdir", args=(str(trace),), job_id="foreign")
    foreign.enqueue_call("note", args=(3,), job_id="called-back", on_success=None)
    redis.hset("rq:job:called-back", "success_callback_name", "os.abort")
    make_worker(redis, LIGHT).work(burst=True)
    assert not trace.exists()
    assert OfficeJob.fetch("foreign", connection=redis, serializer=JSONSerializer).get_status() is JobStatus.FAILED
    assert DONE == [3], "its own part is done, the planted call-back is not"


def test_an_unknown_job_is_refused_when_it_is_rung_for(redis: Redis) -> None:
    with pytest.raises(NotOurJob):
        ring(redis, "no-such-job", 1)
    assert queue(redis, LIGHT).count == 0


def test_the_command_works_the_queue_and_ends_when_it_is_empty(
    redis_url: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    key_ring().save(tmp_path / "keys.json")  # without its keys no process serves a site
    site = {"REDIS_URL": redis_url, "CONCIERGE_DATA": str(tmp_path)}
    environ = {**os.environ, **site, "DATABASE_URL": new_database("sqlite", "tables", make_tables).url}
    command = [sys.executable, "-m", "concierge.cli", "worker", "--queue", LIGHT, "--burst"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
