"""How long another system is listened to: its answer may be slow, but not for longer than our lease lasts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol


class Connection(Protocol):
    """What holds a socket, or another one after it was wrapped."""

    sock: socket.socket | None


@contextmanager
def cut_off(connection: Connection, end: float) -> Iterator[None]:
    """Break a connection off at a moment of `time.monotonic()`; whoever reads from it then finds it ended.

    A timeout of the socket counts from byte to byte: who sends one now and then would hold us for ever.
    """

    first = connection.sock

    def cut() -> None:
        last = connection.sock or first  # wrapped meanwhile, or let go while its answer is still read
        if last is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(last, socket.SHUT_RDWR)

    watch = threading.Timer(max(end - time.monotonic(), 0), cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
