"""Every link and every button that a page offers is there for whoever sees it."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from concierge.app import create_app
from concierge.basics.clock import MovedClock
from concierge.basics.crypto import Profile
from concierge.config import read_settings
from concierge.demo.load import load_demo
from concierge.demo.staff import PASSWORD
from concierge.rules.roles import Role
from concierge.storage import LocalStorage
from concierge.web.permits import permit_of
from tests.demo.test_demo import KEYS, NOW, fast_engine
from tests.office import Visitor

HERE = "http://localhost"
LINK = re.compile(r'href="([^"]+)"')
FORM = re.compile("<form\\b([^>]*)>(.*?)</form>", re.DOTALL)
BUTTON = re.compile("<button\\b([^>]*)>")
ACTION = re.compile('action="([^"]*)"')
ANY_ID = re.compile(r"/[0-9a-hjkmnp-tv-z]{13}(?=/|$)")
LEFT_ALONE = ("/logout", "/static", "/lang/")
OF_A_KIND = 1
ROLES = [role for role in Role if role is not Role.SYSTEM]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The fictional district's application on a Monday afternoon."""
    folder: Path = tmp_path_factory.mktemp("links")
    engine = fast_engine(folder / "concierge.db")
    load_demo(engine, KEYS, storage=LocalStorage(folder / "attachments"), now=NOW, experts=60, seed=1, days=400,
              profile=Profile.QUICK)  # fmt: skip
    KEYS.save(folder / "keys.json")
    settings = read_settings({"CONCIERGE_DATA": str(folder), "REDIS_URL": "redis://127.0.0.1:1/0"})
    settings = replace(settings, database_url=f"sqlite:///{folder / 'concierge.db'}", secret_key="k" * 40)
    yield create_app(settings, clock=MovedClock(NOW), bell=lambda _ids: None)
    engine.dispose()


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("role", ROLES, ids=[role.value for role in ROLES])
def test_no_page_offers_what_its_reader_is_refused(site: Flask, role: Role) -> None:
    visitor = Visitor(site.test_client())
    begins = visitor.log_in(role.value, PASSWORD).location
    waiting, seen, wrong = deque([(begins, "the log-in")]), Counter[str](), []
    while waiting:
        address, offered_by = waiting.popleft()
        if seen[kind := _kind(address)] >= OF_A_KIND:
            continue
        seen[kind] += 1
        answer = visitor.get(address, follow_redirects=True)
        if answer.status_code != 200:
            wrong.append(f"{offered_by} leads to {address}: {answer.status_code}")
        elif answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            wrong += [f"{address} has a form for {action}" for action in _closed(site, role, page, address)]
            waiting += [(link, address) for link in _links(page, address)]
        answer.close()
    assert wrong == []
    assert len(seen) > 10, seen


def _kind(address: str) -> str:
    """Pages of one kind differ in ids, dates and numbers."""
    parts = urlsplit(address)
    asked = [f"{name}={value if value.isalpha() and len(value) < 12 else ''}" for name, value in parse_qsl(parts.query)]
    return f"{ANY_ID.sub('/*', re.sub('/[0-9]{4}(-[0-9]{2})?', '/#', parts.path))}?{sorted(asked)}"


def _links(page: str, address: str) -> list[str]:
    found = [urljoin(HERE + address, unescape(link)).partition("#")[0] for link in LINK.findall(page)]
    own = [link.removeprefix(HERE) for link in found if link.startswith(f"{HERE}/")]
    return [link for link in own if not link.startswith(LEFT_ALONE)]


def _closed(site: Flask, role: Role, page: str, address: str) -> list[str]:
    """The addresses to which a page would send a form, and which would not take it from this role."""
    closed = []
    for attributes, inside in FORM.findall(page):
        method = "POST" if 'method="post"' in attributes else "GET"
        own = ACTION.search(attributes)
        sent = [ACTION.search(button) or own for button in BUTTON.findall(inside) if 'type="button"' not in button]
        for action in {found[1] if found else "" for found in sent}:
            path = urlsplit(urljoin(HERE + address, unescape(action))).path
            if not _admits(site, role, path, method):
                closed.append(f"{method} {path}")
    return closed


def _admits(site: Flask, role: Role, path: str, method: str) -> bool:
    try:
        endpoint, _values = site.url_map.bind("").match(path, method=method)
    except HTTPException:
        return False
    given = permit_of(site, endpoint)
    return given is not None and given.admits(frozenset({role}))
