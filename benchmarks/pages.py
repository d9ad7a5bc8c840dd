"""P11: our pages as they are sent, against Flask's first page, under the same server (gunicorn sync, one worker)."""

import itertools
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from benchmarks.crowd import crowd
from benchmarks.ground import postgresql, sqlite
from benchmarks.house import LIST, case_page, specialist
from benchmarks.measure import Result, Size, at_least, compare
from tests.servers import queue_server, running, wait_for

ROOT = Path(__file__).parents[1]
CASES = 2_000
CONNECTIONS = 8
REQUESTS = 400
GROUNDS = {
    "SQLite": (sqlite, at_least(0.25, 0.15), at_least(0.20)),
    "PostgreSQL": (lambda: postgresql(1), at_least(0.18, 0.10), at_least(0.15)),
}


def run(size: Size) -> Iterator[Result]:
    """A case's page and the worklist's first page (25 rows), on each database; 8 connections."""
    requests = max(CONNECTIONS, size(REQUESTS))
    for name, (ground, case_goal, list_goal) in GROUNDS.items():
        with ExitStack() as stack:
            engine, folder = stack.enter_context(ground()), Path(stack.enter_context(TemporaryDirectory()))
            [first, *_others] = crowd(engine, size(CASES) + 100)
            cookie = _logged_in(engine, folder)
            queue = stack.enter_context(queue_server("valkey"))
            ours = stack.enter_context(_server("ours", _environment(engine, queue, folder), folder))
            hello = stack.enter_context(_server("hello", {}, folder))
            floor = Page(hello, "/", "").times(requests)
            for what, path, goal in (("case page", case_page(first), case_goal), ("list page", LIST, list_goal)):
                page = Page(ours, path, cookie).times(requests)
                yield compare(f"P11 {what}, {name}, of Flask hello", page, floor, goal=goal)


def _logged_in(engine: Engine, folder: Path) -> str:
    """The cookie of a specialist who has logged in; the server accepts it, having the same keys."""
    client = specialist(engine, folder, now=datetime.now(UTC)).client
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())


def _environment(engine: Engine, queue: str, folder: Path) -> dict[str, str]:
    url = engine.url.render_as_string(hide_password=False)
    secret = "k" * 40  # the one with which the cookie was signed
    return {"DATABASE_URL": url, "REDIS_URL": queue, "CONCIERGE_DATA": str(folder), "CONCIERGE_SECRET_KEY": secret}


@contextmanager
def _server(app: str, environment: dict[str, str], folder: Path) -> Iterator[Path]:
    """The path of the socket on which gunicorn answers."""
    path = folder / f"{app}.sock"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-w",
        "1",
        "--chdir",
        str(ROOT),
        "-b",
        f"unix:{path}",
        f"benchmarks.served:{app}()",
    ]
    with running(command, folder / f"{app}.log", environ=os.environ | environment):
        wait_for(lambda: _listens(path), app)
        yield path


def _listens(path: Path) -> bool:
    """Whether a server takes connections there: the socket's file is there a moment before."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0


@dataclass(frozen=True)
class Page:
    """A page of a server, asked for by somebody."""

    socket: Path
    path: str
    cookie: str

    def times(self, requests: int) -> Callable[[], float]:
        """The seconds of one request, when so many are sent over 8 connections."""
        self._get()
        share = requests // CONNECTIONS

        def work() -> float:
            began = time.perf_counter()
            with ThreadPoolExecutor(CONNECTIONS) as clients:
                list(clients.map(self._several, itertools.repeat(share, CONNECTIONS)))
            return (time.perf_counter() - began) / (share * CONNECTIONS)

        return work

    def _several(self, count: int) -> None:
        for _request in range(count):
            self._get()

    def _get(self) -> None:
        asked = (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nCookie: {self.cookie}\r\nConnection: close\r\n\r\n"
        )
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.socket))
            line.sendall(asked.encode())
            answer = bytearray()
            while part := line.recv(65536):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
