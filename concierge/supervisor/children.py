"""Child processes: started so that they cannot outlive us, restarted with patience, ended with their whole group."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from concierge.basics.processes import end_with

FIRST_WAIT = 0.5  # seconds before a first restart; doubled with every further one
LONGEST_WAIT = 15.0
CALM = 30.0  # a child that lived this many seconds starts again with the shortest wait
LARGEST_LOG = 5_000_000  # bytes; a longer log is put aside when its process starts


@dataclass
class Child:
    """One process that has to be there until we stop."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait: float = FIRST_WAIT
    restart_at: float | None = None

    def start(self) -> None:
        """Start the process in a session of its own; what it prints goes to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - the supervisor has no threads
            )
        self.started, self.restart_at = time.monotonic(), None

    @property
    def alive(self) -> bool:
        """Whether the process runs at this moment."""
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send one SIGTERM: a second one would make a worker drop its job."""
        if self.process is not None and self.alive:
            self.process.terminate()

    def kill(self) -> None:
        """End the process and whatever it left behind in its group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def watch(self, say: Callable[[str], None]) -> None:
        """Notice an unexpected end, and start the process again when its waiting time is over."""
        if self.alive:
            return
        now = time.monotonic()
        if self.restart_at is None:
            self._plan_restart(now, say)
        elif now >= self.restart_at:
            self.start()

    def _plan_restart(self, now: float, say: Callable[[str], None]) -> None:
        assert self.process is not None
        self.kill()
        self.wait = FIRST_WAIT if now - self.started > CALM else self.wait
        self.restart_at = now + self.wait
        say(f"{self.name} ended ({self.process.returncode}); again in {self.wait:g} s. {self.log}:")
        for line in last_lines(self.log):
            say(f"    {line}")
        self.wait = min(self.wait * 2, LONGEST_WAIT)


def last_lines(log: Path, count: int = 12) -> list[str]:
    """The end of a log, for a person who has to see what went wrong."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]


def stop_all(children: Sequence[Child], patience: float) -> list[str]:
    """Ask all to stop, wait `patience` seconds for them together, then kill. Returns the names of those killed."""
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + patience
    while any(child.alive for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    stubborn = [child.name for child in children if child.alive]
    for child in children:
        child.kill()
    return stubborn


def die_with(parent: int) -> Callable[[], None]:
    """What a child does before its program begins: it will end with its supervisor, and Ctrl-C ends it again."""

    def prepare() -> None:
        end_with(parent)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    return prepare
