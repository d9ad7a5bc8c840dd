"""The OpenAPI 3.1 description: every address, what it takes, and every answer it can give."""

import json
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from apispec import APISpec
from flask import Blueprint, Response

from concierge.blueprints.api import schemas
from concierge.blueprints.api.acts import ACTS
from concierge.blueprints.api.campaign import DECIDERS, INSPECTORS
from concierge.blueprints.api.campaign_schemas import (
    APPEAL_BODY,
    DECISION_BODY,
    DEDUCTION_BODY,
    FINDING_BODY,
    ORDER_BODY,
)
from concierge.blueprints.api.marks import NUDGE_BODY, NUDGED, OWNERS, TAG_BODY, TAGGED
from concierge.blueprints.api.pieces import (
    CHANGING,
    READING,
    Part,
    answer_of,
    body_of,
    id_in_path,
    key_header,
    places,
    query,
    refusals,
)
from concierge.blueprints.api.standing_in import ABSENCE_BODY, AWAY, GIVERS, HAND_OVER_BODY, SIGN_BODY, WORK
from concierge.blueprints.api.standings import OFFICERS, READERS
from concierge.engine.declare import Step
from concierge.queries.things.kinds import CASES, CaseThing
from concierge.queries.things.plain import PLAIN
from concierge.queries.things.rows import PlainThing
from concierge.rules.roles import Role
from concierge.services.dispatch import RAISERS
from concierge.services.findings import APPELLANTS
from concierge.web.permits import open_to_all
from concierge.web.problems import MEDIA_TYPE

ABOUT = """What the pages do, for programs. A token (`concierge token USER`) acts as its user: same roles, same view,
same audit. Lists walk by key: follow `next` as `cursor`. Ids are opaque. Amounts are integer fen. Texts are in the
language of Accept-Language, or of the user. A method that an address does not know is answered 405 with `Allow`."""
THINGS = {case.name: case.one for case in CASES} | {row.name: row.one for row in PLAIN}
"""Every thing, and the name of its shape."""
SAID = {
    401: "No token, or one that is not in force",
    403: "The user's role may not do this; it is written down",
    404: "Absent, or out of the user's sight: the two are told alike",
    409: "Refused by the rules, or changed since it was read; every reason is named",
    413: "The body is larger than 4 MB",
    422: "Something sent is missing or wrong; every field is named",
    429: "Too many requests; see Retry-After",
}


def register(bp: Blueprint) -> None:
    """The address of the description."""
    bp.add_url_rule("/openapi.json", "openapi", openapi, methods=["GET"])


@open_to_all
def openapi() -> Response:
    """The description; it holds nothing that needs a token."""
    return Response(_document(), mimetype="application/json")


@cache
def _document() -> str:
    return json.dumps(description(), ensure_ascii=False)


