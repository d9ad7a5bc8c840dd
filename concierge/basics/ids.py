"""Identities made by the application: 63 bits, ordered by time, unique across threads and processes.

Layout: 41 bits milliseconds since 2024, 14 bits of this process, 8 bits counter within the millisecond.
"""

import os
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from concierge.basics.errors import NotFound

EPOCH_MS = 1_704_067_200_000  # 2024-01-01T00:00:00Z
_LOW_BITS = 22
_COUNTER_BITS = 8
_NODE_BITS = _LOW_BITS - _COUNTER_BITS
_LARGEST = (1 << 63) - 1
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}


def _node() -> int:
    # Living processes of one machine differ in their number; machines differ in their name's checksum.
    return (zlib.crc32(socket.gethostname().encode()) ^ os.getpid()) & ((1 << _NODE_BITS) - 1)


class _Source:
    """Makes this process's identities, strictly increasing even if the machine's clock steps back."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._lock = threading.Lock()
        self._node = _node()
        self._next = 0

    def many(self, count: int) -> list[int]:
        now_ms = time.time_ns() // 1_000_000 - EPOCH_MS
        with self._lock:
            # Places count the counters of all milliseconds: more than 256 in one borrow from the following ones.
            first = max(now_ms << _COUNTER_BITS, self._next)
            self._next = first + count
        node, within = self._node << _COUNTER_BITS, (1 << _COUNTER_BITS) - 1
        return [place >> _COUNTER_BITS << _LOW_BITS | node | place & within for place in range(first, first + count)]


class Counting:
    """Identities by a seed instead of by the machine: the same calls give the same identities."""

    def __init__(self, start_ms: int, seed: int) -> None:
        self._count = seed * 7919
        self.at(start_ms)

    def at(self, ms: int) -> None:
        """From now on make identities of this moment (milliseconds since 1970), earlier or later than before."""
        if ms < EPOCH_MS:
            raise ValueError("identities begin in 2024")
        self._ms = ms - EPOCH_MS

    def many(self, count: int) -> list[int]:
        """The next identities; one count runs through all moments, so that going back repeats none."""
        first, self._count = self._count + 1, self._count + count
        return [self._ms << _LOW_BITS | nth & ((1 << _LOW_BITS) - 1) for nth in range(first, self._count + 1)]


_source = _Source()
_counting: ContextVar[Counting | None] = ContextVar("counting", default=None)
os.register_at_fork(after_in_child=_source.restart)


def new_id() -> int:
    """A new identity: positive, 63 bits, larger than every earlier one of this process."""
    return (_counting.get() or _source).many(1)[0]


def new_ids(count: int) -> list[int]:
    """As many new identities, each larger than the one before."""
    return (_counting.get() or _source).many(count)


@contextmanager
def counting_from(start_ms: int, seed: int) -> Iterator[Counting]:
    """Inside the block `new_id` repeats exactly for the same start (ms since 1970) and seed; `.at(ms)` moves time."""
    counting = Counting(start_ms, seed)
    token = _counting.set(counting)
    try:
        yield counting
    finally:
        _counting.reset(token)


@lru_cache(maxsize=8192)
def public_id(i: int) -> str:
    """The form people and programs see: 13 lower-case characters of Crockford's base 32; ValueError if not 63 bits."""
    if not 0 <= i <= _LARGEST:
        raise ValueError("an identity has 63 bits")
    return "".join(_DIGITS[i >> shift & 31] for shift in range(60, -1, -5))


def parse_id(s: str) -> int:
    """The identity behind its public form, in either case; NotFound if it is not one."""
    if len(s) != 13 or not s.isascii():
        raise NotFound
    number = 0
    for char in s.lower():
        value = _VALUES.get(char)
        if value is None:
            raise NotFound
        number = number << 5 | value
    if number > _LARGEST:
        raise NotFound
    return number
