"""One act of a program that is no step: what it begins or does, for whom, with which body."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from concierge.blueprints.api.body import Body
from concierge.blueprints.api.cases import sent_key
from concierge.blueprints.api.schemas import Schema
from concierge.rules.roles import Role
from concierge.services.repeats import once_in_steps
from concierge.web.doors import door

DAY: Schema = {"type": "string", "format": "date"}


def words(longest: int, about: str = "", *, least: int = 1) -> Schema:
    """A text of so many characters."""
    said = {"description": about} if about else {}
    return {"type": "string", "minLength": least, "maxLength": longest, **said}


def a_body(needed: str, **properties: Schema) -> Schema:
    """An object of which the properties named in `needed` must be there."""
    return {"type": "object", "properties": properties, "required": needed.split()}


def once(act: str, row_id: int, take: Callable[[], int]) -> int:
    """Take an act once under the key that was sent: what it told the first time is told again.

    Of the request only a keyed mark is kept, because a body may hold the number of an account.
    """
    sent = door.keys.sign(request.get_data(), "repeated request")
    body = {"row": row_id, "sent": sent}
    return once_in_steps(door.session, door.actor, door.now, act, sent_key(), body, take)


@dataclass(frozen=True)
class ApiAct:
    """An act with a row of a thing, or, without a `name`, one that begins a row.

    `take` is given the id in the address (0 where a row begins) and the body, and returns the id of the row that is
    shown. `keyed`: it keeps the Idempotency-Key itself, in its own transaction; for all others it is kept around them.
    `ends`: the row is no more, so none is shown.
    """

    thing: str
    name: str
    roles: tuple[Role, ...]
    summary: str
    take: Callable[[int, Body], int]
    body: Schema | None = None
    keyed: bool = False
    ends: bool = False
