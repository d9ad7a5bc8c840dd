"""A PostgreSQL of the benchmarks' own, durable as in service (the tests' server forgets fsync to be fast)."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import servers


@contextmanager
def durable_postgres() -> Iterator[str]:
    """The address of an empty database on a server with fsync on."""
    found = servers.postgres_binaries()
    if found is None:
        raise SystemExit("no PostgreSQL: install the development packages (make test does)")
    servers.PLAIN_AND_FAST = tuple(s for s in servers.PLAIN_AND_FAST if not s.endswith("=off"))
    user = servers.NOBODY if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="cpg", dir="/tmp", ignore_cleanup_errors=True) as folder:  # noqa: S108  a socket's path must be short; the folder is its owner's alone
        started = servers._own_postgres(found, Path(folder), Path(folder), user)
        server = next(started)
        try:
            yield server.address(server.create())
        finally:
            started.close()
