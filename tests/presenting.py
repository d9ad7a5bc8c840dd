"""How a run of the tests presents itself, and what it leaves out."""

import os
from collections import Counter

import pytest

from tests.browsers import find_browser
from tests.servers import postgres_binaries, redis_binary


def pytest_report_header() -> list[str]:
    """Say at the top which real servers and which browser this run has."""
    postgres = os.environ.get("TEST_POSTGRES_URL", "").rpartition("@")[2] or postgres_binaries()
    servers = {"postgres": postgres, "valkey": redis_binary("valkey"), "redis": redis_binary("redis")}
    servers["browser"] = find_browser()
    return [f"{name}: {found or 'NONE, its tests will be skipped'}" for name, found in servers.items()]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what only `make nightly` runs out of every other run."""
    if os.environ.get("CONCIERGE_NIGHTLY"):
        return
    nightly = {item for item in items if item.get_closest_marker("nightly")}
    config.hook.pytest_deselected(items=[*nightly])
    items[:] = [item for item in items if item not in nightly]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a nightly run what no other run has done."""
    ran = Counter(
        report.nodeid.partition("::")[0]
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if "nightly" in report.keywords and report.when == "call"
    )
    if ran:
        terminalreporter.section(f"only at night: {ran.total()} tests")
        for file, count in sorted(ran.items()):
            terminalreporter.write_line(f"{count:5}  {file}")
