"""What templates can say: filters for the reader's forms, hashed asset addresses, translation."""

import hashlib
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, has_request_context, request, url_for
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from concierge.basics import formats
from concierge.basics.clock import SHANGHAI, local_date
from concierge.basics.ids import public_id
from concierge.basics.text import Text, spoken
from concierge.config import place
from concierge.rules.roles import Role
from concierge.web.doors import door
from concierge.web.permits import permit_of
from concierge.web.signs import icon, mini_steps
from concierge.web.writing import Writer, written

STATIC = Path(__file__).resolve().parent.parent / "static"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file with its content's hash, so that it may be kept for ever."""
    return _address(request.script_root if has_request_context() else "", name)


@lru_cache(maxsize=256)
def _address(_root: str, name: str) -> str:
    # A page names the file of icons a hundred times; below another root the address is another one.
    return url_for("static", filename=name, v=_digest(name))


def _translate(message: str, /, **params: Any) -> str:
    return str(Text(message, params)) if params else spoken(message)


def _icon(name: str, label: Any = "") -> Markup:
    return icon(asset("icons.svg"), name, str(label))


def _today() -> date | None:
    """The date of this request, so that dates of other years show their year."""
    return local_date(door.now, SHANGHAI) if has_request_context() else None


def _moment(at: datetime | None) -> str:
    return formats.moment(at, SHANGHAI, _today()) if at is not None else ""


def _day(on: date | None) -> str:
    return formats.day(on, _today()) if on is not None else ""


def _opens(address: str) -> bool:
    """Whether whoever reads this page may open that one, too: a link that would be refused is not offered."""
    path = urlsplit(address).path.removeprefix(request.script_root)
    try:
        endpoint, _values = current_app.url_map.bind("").match(path)
    except HTTPException:
        return False
    given = permit_of(current_app, endpoint)
    roles = door.actor.roles if door.visitor else frozenset[Role]()
    return given is not None and given.admits(roles)


def furnish_jinja(app: Flask) -> None:
    """Load templates from their folder and register filters and globals."""
    app.jinja_loader = ChoiceLoader([FileSystemLoader(place("templates"))])
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.code_generator_class = Writer
    env.written, env.spoken = written, spoken  # type: ignore[attr-defined]  # what the compiled templates call
    env.filters |= {
        "money": formats.money,
        "plain_money": formats.plain_money,
        "wan": formats.money_wan,
        "day": _day,
        "long_day": formats.long_day,
        "moment": _moment,
        "number": formats.number,
        "percent": formats.percent,
        "ident": public_id,
    }
    env.globals |= {"asset": asset, "_": _translate, "svg_icon": _icon, "svg_mini_steps": mini_steps, "opens": _opens}
