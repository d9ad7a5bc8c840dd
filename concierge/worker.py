"""`concierge worker`: takes jobs from the queues and runs them."""

import logging
from importlib import import_module

import click
from redis import Redis
from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer
from rq.worker import BaseWorker

from concierge.basics.memory import settle_down
from concierge.basics.processes import end_with
from concierge.config import load_settings
from concierge.db.starting import require_ready
from concierge.jobs.queues import JOBS, LIGHT, QUEUES, OfficeJob, queue

MONITORING = 5  # seconds between two looks at a running job
MAINTENANCE = 30  # seconds between two searches for jobs whose worker was killed


class ForkingWorker(Worker):
    """Runs each job in a process of its own, which does not go on alone when the worker is killed.

    That process leads a group of its own; so ending the worker's group does not reach it.
    """

    def setup_work_horse_signals(self) -> None:
        """Called by rq in the process of the job."""
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]  # rq does not say its types
        end_with(int(self.pid or 0))


@click.command()
@click.option("--queue", "queue_name", type=click.Choice(QUEUES), help="One queue only; all of them when not given.")
@click.option("--burst", is_flag=True, help="End when the queues are empty.")
def worker(queue_name: str | None, burst: bool) -> None:
    """Work through the job queues: short jobs in this process, long ones each in a process of its own."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells forty lines for each paper that is written
    for task in JOBS.values():
        import_module(task.function.partition(":")[0])  # before any fork, so that no job has to load them
    settle_down()
    settings = load_settings()
    require_ready(settings)
    make_worker(Redis.from_url(settings.redis_url), queue_name).work(burst=burst)


def make_worker(redis: Redis, queue_name: str | None = None) -> BaseWorker:
    """A worker for one queue, or for all. The light queue alone is worked without forking: 15 times as fast."""
    kind = SimpleWorker if queue_name == LIGHT else ForkingWorker
    names = (queue_name,) if queue_name else QUEUES
    return kind(
        [queue(redis, name) for name in names],
        connection=redis,
        job_class=OfficeJob,
        serializer=JSONSerializer,
        default_result_ttl=0,
        job_monitoring_interval=MONITORING,
        maintenance_interval=MAINTENANCE,
        log_job_description=False,
    )
