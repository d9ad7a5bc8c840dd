"""Programs at the door: a Bearer token acts as its account. Cookies mean nothing under /api."""

from typing import NoReturn

from flask import request
from sqlalchemy.orm import Session
from werkzeug.exceptions import Unauthorized

from concierge.queries.login import AtTheDoor, by_api_token
from concierge.services.tokens import token_used
from concierge.web.database import database
from concierge.web.doors import door

LONGEST_TOKEN = 200


def bearer() -> str:
    """The token of the Authorization header, or an empty string."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token or len(given.token) > LONGEST_TOKEN:
        return ""
    return given.token


def by_bearer(session: Session) -> AtTheDoor | None:
    """Whoever the token acts as."""
    token = bearer()
    return by_api_token(session, token, door.now) if token else None


def note_use() -> None:
    """Remember that the token is in use."""
    token_used(database.session(), token=bearer(), now=door.now)


def demand_token() -> NoReturn:
    """Say how to log in. Raises Unauthorized."""
    raise Unauthorized()
