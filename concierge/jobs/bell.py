"""The doorbell: after a commit the queue is told that there is work. Whether it hears does not matter."""

import logging
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError

from concierge.jobs.queues import RELAY, ring

PATIENCE = 0.2  # seconds; a request does not wait for a queue that is away
log = logging.getLogger(__name__)


def make_bell(redis_url: str) -> Callable[[Sequence[int]], None]:
    """A bell for these ids of the outbox. One ring for a whole commit: the relay takes everything that waits.

    A lost connection is logged and swallowed: the clock finds the rows a few seconds later.
    """
    redis = Redis.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)

    def bell(ids: Sequence[int]) -> None:
        if not ids:
            return
        try:
            ring(redis, RELAY, ids[0])
        except (RedisError, OSError) as lost:
            log.warning("the queue did not hear the bell (%s); the clock will find the work", type(lost).__name__)

    return bell
