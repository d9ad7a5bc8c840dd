"""By day a test that is written for both databases runs on one of them: `make test` asks for it with --by-turns.

Which one is its name's own, so that half of a room runs on SQLite and half on PostgreSQL, and a test that fails fails
again. By night, and whenever a room is run by itself, every test runs on both.
"""

from zlib import crc32

import pytest

from tests.databases import KINDS

ON_BOTH = (
    "tests/engine/", "tests/faults/", "tests/house/", "tests/models/", "tests/workflows/test_guards.py",
    "tests/services/test_fact_twins.py", "tests/services/test_ledger_by_hand.py",
)  # fmt: skip
"""Rooms whose subject is the database itself, or that two languages say the same."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option of `make test`."""
    parser.addoption("--by-turns", action="store_true", help="a test for both databases runs on one of them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the other database out."""
    if not config.getoption("--by-turns"):
        return
    known = {item.nodeid for item in items}
    waits = {item for item in items if not item.nodeid.startswith(ON_BOTH) and not has_its_turn(item.nodeid, known)}
    config.hook.pytest_deselected(items=[*waits])
    items[:] = [item for item in items if item not in waits]


def database_of(name: str) -> str | None:
    """The database that the name of a test says, if it says one."""
    parts = name.partition("[")[2].rstrip("]").split("-")
    return next((kind for kind in KINDS if kind in parts), None)


def has_its_turn(name: str, known: set[str]) -> bool:
    """Whether this is the one of the tests that differ in their database alone; a test without a twin always is."""
    mine = database_of(name)
    if mine is None:
        return True
    twins = [name.replace(mine, kind) for kind in KINDS]
    return not known.issuperset(twins) or twins[crc32(twins[0].encode()) % len(twins)] == name
