"""Pictures of the main pages of the demo district: `make screenshots`."""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from concierge.demo.staff import PASSWORD  # noqa: E402  the checkout this picture is taken of
from tests.browsers import ARGUMENTS, find_browser  # noqa: E402  the project's own tests know where a browser is

PORT = 8971
SHOTS = (
    ("desk", "specialist", "/desk", 1440, "zh"),
    ("desk-en", "specialist", "/desk", 1440, "en"),
    ("expert", "expert", "/me", 390, "zh"),
    ("expert-en", "expert", "/me", 390, "en"),
    ("finance", "finance_checker", "/finance", 1440, "zh"),
    ("dashboard", "lead", "/dashboard", 1440, "zh"),
)


def main(folder: Path) -> None:
    """Start the site with a fresh demo district, take every picture, stop it."""
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "CONCIERGE_DATA": data}
        concierge = [sys.executable, "-m", "concierge.cli"]
        for command in ("setup", "demo"):
            subprocess.run([*concierge, command], check=True, env=environment)  # noqa: S603  our own command
        site = subprocess.Popen([*concierge, "up", "--port", str(PORT), "--data", data], env=environment)  # noqa: S603  our own command
        try:
            _wait(f"http://127.0.0.1:{PORT}/healthz")
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=find_browser(), args=list(ARGUMENTS))
                for shot in SHOTS:
                    _take(browser, folder, *shot)
        finally:
            site.terminate()
            site.wait(20)


def _take(browser: Browser, folder: Path, name: str, login: str, path: str, width: int, language: str) -> None:
    address = f"http://127.0.0.1:{PORT}"
    context = browser.new_context(viewport={"width": width, "height": 900 if width > 500 else 844})
    page = context.new_page()
    page.goto(f"{address}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/login'] button")
    page.goto(f"{address}/lang/{language}")
    page.goto(address + path)
    page.screenshot(path=str(folder / f"{name}.png"))
    context.close()


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5)  # noqa: S310  our own server
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the site did not start")


main(Path(sys.argv[1]))
