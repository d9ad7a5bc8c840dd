"""How often programs may knock, and codes be read: counted in Redis for all, in each process while it is away."""

import hashlib

from flask import Flask, current_app, request
from flask_limiter import ApplicationLimit, Limiter

from concierge.config import Settings
from concierge.web.problems import is_for_a_program

OF_ONE_PROGRAM = "1200 per minute"
OF_ONE_ADDRESS = "12000 per minute"
OF_ONE_READER = "30 per minute"
"""Readings of talent codes from one address: enough for an entrance, too few for guessing."""
READING = "public.talent_code"
PATIENCE = 1  # seconds to wait for Redis


def furnish_limits(app: Flask, settings: Settings) -> None:
    """Count the requests under /api, by token and by address, and the readings of codes, before anything is done."""
    app.config.setdefault("API_LIMIT", OF_ONE_PROGRAM)
    app.config.setdefault("READING_LIMIT", OF_ONE_READER)
    address = settings.redis_url
    limiter = Limiter(
        key_func=_address,
        application_limits=[
            ApplicationLimit(
                lambda: str(current_app.config["API_LIMIT"]), key_function=_token, exempt_when=_by_a_person
            ),
            ApplicationLimit(OF_ONE_ADDRESS, key_function=_address, exempt_when=_by_a_person),
            ApplicationLimit(
                lambda: str(current_app.config["READING_LIMIT"]), key_function=_address, exempt_when=_reads_no_code
            ),
        ],
        storage_uri=f"redis+{address}" if address.startswith("unix:") else address,
        storage_options={"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE},
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        key_prefix="concierge",
    )
    limiter.init_app(app)


def _by_a_person() -> bool:
    return not is_for_a_program()


def _reads_no_code() -> bool:
    return request.endpoint != READING or request.method != "POST"


def _address() -> str:
    return request.remote_addr or "nowhere"


def _token() -> str:
    """The token's digest: a queue that others may read holds no token."""
    given = request.headers.get("Authorization", "")
    return hashlib.sha256(given.encode("utf-8", "surrogateescape")).hexdigest()[:32] if given else _address()
