"""`concierge up` under faults: what is killed comes back, what is stopped is gone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from concierge.config import run_folder
from concierge.supervisor import valkey
from tests.servers import wait_for
from tests.sites import Site, command, environment, site

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see which processes live"),
]


@dataclass(frozen=True)
class Again:
    """A site that was started again after its supervisor was killed, and the keys it had before."""

    site: Site
    keys: bytes


def ends_everything(found: Site) -> None:
    """One signal, and within ten seconds nothing of the site is left, and nothing was forced."""
    assert found.stop(signal.SIGTERM) == 0
    assert found.processes() == {}
    assert "Stopped" in found.output.read_text()
    assert "by force" not in found.output.read_text()


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Again]:
    """A site whose supervisor was killed; started again, it stops clean at the end, whatever was killed meanwhile."""
    data = tmp_path_factory.mktemp("site")
    with site(data) as found:
        keys = (found.data / "keys.json").read_bytes()
        found.process.kill()
        wait_for(lambda: found.processes() == {}, "the orphans' end")
    with site(data) as found:
        yield Again(found, keys)
        ends_everything(found)


@pytest.fixture
def running(again: Again) -> Site:
    """The one site of the tests that leave it running."""
    return again.site


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_start_has_the_same_keys(again: Again) -> None:
    assert again.site.answers()
    assert (again.site.data / "keys.json").read_bytes() == again.keys


def up(data: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run `concierge up` where it must refuse."""
    line = command("up", "--port", str(port), "--data", str(data))
    return subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize("part", ["gunicorn", "worker --queue light", "worker --queue heavy", "clock", "valkey-server"])
def test_a_killed_process_comes_back(running: Site, part: str) -> None:
    def those() -> set[int]:
        return {pid for pid, line in running.processes().items() if part in line}

    wait_for(lambda: running.process_of(part) is not None, part)
    victim, before = running.process_of(part), those()
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    # Also the children of the killed one are gone: for a moment they go on answering.
    wait_for(lambda: bool(those()) and not those() & before and running.answers(), f"another {part}")
    wait_for(lambda: valkey.answers(run_folder(running.data) / "queue.sock"), "the queue")


def test_a_second_start_on_the_same_data_is_refused(running: Site) -> None:
    refused = up(running.data, running.port + 1)
    assert refused.returncode == 1
    assert "another `concierge up` runs" in refused.stderr
    assert running.answers()


def test_a_data_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = up(tmp_path / "file" / "data", 8999)
    assert refused.returncode == 1
    assert refused.stderr == f"Error: the data folder {tmp_path}/file/data cannot be used: Not a directory\n"
    (tmp_path / "lock").mkdir()  # what cannot be opened for writing, whoever runs the tests
    (tmp_path / "secret_key").write_text("k" * 40, encoding="ascii")
    refused = up(tmp_path, 8999)
    assert refused.returncode == 1
    assert refused.stderr.endswith("cannot be written: Is a directory\n")


def test_a_busy_port_is_an_error_and_not_another_port(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        refused = up(tmp_path, busy.getsockname()[1])
    assert refused.returncode == 1
    assert "--port" in refused.stderr
