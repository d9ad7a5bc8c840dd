"""The running application in a real browser: every page that is opened is checked for what must always hold."""

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.serving import make_server

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.text import load_catalogue
from concierge.rules.roles import Role
from tests.browsers import ARGUMENTS
from tests.databases import NewDatabase
from tests.office import NOW, PASSWORD, TOKEN, Office, settings_for

if TYPE_CHECKING:
    from tests.browser.every_case import Walk

AXE = Path(__file__).resolve().parents[1] / "data" / "axe" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESK, PHONE = 1440, 390
ENGLISH = re.compile("[A-Z][a-z]+( [a-z]+)+[.?…]?")
CHINESE = re.compile("[\u3400-\u9fff]")
OF_PEOPLE = re.compile("沈(知远|\\*远)?|主任医师|望川农商行|甲\\w*|阿(依古丽·买买提)?|望\\w+〔\\d+〕\\d+号")
"""The names and posts of the tests' people, document numbers."""
ANY_ID = re.compile("/[0-9a-hjkmnp-tv-z]{13}(?=/|$)")
EXAMINED: set[tuple[Any, ...]] = set()
LISTEN = """
window.__csp = [];
document.addEventListener('securitypolicyviolation', e => window.__csp.push(e.effectiveDirective));
"""
LOOK = """() => ({
  headings: document.querySelectorAll('h1').length,
  wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  violations: window.__csp || [],
  text: document.body.innerText,
  marked: [...document.querySelectorAll('body [lang]')].map(part => part.innerText),
})"""
"""What is looked at on every page, in one question to the browser."""
JUDGE = """async rules => {
  const { violations } = await axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false});
  return violations.map(v => ({id: v.id, where: v.nodes.slice(0, 3).map(n => n.target.join(' '))}));
}"""


@pytest.fixture(scope="session")
def chromium(browser_path: str) -> Iterator[Browser]:
    """One browser for the whole run."""
    play: Playwright
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def serving(office: Office) -> Iterator[str]:
    """The office's application on a free port; beside it lies axe, which the browser keeps compiled."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    site = SharedDataMiddleware(office.app, {f"/{AXE.name}": str(AXE)})
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)


@cache
def messages() -> frozenset[str]:
    """Every message that is translated, as it stands in English; without those that carry values."""
    own, english = load_catalogue(), (lambda msgid: any(letter.isalpha() for letter in msgid))
    return frozenset(m for m in own if english(m) and "%(" not in m and own[m] != m)


def untranslated(text: str, language: str, marked: Sequence[str] = ()) -> list[str]:
    """What a page shows in the other language: a message of ours on a Chinese page, Chinese words on an English one.

    What people wrote themselves stays as they typed it: names, words, numbers of documents. Parts that are `marked`
    as being in another language (amounts in words, the other language's name) may be.
    """
    for part in filter(None, marked):
        text = text.replace(part, "")
    if language == "zh":
        lines = [line.strip() for line in text.splitlines()]
        return [line for line in lines if line in messages() or ENGLISH.fullmatch(line)]
    return [line for line in text.splitlines() if CHINESE.search(OF_PEOPLE.sub("", line))]


class Seat:
    """Somebody sitting before the browser, logged in with a role."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address, self.language = context, address, "zh"
        self.page: Page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))

    def open(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(self.address + path)
        return self.page

    def log_in(self, login: str, password: str = PASSWORD) -> "Seat":
        """Go through the log-in form."""
        self.open("/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit], form[action='/login'] button")
        self.page.wait_for_url(lambda url: "/login" not in url)
        self.errors.clear()
        return self

    def be_let_in(self, login: str, password: str = PASSWORD) -> "Seat":
        """The same request as the form's, without a page that is drawn: half of what a new seat costs."""
        asking, door = self.context.request, f"{self.address}/login"
        field = TOKEN.search(asking.get(door).text())
        assert field is not None
        answer = asking.post(door, form={"csrf_token": field[1], "login": login, "password": password}, max_redirects=0)
        assert answer.status == 302, answer.text()[-500:]
        return self

    def speak(self, language: str) -> "Seat":
        """Change the language of the pages."""
        self.context.request.get(f"{self.address}/lang/{language}", max_redirects=0)
        self.language = language
        return self

    def prefer(self, theme: str) -> "Seat":
        """Choose light or dark colours in the settings, as everybody does."""
        page = self.open("/account")
        page.locator(f"main input[name=theme][value={theme}]").evaluate("radio => radio.click()")
        page.locator("main form:has([name=theme]) button[type=submit]").first.click()
        page.wait_for_load_state()
        return self

    def _examined(self) -> bool:
        """Whether axe has seen this kind of page in this form; by night it sees each one, by day each kind once."""
        theme = self.page.get_attribute("html", "data-theme")
        kind = (ANY_ID.sub("/*", urlsplit(self.page.url).path), self.page.viewport_size["width"], self.language, theme)
        seen = kind in EXAMINED and not os.environ.get("CONCIERGE_NIGHTLY")
        EXAMINED.add(kind)
        return seen

    def check(self, *, axe: bool = True) -> None:
        """What holds on every page: one h1, no overflow, no violation of the content policy, no error, axe clean."""
        page = self.page
        seen: dict[str, Any] = page.evaluate(LOOK)
        assert seen["headings"] == 1, page.url
        assert seen["wider"] <= 0, f"{page.url} is {seen['wider']} px wider than the screen"
        assert seen["violations"] == [], page.url
        assert self.errors == [], (page.url, self.errors)
        left = untranslated(seen["text"], self.language, seen["marked"])
        assert left == [], (page.url, left)
        if axe and not self._examined():
            page.add_script_tag(url=f"{self.address}/{AXE.name}")
            found: list[dict[str, Any]] = page.evaluate(JUDGE, RULES)
            assert found == [], (page.url, found)


@contextmanager
def seating(office: Office, chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """`seat(Role.SPECIALIST, width=1440, language="zh", script=True)`: a person with a browser of his own."""
    contexts: list[BrowserContext] = []
    with serving(office) as address:

        def seat(role: Role, *, width: int = DESK, language: str = "zh", script: bool = True) -> Seat:
            context = chromium.new_context(
                viewport={"width": width, "height": 900 if width > 500 else 844},
                locale="zh-CN" if language == "zh" else "en-GB",
                java_script_enabled=script,
                is_mobile=width < 500,
            )
            context.add_init_script(LISTEN)
            contexts.append(context)
            person = Seat(context, address).be_let_in(role.value)
            return person.speak(language) if language == "en" else person

        yield seat
        for context in contexts:
            context.close()


@pytest.fixture(scope="module")
def walk(shared_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator["Walk"]:
    """One site for a module, on which a case waits for every step that people take."""
    from tests.browser.every_case import Site, Walk, furnish

    database = shared_database("sqlite", "every-step", furnish)
    clock, rung = MovedClock(NOW), list[int]()
    app = create_app(settings_for(database, tmp_path_factory.mktemp("site")), clock=clock, bell=rung.extend)
    site = Site(Office(app, database, clock, rung))
    with seating(site.office, chromium) as seat:
        yield Walk(site, seat)


@pytest.fixture
def seats(office: Office, chromium: Browser) -> Iterator[Callable[..., Seat]]:
    """Seats before the small office."""
    with seating(office, chromium) as seat:
        yield seat
