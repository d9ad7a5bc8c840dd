"""The composition root: the only place that joins the floors into a web application."""

from datetime import timedelta
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.routing import BaseConverter, ValidationError

import concierge.services  # noqa: F401  registers every step's effects
import concierge.workflows  # noqa: F401  registers every flow
from concierge.basics.clock import Clock, SystemClock
from concierge.basics.crypto import KeyRing
from concierge.basics.errors import NotFound
from concierge.basics.ids import parse_id, public_id
from concierge.config import Settings, load_settings
from concierge.storage import open_storage
from concierge.web.database import READ, database
from concierge.web.doors import House
from concierge.web.errors import furnish_errors
from concierge.web.headers import furnish_headers
from concierge.web.jinja import furnish_jinja
from concierge.web.limits import furnish_limits
from concierge.web.login import manager, open_the_request
from concierge.web.permits import demand_permits, open_to_all
from concierge.web.proxies import BehindProxies
from concierge.web.shell import furnish_templates

ROOMS = (
    "health",
    "auth",
    "public",
    "desk",
    "portal",
    "employer",
    "hr",
    "office",
    "finance",
    "campaign",
    "lead",
    "inbox",
    "admin",
    "api",
)
LARGEST_REQUEST = 25 * 1024 * 1024
csrf = CSRFProtect()


class Ident(BaseConverter):
    """A public id in an address."""

    regex = "[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{13}"

    def to_python(self, value: str) -> int:
        """The id behind the 13 characters."""
        try:
            return parse_id(value)
        except NotFound as error:
            raise ValidationError() from error

    def to_url(self, value: int) -> str:
        """The 13 characters of an id."""
        return public_id(value)


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, bell: Any = None, storage: Any = None
) -> Flask:
    """The web application of these settings. `clock`, `bell` and `storage` may be given instead of the real ones."""
    settings = settings or load_settings()
    app = Flask("concierge", static_folder="static", template_folder=None)
    app.url_map.converters["ident"] = Ident
    _configure(app, settings)
    app.wsgi_app = BehindProxies(app.wsgi_app, settings.proxies)  # type: ignore[method-assign]  # as Flask advises
    app.extensions["house"] = House(
        settings=settings,
        clock=clock or SystemClock(),
        keys=KeyRing.load(settings.keys_file),
        storage=storage or open_storage(settings.storage_url),
        bell=bell if bell is not None else _doorbell(settings),
    )
    database.init_app(app)
    manager.init_app(app)
    manager.session_protection = None
    furnish_limits(app, settings)
    app.before_request(open_the_request)
    csrf.init_app(app)
    furnish_jinja(app)
    furnish_templates(app)
    furnish_errors(app)
    furnish_headers(app, https=settings.is_https)
    _open_rooms(app)
    open_to_all(app.view_functions["static"])
    demand_permits(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    https = settings.is_https
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_BINDS={READ: settings.database_url},
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=6000,
        SESSION_COOKIE_NAME="__Host-concierge" if https else "concierge",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=https,
        VERSION=_version(),
    )


def _version() -> str:
    try:
        return version("concierge")
    except PackageNotFoundError:
        return ""


def _doorbell(settings: Settings) -> Any:
    from concierge.jobs.bell import make_bell

    return make_bell(settings.redis_url)


def _open_rooms(app: Flask) -> None:
    for room in ROOMS:
        name = f"concierge.blueprints.{room}"
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            blueprint = import_module(name).bp
            app.register_blueprint(blueprint)
            if room == "api":  # it knows no cookie, only a token that no other site can send along
                csrf.exempt(blueprint)
