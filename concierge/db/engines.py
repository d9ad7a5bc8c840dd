"""Engines with our connection rules."""

import random
import select
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.pool import NullPool, PoolProxiedConnection

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "busy_timeout=0",
    "cache_size=-8000",  # 8 MB a connection at most; in the usual 2 MB an act with many cases reads its indexes again
)
STATEMENTS = (
    4000  # kept compiled: an office has more than the 500 that SQLAlchemy keeps, and asks for all of them each day
)
LOCK_PATIENCE = 15.0  # seconds a writer tries for SQLite's only write lock before it gives up
SHORTEST_REST, LONGEST_REST = 0.0002, 0.005  # seconds between two tries for the lock
IMPATIENT_AFTER = 0.05  # seconds of waiting after which a writer rests as shortly as anybody
COLLISIONS = ("40001", "40P01", "SQLITE_BUSY", "23505")
"""Serialization failure, deadlock; the lock never came free; what was looked for in vain was written meanwhile."""
OURS: dict[str, Any] = {"hide_parameters": True, "query_cache_size": STATEMENTS}


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """An engine with our connection rules.

    SQLite: WAL, foreign keys, full durability; a writing engine begins IMMEDIATE in a short retry loop of our own
    (SQLite's busy timeout lets one writer starve for seconds), a reading engine begins plainly and never waits.
    PostgreSQL: generic plans, because planning would cost more than a step, and prepared statements that live as long
    as their connection; a reading engine begins no transaction, which saves two questions to the server a page.
    On both a reading engine refuses to write.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 0, "check_same_thread": False}, **OURS)
        _sqlite_rules(engine, read_only=read_only)
        return engine
    options = "-c plan_cache_mode=force_generic_plan -c timezone=UTC"
    manner: dict[str, Any] = {}
    if read_only:
        options += " -c default_transaction_read_only=on"
        manner = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    engine = create_engine(url, connect_args={"options": options}, **OURS, **manner)
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "checkout", _still_open)
    if not read_only:
        engine.dialect.do_begin = _begin  # type: ignore[method-assign,assignment]  # of this engine's own dialect
    return engine


def collided(error: OperationalError | IntegrityError) -> bool:
    """Whether the database gave up a transaction because another one stood in its way: nothing of it was written, and
    the same again may well go through."""
    told = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    return told in COLLISIONS


def _connect(_dialect: Any, _record: Any, addresses: list[Any], options: dict[str, Any]) -> Any:
    from concierge.db.keeping import KeepingConnection  # one machine on SQLite starts without PostgreSQL's driver

    return KeepingConnection.connect(*addresses, **options)


def _begin(connection: PoolProxiedConnection) -> None:
    driver: Any = connection.driver_connection
    driver.begin()


def _still_open(connection: Any, _record: Any, _proxy: Any) -> None:
    """A server that went away has closed the idle connection; its socket tells, without a question to the server."""
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    if connection.closed or idle.poll(0):
        raise DisconnectionError("the server has closed the connection")


def make_admin_engine(url: str) -> Engine:
    """An engine without a pool, for migrations and commands."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    if url.startswith("sqlite"):
        _sqlite_rules(engine, read_only=False)
    return engine


def _sqlite_rules(engine: Engine, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            _patiently(cursor.execute, f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def begin(dbapi_connection: PoolProxiedConnection) -> None:
        driver: Any = dbapi_connection.driver_connection
        if read_only:
            driver.execute("BEGIN")
        else:
            _patiently(driver.execute, "BEGIN IMMEDIATE")

    # A listener for "begin" would do too, but then every transaction gathers all that might listen to anything.
    engine.dialect.do_begin = begin  # type: ignore[method-assign]  # of this engine's own dialect


def _patiently(execute: Callable[[str], Any], statement: str) -> None:
    """Try until the lock is ours: after short random rests, shorter and shorter ones for whoever has waited long.

    SQLite's own rests grow instead, so that a writer who has waited long hardly ever finds the lock free.
    """
    began = time.monotonic()
    while True:
        try:
            execute(statement)
            return
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - began
            if "locked" not in str(error) or waited > LOCK_PATIENCE:
                raise
            longest = max(SHORTEST_REST, LONGEST_REST * (1 - waited / IMPATIENT_AFTER))
            time.sleep(random.uniform(SHORTEST_REST / 2, longest))  # noqa: S311  a waiting time, not a secret
