"""Which browser the tests drive."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.servers import unavailable

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Headless, as root too, and asking nobody in the outside world for anything.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_browser() -> str | None:
    """The browser's program: CHROMIUM_PATH, else one on PATH, else an application of macOS."""
    given = os.environ.get("CHROMIUM_PATH")
    if given:
        return given
    found = next((path for path in map(shutil.which, COMMANDS) if path), None)
    if found or sys.platform != "darwin":
        return found
    return next((path for path in MAC if Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The path of a Chromium; without one the test is skipped aloud, in CI it fails."""
    found = find_browser()
    if found is None:
        unavailable("no browser: install chromium, or name one in CHROMIUM_PATH")
    return str(found)
