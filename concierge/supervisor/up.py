"""`concierge up`: a whole site on one machine, from nothing to a page in the browser, until Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import TextIO

import click

from concierge.basics.processes import Taken, hold
from concierge.config import Settings, load_settings, run_folder
from concierge.db.starting import require_ready
from concierge.supervisor import valkey
from concierge.supervisor.accounts import accounts_table
from concierge.supervisor.children import Child, last_lines, stop_all

QUEUE_PATIENCE = 10.0  # seconds for the queue's server to answer, or for an older one to be gone
WEB_PATIENCE = 60.0
STOP_PATIENCE = 7.0  # web, workers and clock together; then the queue
QUEUE_STOP_PATIENCE = 2.0
HOST = "127.0.0.1"
UNFINISHED = "demo-unfinished"  # a file: the demo was begun and did not come to its end
HAS_DEMO = find_spec("concierge.demo") is not None


class CannotStart(click.ClickException):
    """Why `up` ends with exit code 1 instead of serving."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen; CONCIERGE_PORT or 8080 when not given.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder.")
@click.option("--empty", is_flag=True, help="Do not load the demo district into a new site.")
def up(port: int | None, data: Path | None, empty: bool) -> None:
    """Run everything on this machine: database, queue, web, workers and clock. Ctrl-C stops all."""
    environ = dict(os.environ)
    if port is not None:
        environ["CONCIERGE_PORT"] = str(port)
    if data is not None:
        environ["CONCIERGE_DATA"] = str(data.expanduser().absolute())
    default_folder = not environ.get("CONCIERGE_DATA") and not environ.get("DATABASE_URL")
    Site(load_settings(environ), environ, demo=default_folder and not empty and HAS_DEMO).run()


class Site:
    """The site while it runs: what was started, in which order it stops."""

    def __init__(self, settings: Settings, environ: Mapping[str, str], *, demo: bool) -> None:
        self.settings = settings
        self.demo = demo
        ours = {"CONCIERGE_DATA": str(settings.data), "REDIS_URL": settings.redis_url, "PYTHONUNBUFFERED": "1"}
        # On macOS a forked worker would be ended by the Objective-C runtime without this.
        self.environ = {**environ, **ours, "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
        self.queue: list[Child] = []
        self.others: list[Child] = []
        self.stopping = False

    def run(self) -> None:
        """Start, serve and stop. Raises CannotStart; whatever was started by then is stopped first."""
        with ExitStack() as stack:
            stack.enter_context(_lock(self.settings.data))
            _check_port(self.settings.port)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._asked_to_stop)
            stack.callback(self._stop)
            self._start()
            while not self.stopping:
                for child in (*self.queue, *self.others):
                    child.watch(say)
                time.sleep(0.1)

    def _start(self) -> None:
        steps = (self._start_queue, self._prepare_database, self._start_others, self._greet)
        for step in steps:
            if self.stopping:
                return
            step()

    def _start_queue(self) -> None:
        if not self.settings.redis_is_embedded:
            say("Queue: the one in REDIS_URL")
            return
        folder, files = run_folder(self.settings.data), self.settings.data / "queue"
        try:
            server = valkey.find_server()
            valkey.prepare_run_folder(folder)
        except valkey.NoQueue as problem:
            raise CannotStart(str(problem)) from problem
        path = folder / "queue.sock"
        files.mkdir(mode=0o700, exist_ok=True)
        if not valkey.wait_until(path, up=False, seconds=QUEUE_PATIENCE):
            raise CannotStart(f"a queue server of an earlier run still answers on {path}")
        child = self._child("queue", valkey.arguments(server, path, files))
        self.queue.append(child)
        child.start()
        if not valkey.wait_until(path, up=True, seconds=QUEUE_PATIENCE):
            raise CannotStart("\n".join(["the queue server does not answer:", *last_lines(child.log)]))
        say(f"Queue: {server.name} on a socket of its own")

    def _prepare_database(self) -> None:
        file, unfinished = self.settings.database_file, self.settings.data / UNFINISHED
        if self.demo and unfinished.exists() and file is not None:
            say("The demo district was not loaded to its end last time; starting it anew")
            for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
                part.unlink(missing_ok=True)
        brand_new = file is not None and not file.exists()
        if self.demo and brand_new:
            unfinished.touch()
        self._command("setup")
        if self.demo and brand_new:
            say("Loading the demo district; this is done once")
            self._command("demo")
            unfinished.unlink(missing_ok=True)
        elif brand_new:
            say("There is no district yet: `concierge found --help` tells how to found one, with its administrators")
        require_ready(self.settings)

    def _start_others(self) -> None:
        python = [sys.executable, "-m", "concierge.cli"]
        workers = [("light", str(number + 1)) for number in range(self.settings.workers)] + [("heavy", "1")]
        self.others.append(self._child("web", [*python, "web"]))
        for queue, number in workers:
            self.others.append(self._child(f"worker-{queue}-{number}", [*python, "worker", "--queue", queue]))
        self.others.append(self._child("clock", [*python, "clock"]))
        for child in self.others:
            child.start()
        web = self.others[0]
        deadline = time.monotonic() + WEB_PATIENCE
        while not _listens(self.settings.port) and not self.stopping:
            if not web.alive or time.monotonic() > deadline:
                raise CannotStart("\n".join(["the web server does not start:", *last_lines(web.log)]))
            time.sleep(0.05)

    def _greet(self) -> None:
        for line in accounts_table(self.settings.accounts_file):
            click.echo(line)
        say(f"Concierge is at http://{HOST}:{self.settings.port}/  (Ctrl-C stops it)")
        say(f"Data and logs: {self.settings.data}")

    def _command(self, name: str) -> None:
        """Run one command to its end, its output shown. Raises CannotStart when it fails."""
        command = [sys.executable, "-m", "concierge.cli", name]
        process = subprocess.Popen(command, env=self.environ, stdin=subprocess.DEVNULL, start_new_session=True)
        while process.poll() is None:
            if self.stopping:
                process.terminate()
            time.sleep(0.02)
        if process.returncode and not self.stopping:
            raise CannotStart(f"concierge {name} failed ({process.returncode})")

    def _child(self, name: str, command: list[str]) -> Child:
        return Child(name, command, self.environ, self.settings.data / "logs" / f"{name}.log")

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _stop(self) -> None:
        if self.stopping:
            say("Stopping")
        stubborn = stop_all(self.others, STOP_PATIENCE) + stop_all(self.queue, QUEUE_STOP_PATIENCE)
        if stubborn:
            say(f"Ended by force: {', '.join(stubborn)}")
        if self.stopping:
            say("Stopped")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    click.echo(text)
    sys.stdout.flush()


def _lock(data: Path) -> TextIO:
    """Hold the data folder for ourselves; the lock ends with the process. Raises CannotStart when another has it."""
    try:
        return hold(data)
    except Taken:
        raise CannotStart(f"another `concierge up` runs on {data}") from None
    except OSError as problem:
        raise CannotStart(f"the data folder {data} cannot be written: {problem.strerror}") from problem


def _check_port(port: int) -> None:
    with socket.socket(socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            text = f"port {port} cannot be used ({problem.strerror}): stop what listens there, or use --port"
            raise CannotStart(text) from problem


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
