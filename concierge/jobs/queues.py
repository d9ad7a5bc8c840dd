"""The job queues: which jobs there are, and how one is rung for.

Redis holds a job's short name and one id, nothing else. A worker turns the name into a function through `JOBS`, so
whoever can write to Redis can at most ask for work that is ours, with ids that are judged again in the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

LIGHT = "light"
HEAVY = "heavy"
QUEUES = (LIGHT, HEAVY)
RELAY, POST, RUN, ACT, COPY = "relay", "post", "run", "act", "copy"
FAILURE_TTL = 7 * 24 * 3600  # seconds a failed job stays visible


@dataclass(frozen=True)
class Task:
    """A job that may be rung for: where its function lives ("module:name"), on which queue, for how long (seconds)."""

    function: str
    queue: str = LIGHT
    timeout: int = 60


# Every job by its short name. The function takes one id and must be harmless when it runs twice.
JOBS: dict[str, Task] = {
    RELAY: Task("concierge.jobs.relay:relay", timeout=50),
    POST: Task("concierge.jobs.relay:post", timeout=50),
    RUN: Task("concierge.jobs.runner:run", queue=HEAVY, timeout=840),
    ACT: Task("concierge.jobs.runner:act", queue=HEAVY, timeout=840),
    COPY: Task("concierge.jobs.copies:copy", queue=HEAVY, timeout=840),
}


class NotOurJob(LookupError):
    """A job's name is not in JOBS."""


class OfficeJob(Job):
    """A job whose function is looked up in JOBS and never imported by a name that stands in Redis."""

    @property
    def func(self) -> Callable[..., Any]:
        """The function that does the work. Raises NotOurJob."""
        return function_of(str(self.func_name))

    def restore(self, raw_data: Any) -> Any:
        """Read the job from Redis without what a job of ours never has: callbacks and webhooks."""
        foreign = ("success_callback_name", "failure_callback_name", "stopped_callback_name", "webhooks")
        kept = {key: value for key, value in raw_data.items() if _text(key) not in foreign}
        return super().restore(kept)


def function_of(name: str) -> Callable[..., Any]:
    """The function behind a job's name. Raises NotOurJob."""
    if name not in JOBS:
        raise NotOurJob("the queue holds a job that is not ours")
    module, _, attribute = JOBS[name].function.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def queue(redis: Redis, name: str) -> Queue:
    """One of the queues, as every process must open it."""
    return Queue(name, connection=redis, serializer=JSONSerializer, job_class=OfficeJob)


def ring(redis: Redis, job: str, id: int, mark: str = "") -> bool:
    """Ask for a job by name and id; False when the same is already waiting or running. A lost ring is harmless.

    Whoever sweeps rings with a new `mark` each time: the last ring's job may lie dead in the queue, its worker killed.
    Raises NotOurJob for an unknown name and redis' own errors when the queue is away.
    """
    function_of(job)
    job_id = f"{job}-{id}-{mark}" if mark else f"{job}-{id}"
    if _enqueue(redis, job, job_id, id):
        return True
    if not _cleared(redis, job_id):
        return False
    return _enqueue(redis, job, job_id, id)


def _enqueue(redis: Redis, job: str, job_id: str, id: int) -> bool:
    task = JOBS[job]
    try:
        queue(redis, task.queue).enqueue_call(
            job, args=(id,), timeout=task.timeout, result_ttl=0, failure_ttl=FAILURE_TTL, job_id=job_id, unique=True
        )
    except DuplicateJobError:
        return False
    return True


def _cleared(redis: Redis, job_id: str) -> bool:
    """Take an ended job of that id out of the way; False while it is waiting or running."""
    try:
        found = OfficeJob.fetch(job_id, connection=redis, serializer=JSONSerializer)
        if found.get_status(refresh=False) not in (JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED):
            return False
        found.delete()
    except NoSuchJobError:
        pass
    return True


def _text(key: bytes | str) -> str:
    return key.decode() if isinstance(key, bytes) else key
