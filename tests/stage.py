"""A small stage for the templates alone: the real macros and theme, shown without the application behind them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import DictLoader, Environment, FileSystemLoader, PrefixLoader
from jinja2.loaders import ChoiceLoader

from concierge.basics import formats
from concierge.basics.text import Text, speaking
from concierge.web.signs import icon, mini_steps
from tests.compiled import Templates

ROOT = Path(__file__).resolve().parents[1]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
KEPT = Templates()
"""What has been compiled for the stage; the application compiles the same templates in its own way."""
Answer = tuple[int, str, dict[str, str]]


def templates(pages: dict[str, str] | None = None) -> Environment:
    """The project's templates with the filters and names they rely on; `pages` are extra ones, named test/..."""
    loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), PrefixLoader({"test": DictLoader(pages or {})})])
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, bytecode_cache=KEPT)
    made.globals |= {
        "asset": lambda name: f"/static/{name}",
        "svg_icon": lambda name, label="": icon("/static/icons.svg", name, str(label)),
        "svg_mini_steps": mini_steps,
        "csrf_token": lambda: "a-token",
        "_": lambda message, /, **params: str(Text(message, params)),
    }
    made.filters |= {"money": formats.money, "number": formats.number, "day": formats.day}
    return made


def item(label: str, icon: str = "folders", **more: Any) -> SimpleNamespace:
    """One line of a menu or a tab."""
    return SimpleNamespace(
        **{"label": label, "icon": icon, "url": "/", "count": 0, "hot": False, "current": False} | more
    )


def shell(lang: str = "zh_CN", **more: Any) -> SimpleNamespace:
    """The frame of somebody logged in."""
    tabs = [item("Benefits", "heart-handshake", current=True), item("Progress"), item("Payments"), item("Help")]
    usual = {
        "system_name": "Talent Service Platform",
        "district_name": "Wangchuan District",
        "language": lang,
        "lang_attr": "en" if lang == "en" else "zh-CN",
        "other_language_url": "/lang/en",
        "other_language_label": "EN",
        "theme": "light",
        "text_size": "normal",
        "keys": "on",
        "person_name": "周予安",
        "role_label": "Specialist",
        "unread": 7,
        "inbox_url": "/inbox",
        "search_url": "/search",
        "help_url": "/help",
        "menu": [SimpleNamespace(title="", items=[item("My desk", current=True, count=48, hot=True), item("Experts")])],
        "tabs": tabs,
        "logout_url": "/logout",
        "account_url": "/account",
        "is_demo": True,
        "as_of": "10:32",
        "version": "1.0",
    }
    return SimpleNamespace(**usual | more)


def draw(source: str, *, lang: str = "en", **given: Any) -> str:
    """The text of a template written in the test itself."""
    with speaking(lang):
        return templates({"page": source}).get_template("test/page").render(**given)


@contextmanager
def showing(answer: Callable[[str], Answer | str | None]) -> Iterator[str]:
    """Serve what `answer(path)` gives, and the static files, under the strict content policy; yields the address."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/static/"):
                kind = guess_type(path)[0] or "application/octet-stream"
                self._send(200, (ROOT / "concierge" / path[1:]).read_bytes(), {"Content-Type": kind})
                return
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            given = answer(path) or (404, "", {})
            status, body, headers = (200, given, {}) if isinstance(given, str) else given
            self._send(status, body.encode(), {"Content-Type": "text/html; charset=utf-8"} | headers)

        do_POST = do_GET

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            usual = {"Content-Security-Policy": POLICY, "Content-Length": str(len(body))}
            for name, value in (usual | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
