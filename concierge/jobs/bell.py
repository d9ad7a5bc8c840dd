"""The doorbell: after a commit the queue is told that there is something in the outbox. A lost ring is harmless."""

import logging
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError

from concierge.jobs.queues import ring

log = logging.getLogger(__name__)
RELAY = "relay"


def make_bell(redis_url: str) -> Callable[[Sequence[int]], None]:
    """A bell on this queue. The clock sweeps the outbox anyway, so a queue that is away loses nothing."""
    redis = Redis.from_url(redis_url, socket_timeout=1, socket_connect_timeout=1)

    def bell(ids: Sequence[int]) -> None:
        try:
            for outbox_id in ids:
                ring(redis, RELAY, outbox_id)
        except RedisError as away:
            log.warning("the queue is away (%s); the clock will sweep", type(away).__name__)

    return bell
