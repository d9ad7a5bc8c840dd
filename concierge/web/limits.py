"""How often programs may knock. Counted in Redis for all processes; in each process alone while Redis is away."""

import hashlib

from flask import Flask, current_app, request
from flask_limiter import ApplicationLimit, Limiter

from concierge.config import Settings
from concierge.web.problems import is_for_a_program

OF_ONE_PROGRAM = "1200 per minute"
OF_ONE_ADDRESS = "12000 per minute"
PATIENCE = 1  # seconds to wait for Redis


def furnish_limits(app: Flask, settings: Settings) -> None:
    """Count the requests under /api, by token and by address, before anything else is done for them."""
    app.config.setdefault("API_LIMIT", OF_ONE_PROGRAM)
    address = settings.redis_url
    limiter = Limiter(
        key_func=_address,
        application_limits=[
            ApplicationLimit(lambda: str(current_app.config["API_LIMIT"]), key_function=_token),
            ApplicationLimit(OF_ONE_ADDRESS, key_function=_address),
        ],
        application_limits_exempt_when=lambda: not is_for_a_program(),
        storage_uri=f"redis+{address}" if address.startswith("unix:") else address,
        storage_options={"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE},
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="concierge",
    )
    limiter.init_app(app)


def _address() -> str:
    return request.remote_addr or "nowhere"


def _token() -> str:
    """The token's digest: a queue that others may read holds no token."""
    given = request.headers.get("Authorization", "")
    return hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()[:32] if given else _address()
