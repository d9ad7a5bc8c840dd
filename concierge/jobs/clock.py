"""The clock process: calls what is due, second by second, and does not fall when one of them does."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from concierge.basics.clock import Clock, SystemClock
from concierge.config import Settings

TICK = 1.0  # seconds

log = logging.getLogger("concierge.clock")

# What the clock calls on every tick. Each looks up by itself (in the database) whether it owes anything at `now`,
# takes a lease there, and is harmless when two clocks run.
TURNS: list[Callable[[Settings, datetime], None]] = []


def run(settings: Settings, stop: threading.Event, clock: Clock | None = None, tick: float = TICK) -> None:
    """Take turns until asked to stop; a turn that has begun is finished."""
    moment = clock or SystemClock()
    while not stop.is_set():
        take_turns(settings, moment.now())
        stop.wait(tick)


def take_turns(settings: Settings, now: datetime) -> None:
    """Call every turn once. One that fails is logged and does not keep the others from theirs."""
    for turn in TURNS:
        try:
            turn(settings, now)
        except Exception:  # the edge of a process: nobody above could do better
            log.exception("%s failed", turn.__name__)