def description() -> Part:
    """The whole document."""
    spec = APISpec(
        title="Concierge",
        version=_version(),
        openapi_version="3.1.0",
        info={"description": ABOUT},
        servers=[{"url": "/api/v1"}],
        security=[{"token": []}],
        tags=[{"name": name} for name in (*THINGS, "nudges", "tags")],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for name, schema in (
        schemas.shared() | schemas.standings() | {"Work": WORK, "Nudged": NUDGED, "Tagged": TAGGED}
    ).items():
        spec.components.schema(name, schema)
    for status, said in SAID.items():
        spec.components.response(str(status), _problem(status, said))
    for thing in CASES:
        spec.components.schema(thing.one, schemas.case_schema(thing))
        _describe_case(spec, thing)
    for row in PLAIN:
        spec.components.schema(row.one, schemas.plain_schema(row))
        _describe_lists(spec, row, _beginnings(row))
    _describe_standings(spec)
    _describe_answers(spec)
    _describe_marks(spec)
    return dict(spec.to_dict())


def _version() -> str:
    try:
        return version("concierge")
    except PackageNotFoundError:
        return "0"


def _problem(status: int, said: str) -> Part:
    answer: Part = {"description": said, "content": {MEDIA_TYPE: {"schema": schemas.ref("Problem")}}}
    header = {401: "WWW-Authenticate", 429: "Retry-After"}.get(status)
    if header is not None:
        answer["headers"] = {header: {"schema": schemas.TEXT, "required": True}}
    return answer


def _describe_case(spec: APISpec, thing: CaseThing) -> None:
    opens = {
        "claims": _opening(thing, "Open a draft claim for what is due under an entitlement", schemas.CLAIM_BODY),
        "care-requests": _opening(thing, "Register a care request", schemas.CARE_BODY),
        "consultations": _opening(thing, "Ask what a policy means", schemas.QUESTION_BODY),
        "recognitions": _opening(thing, "Open a draft application for recognition", schemas.RECOGNITION_BODY),
        "packages": _opening(thing, "Ask for a package with one form", schemas.PACKAGE_BODY),
        "dispatch-orders": _opening(thing, "Raise an order for a unit's need", ORDER_BODY, RAISERS),
        "findings": _opening(thing, "Write down what a visit found", FINDING_BODY, INSPECTORS),
    }
    _describe_lists(spec, thing, {"post": opens[thing.name]} if thing.name in opens else _begun(thing))
    for name, step in thing.steps.items():
        one, many = f"/{thing.name}/{{id}}/steps/{name}", f"/{thing.name}/steps/{name}"
        spec.path(one, operations={"post": _step(thing, step)})
        spec.path(many, operations={"post": _set(thing, step)})


def _describe_lists(spec: APISpec, thing: CaseThing | PlainThing, more: Part) -> None:
    spec.components.schema(f"{thing.one}Page", schemas.page_schema(thing.one))
    listing = {
        "tags": [thing.name],
        "operationId": f"list_{thing.name}",
        "parameters": [*places(), *(query(each.name, schemas.filter_schema(each)) for each in thing.filters)],
        "responses": {"200": answer_of(f"{thing.one}Page"), **refusals(*READING, 422)},
    }
    reading = {
        "tags": [thing.name],
        "operationId": f"read_{thing.name}",
        "parameters": [id_in_path()],
        "responses": {"200": answer_of(thing.one), **refusals(*READING, 404)},
    }
    spec.path(f"/{thing.name}", operations={"get": listing, **more})
    spec.path(f"/{thing.name}/{{id}}", operations={"get": reading})


def _beginnings(thing: PlainThing) -> Part:
    """What programs may begin of a thing that is no case."""
    opens = {
        "absences": ("Register an absence and who stands in", ABSENCE_BODY, AWAY),
        "hand-overs": ("Begin a hand-over of a specialist's work", HAND_OVER_BODY, GIVERS),
        "negative-records": ("Put on the negative list what people found to be so", DEDUCTION_BODY, DECIDERS),
    }
    return {"post": _opening(thing, *opens[thing.name])} if thing.name in opens else _begun(thing)


def _begun(thing: CaseThing | PlainThing) -> Part:
    """The act that begins a row of a thing, where there is one."""
    for act in ACTS:
        if act.thing == thing.name and not act.name and act.body is not None:
            return {"post": _opening(thing, act.summary, act.body, act.roles)}
    return {}


def _describe_standings(spec: APISpec) -> None:
    """An expert's statement, what a policy's draft would change, a list to sign; they hang below their things."""
    said = {
        "Statement": ("experts", READERS, "How the expert stands to every policy, clause by clause", []),
        "Impact": ("policies", OFFICERS, "What the newest draft would change, expert by expert", places()),
        "Work": ("hand-overs", GIVERS, "The list that is to be signed, with its seal", []),
    }
    for name, (thing, roles, summary, walks) in said.items():
        reading = {
            "tags": [thing],
            "operationId": f"{thing}_{name.lower()}",
            "summary": summary,
            "description": f"For: {', '.join(roles)}.",
            "parameters": [id_in_path(), *walks],
            "responses": {"200": answer_of(name), **refusals(*READING, 404, *([422] if walks else []))},
        }
        spec.path(f"/{thing}/{{id}}/{name.lower()}", operations={"get": reading})


def _describe_answers(spec: APISpec) -> None:
    """What is done with a row of a thing and is no step: answers to a deduction, a hand-over, and all other acts."""
    records, hand_overs = "negative-records", "hand-overs"
    said: list[tuple[str, str, Sequence[Role], str, Part | None, bool]] = [
        (records, "appeal", APPELLANTS, "Appeal against a deduction of one's own unit", APPEAL_BODY, False),
        (
            records,
            "decision",
            DECIDERS,
            "Uphold a deduction that was appealed against, or lift it",
            DECISION_BODY,
            False,
        ),
        (hand_overs, "sign", GIVERS, "Sign the list as it was read: the work is the taker's", SIGN_BODY, False),
        (hand_overs, "withdraw", GIVERS, "Call a hand-over off before it is signed", None, False),
    ]
    said += [(act.thing, act.name, act.roles, act.summary, act.body, act.ends) for act in ACTS if act.name]
    for thing, name, roles, summary, body, ends in said:
        answer: Part = (
            {"204": {"description": "Done; the row is no more."}} if ends else {"200": answer_of(THINGS[thing])}
        )
        asking: Part = {
            "tags": [thing],
            "operationId": f"{thing}_{name}",
            "summary": summary,
            "description": f"For: {', '.join(roles)}.",
            "parameters": [id_in_path(), key_header(None)],
            "responses": {**answer, **refusals(*CHANGING)},
        }
        if body is not None:
            asking["requestBody"] = body_of(body)
        spec.path(f"/{thing}/{{id}}/{name}", operations={"post": asking})


def _describe_marks(spec: APISpec) -> None:
    """What is done with many cases at once beside steps."""
    said: tuple[tuple[str, str, Part, str], ...] = (
        ("nudges", "Remind whoever has these cases", NUDGE_BODY, "Nudged"),
        ("tags", "Put a word on these cases", TAG_BODY, "Tagged"),
    )
    for name, summary, body, answer in said:
        asking = {
            "tags": [name],
            "operationId": f"open_{name}",
            "summary": summary,
            "description": f"For: {', '.join(OWNERS)}.",
            "parameters": [key_header(None)],
            "requestBody": body_of(body),
            "responses": {"200": answer_of(answer), **refusals(*CHANGING)},
        }
        spec.path(f"/{name}", operations={"post": asking})


def _step(thing: CaseThing, step: Step) -> Part:
    return {
        "tags": [thing.name],
        "operationId": f"{thing.name}_{step.name}",
        "summary": schemas.english(step.label),
        "description": f"For: {_roles(step)}.",
        "parameters": [id_in_path(), key_header(step)],
        "requestBody": body_of(schemas.step_body(step)),
        "responses": {"200": answer_of(thing.one), **refusals(*CHANGING)},
    }


def _set(thing: CaseThing, step: Step) -> Part:
    return {
        "tags": [thing.name],
        "operationId": f"{thing.name}_set_{step.name}",
        "summary": f"{schemas.english(step.label)}: a whole set, in one transaction",
        "description": f"For: {_roles(step)}. Absent rows and rows out of sight are held alike.",
        "parameters": [key_header(step)],
        "requestBody": body_of(schemas.set_body(step)),
        "responses": {"200": answer_of("Moved"), **refusals(*CHANGING)},
    }


def _opening(thing: CaseThing | PlainThing, summary: str, body: Part, roles: Sequence[Role] = ()) -> Part:
    made = answer_of(thing.one) | {"headers": {"Location": {"schema": schemas.TEXT, "required": True}}}
    return {
        "tags": [thing.name],
        "operationId": f"open_{thing.name}",
        "summary": summary,
        **({"description": f"For: {', '.join(roles)}."} if roles else {}),
        "parameters": [key_header(None)],
        "requestBody": body_of(body),
        "responses": {"201": made, **refusals(*CHANGING)},
    }


def _roles(step: Step) -> str:
    return ", ".join(role.value for role in step.by if role.value != "system")
