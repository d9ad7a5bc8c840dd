"""The pieces that every operation of the description is made of."""

from typing import Any

from concierge.blueprints.api import schemas
from concierge.blueprints.api.cases import KEY, needs_key
from concierge.engine.declare import Step
from concierge.queries.things.shown import MOST, USUAL
from concierge.services.repeats import LONGEST

Part = dict[str, Any]
READING, CHANGING = (401, 403, 429), (401, 403, 404, 409, 413, 422, 429)
"""What a reading and what a change may be refused with."""


def answer_of(name: str) -> Part:
    """An answer of a named shape."""
    return {"description": name, "content": {"application/json": {"schema": schemas.ref(name)}}}


def body_of(schema: Part) -> Part:
    """A body that is needed."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def refusals(*codes: int) -> Part:
    """The refusals of these codes."""
    return {str(code): {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}


def id_in_path() -> Part:
    """The id in the address."""
    return {"name": "id", "in": "path", "required": True, "schema": schemas.IDENT}


def query(name: str, schema: Part) -> Part:
    """A word of the address."""
    return {"name": name, "in": "query", "schema": schema}


def places() -> list[Part]:
    """How a list is walked and counted."""
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    return [query("limit", limit), query("cursor", schemas.IDENT), query("count", {"type": "boolean"})]


def key_header(step: Step | None) -> Part:
    """The key of a request that may be repeated; steps with money need it."""
    required = step is not None and needs_key(step)
    said = "The same key with the same body gives the first answer; with another body 422."
    # Printable characters, because a header carries no others.
    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"}
    return {"name": KEY, "in": "header", "required": required, "description": said, "schema": schema}
