"""What a view may use of its surroundings: session, actor, time, flashes, rendering."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Response, current_app, flash, g, make_response, render_template, request
from flask import session as cookie
from sqlalchemy.orm import Session

from concierge.basics.clock import Clock
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import Refusal
from concierge.basics.text import Text
from concierge.config import Settings
from concierge.engine.actor import Actor
from concierge.queries.login import AccountView, AtTheDoor
from concierge.web.database import database


@dataclass(frozen=True)
class House:
    """What the application was made of; one for each application, kept in its extensions."""

    settings: Settings
    clock: Clock
    keys: KeyRing
    storage: Any
    bell: Any


class Door:
    """The surroundings of the running request."""

    @property
    def house(self) -> House:
        """What the application was made of."""
        return cast(House, current_app.extensions["house"])

    @property
    def settings(self) -> Settings:
        """The settings."""
        return self.house.settings

    @property
    def keys(self) -> KeyRing:
        """The keys of personal data."""
        return self.house.keys

    @property
    def storage(self) -> Any:
        """Where attachments are kept."""
        return self.house.storage

    @property
    def session(self) -> Session:
        """The request's session, bound to the actor's district."""
        return cast(Session, database.session())

    def open_for_writing(self) -> None:
        """Change a reading request's session into a writing one, for the few addresses that keep a preference."""
        database.session.remove()
        district = self.visitor.account.district_id if self.visitor is not None else None
        database.session().info.update(read_only=False, district=district, bell=self.house.bell)

    @property
    def now(self) -> datetime:
        """The instant of this request; the same all through it."""
        if "now" not in g:
            g.now = self.house.clock.now()
        return cast(datetime, g.now)

    @property
    def visitor(self) -> AtTheDoor | None:
        """Whoever is logged in."""
        return cast("AtTheDoor | None", g.get("visitor"))

    @property
    def actor(self) -> Actor:
        """The person acting. Only in views that need a log-in."""
        if self.visitor is None:
            raise RuntimeError("nobody is logged in here")
        return self.visitor.actor

    @property
    def account(self) -> AccountView:
        """The account at the door. Only in views that need a log-in."""
        if self.visitor is None:
            raise RuntimeError("nobody is logged in here")
        return self.visitor.account

    @property
    def token(self) -> str:
        """The log-in token in the cookie, or an empty string."""
        return str(cookie.get("_user_id", ""))

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a region of the page only."""
        return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"

    @property
    def request_id(self) -> str:
        """The reference number of this request, from page to log."""
        return str(g.get("request_id", ""))

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return request.remote_addr or ""

    def request_key(self) -> str | None:
        """The idempotency key of a form or an API call."""
        return request.headers.get("Idempotency-Key") or request.form.get("idempotency_key") or None

    def version(self) -> int | None:
        """The version of the case that the person saw."""
        typed = request.form.get("version", "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None

    def say(self, text: Text, kind: str = "done", undo_url: str | None = None) -> None:
        """Tell something above the next page; it stays until it is closed."""
        message: Any = {"kind": kind, "text": str(text), "undo_url": undo_url}
        flash(message, kind)

    def say_why(self, refused: Refusal, kind: str = "error") -> None:
        """Tell above the next page why something was refused, each reason on its own."""
        for reason in refused.reasons:
            self.say(reason.text, kind)

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or the fragment of one, as a response."""
        return make_response(render_template(template, **values), status)

    @property
    def came_from(self) -> str:
        """The address on this site of the page that asks, or an empty string."""
        path = (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
        return path if is_local(path) else ""

    def back(self, default: str) -> str:
        """The local address given as `next`, or the default. Nothing outside this site is followed."""
        wanted = request.values.get("next", "")
        return wanted if is_local(wanted) else default


def is_local(address: str) -> bool:
    """Whether an address stays on this site: a plain path, nothing that a browser could read as a host."""
    if (
        not address.startswith("/")
        or address.startswith(("//", "/\\"))
        or any(ord(c) < 32 for c in address)
        or "\\" in address
    ):
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc


door = Door()

__all__ = ["Door", "House", "door", "is_local"]
