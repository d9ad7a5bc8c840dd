"""A whole site under `concierge up`, in a data folder of its own, for tests that need every process."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import wait_for

SURROUNDINGS = ("CONCIERGE_", "DATABASE_URL", "REDIS_URL")
START = 60.0
STOP = 10.0


@dataclass
class Site:
    """A running site."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path
    output: Path

    @property
    def url(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self, path: str = "/healthz") -> bool:
        """Whether a page answers 200 at this moment."""
        return status(self.url + path) == 200

    def processes(self) -> dict[int, str]:
        """Every living process of this site but the supervisor, by id, with its command line. Linux only."""
        found = {}
        mark = f"CONCIERGE_DATA={self.data}".encode()
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != self.process.pid:
                environ, command = _read(folder / "environ"), _read(folder / "cmdline")
                if command and mark in environ.split(b"\0"):
                    found[int(folder.name)] = command.replace(b"\0", b" ").decode()
        return found

    def process_of(self, part: str) -> int | None:
        """The oldest process whose command line has a part, or None."""
        return min((pid for pid, command in self.processes().items() if part in command), default=None)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Ask the supervisor to end; its exit code. TimeoutExpired after ten seconds."""
        self.process.send_signal(number)
        return self.process.wait(STOP)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without any setting of the product."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(SURROUNDINGS)}
    return {**kept, **(extra or {})}


def command(*arguments: str) -> list[str]:
    """A command line of the product in this very environment."""
    return [sys.executable, "-m", "concierge.cli", *arguments]


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(url: str) -> int:
    """A page's status; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0


@contextmanager
def site(data: Path, *options: str, extra: Mapping[str, str] | None = None) -> Iterator[Site]:
    """Start a site and wait for its first page; at the end whatever is left of it is killed."""
    data.mkdir(exist_ok=True)
    port, output = free_port(), data.with_name(data.name + ".out")
    arguments = command("up", "--port", str(port), "--data", str(data), *options)
    with output.open("ab") as file:
        process = subprocess.Popen(arguments, env=environment(extra), stdout=file, stderr=file, start_new_session=True)
    running = Site(process, port, data, output)
    try:
        wait_for(lambda: process.poll() is not None or running.answers(), "the first page", START)
        assert process.poll() is None, output.read_text()
        yield running
    finally:
        process.kill()
        process.wait()
        for pid in running.processes():
            os.kill(pid, signal.SIGKILL)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
