"""The clock process: calls what is due, second by second, and does not fall when one of them does."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from concierge.basics.clock import Clock, SystemClock
from concierge.config import Settings

TICK = 1.0  # seconds
SWEEP = 5.0  # seconds between two looks at the outbox and at the timetable
RING_AGAIN = 15.0  # seconds after which a ring counts as lost

log = logging.getLogger("concierge.clock")


def sweep_outbox(settings: Settings, now: datetime) -> None:
    """Expand what waits in the outbox and ring for what waits to be sent."""
    from concierge.jobs import relay
    from concierge.jobs.places import place_of

    relay.sweep(place_of(settings), now, mark=_mark(), may_go_on=relay.shift(SWEEP))


def keep_the_timetable(settings: Settings, now: datetime) -> None:
    """Write down what is owed, and ring for it."""
    from concierge.jobs import copies, runner
    from concierge.jobs.places import place_of

    place = place_of(settings)
    runner.owe(place, now)
    runner.ring_for_runs(place, mark=_mark())
    copies.ring_for_copies(place, mark=_mark())


def _mark() -> str:
    return str(int(time.monotonic() / RING_AGAIN))


class Beat:
    """Calls a turn at most every so many seconds of this process's own time."""

    def __init__(self, turn: Callable[[Settings, datetime], None], seconds: Callable[[], float]) -> None:
        self._turn, self._seconds, self._next = turn, seconds, 0.0
        self.__name__ = turn.__name__

    def __call__(self, settings: Settings, now: datetime) -> None:
        """Take the turn when it is time for it."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seconds()
            self._turn(settings, now)


# What the clock calls on every tick. Each looks up by itself (in the database) whether it owes anything at `now`,
# takes a lease there, and is harmless when two clocks run.
TURNS: list[Callable[[Settings, datetime], None]] = [
    Beat(sweep_outbox, lambda: SWEEP),
    Beat(keep_the_timetable, lambda: SWEEP),
]


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
