"""In which order the processes of a run take the tests, so that none is left with a long one when the others are done.

A file goes to one process, because its tests share what is made once for it. What takes longest begins first; what
shares nothing with its neighbours is handed out test by test, at the end.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

LONGEST_FIRST = (
    "tests/faults/test_money_machine.py", "tests/services/test_always_what_is_due.py", "tests/api/test_description.py",
    "tests/planted/test_planted.py::test_without_a_bug_every_gate_is_open", "tests/engine/test_walk.py",
    "tests/browser/test_every_step.py", "tests/browser/test_benefit_story.py", "tests/faults/", "tests/demo/",
    "tests/house/", "tests/jobs/",
)  # fmt: skip
"""Files and rooms with long tests; by night the first five take minutes and more."""
ONE_BY_ONE = (
    "tests/faults/test_money_machine.py::", "tests/planted/test_planted.py::test_a_planted_bug_is_caught[",
    "tests/browser/test_every_page.py::",
)  # fmt: skip


def turn_of(name: str) -> int:
    """When a test's turn comes: what is long in the order above, then the rest, at last what goes one by one."""
    last = len(LONGEST_FIRST) + name.startswith(ONE_BY_ONE)
    return next((turn for turn, long in enumerate(LONGEST_FIRST) if name.startswith(long)), last)


def share_of(name: str) -> str:
    """What one process takes as a whole: a file, or the one test."""
    return name if name.startswith(ONE_BY_ONE) else name.partition("::")[0]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to chance the order of what has its turn together."""
    items.sort(key=lambda item: turn_of(item.nodeid))


class ByShares(LoadScopeScheduling):
    """The distribution by files, but for what goes one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """How the Makefile's runs are spread; who asks for another distribution gets it."""
    return ByShares(config, log) if config.getoption("dist") == "loadscope" else None
