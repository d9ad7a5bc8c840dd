"""The run says at its end what was planted and what was caught."""

import pytest

CAUGHT = "test_planted.py::test_a_planted_bug_is_caught["


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each planted bug, from the reports, so that runs in several processes are told as well."""
    told = [
        (report.nodeid.partition(CAUGHT)[2].removesuffix("]"), outcome == "passed")
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if CAUGHT in report.nodeid
    ]
    if told:
        terminalreporter.section(f"planted bugs: {sum(caught for _what, caught in told)} of {len(told)} caught")
        for what, caught in told:
            terminalreporter.write_line(f"{'caught' if caught else 'MISSED'}  {what}")
