"""The description is complete and true: generated requests find no failure and no answer it does not name."""

import json
import os
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from concierge.basics.ids import public_id
from concierge.blueprints.api.describe import description
from concierge.queries.things.kinds import CASES
from concierge.queries.things.plain import PLAIN
from concierge.rules.roles import Role
from tests.api.conftest import BASE, Api
from tests.office import EXPERT

TRUE_TO_IT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
NIGHTLY = bool(os.environ.get("CONCIERGE_NIGHTLY"))
EXAMPLES = 40 if NIGHTLY else 2
"""Requests of each sort, well formed and not, for an operation that is asked often."""
PARTS = 4
"""So many tests share the operations, each well within the time a test may take."""
OFTEN = 1 if NIGHTLY else 5
"""One operation in so many is asked often; by day all others are asked once, with a request that is well formed."""
THINGS = {thing.name: thing for thing in (*CASES, *PLAIN)}


def test_every_address_of_the_api_is_described_and_no_other(api: Api) -> None:
    served = set()
    for rule in api.app.url_map.iter_rules():
        if rule.rule.startswith(BASE) and rule.endpoint != "api.openapi":
            served |= {(rule.endpoint, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    adapter = api.app.url_map.bind("localhost")
    described = set()
    for path, item in description()["paths"].items():
        for method in item:
            endpoint, _values = adapter.match(BASE + path.replace("{id}", public_id(EXPERT)), method=method.upper())
            described.add((endpoint, method.upper()))
    assert described == served


def test_the_description_is_served_to_everybody(api: Api) -> None:
    told = api.nobody().get("/openapi.json")
    assert told.get_json() == json.loads(json.dumps(description()))
    assert told.get_json()["openapi"] == "3.1.0"


def test_every_operation_names_its_refusals() -> None:
    for path, item in description()["paths"].items():
        for method, operation in item.items():
            named = set(operation["responses"])
            assert named >= {"401", "403", "429"}, path
            assert ("404" in named) == ("{id}" in path or method == "post"), path


@dataclass(frozen=True)
class Asking:
    """What requests are made of: an office that lasts, some ids of each thing in it, and what the API describes."""

    api: Api
    there: dict[str, list[str]]
    operations: list[Any]


@pytest.fixture(scope="module")
def asking(lasting_api: Api) -> Asking:
    """The office with something of everything, and all operations of its description."""
    lasting_api.app.config["API_LIMIT"] = "1000000 per minute"
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", lasting_api.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    return Asking(lasting_api, _things_that_are_there(lasting_api), operations)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # at night twenty times as many requests
@pytest.mark.parametrize("part", range(PARTS))
def test_generated_requests_find_no_failure_and_no_answer_that_is_not_described(asking: Asking, part: int) -> None:
    assert len(asking.operations) > 200
    for nth, operation in enumerate(asking.operations):
        if nth % PARTS != part:
            continue
        token, known = asking.api.token(_role_of(operation).value), asking.there.get(operation.tags[0], [])
        often = nth // PARTS % OFTEN == 0
        _try(operation, GenerationMode.POSITIVE, token, known, EXAMPLES if often else 1)
        if often:
            _try(operation, GenerationMode.NEGATIVE, token, known, EXAMPLES)


def _try(operation: Any, mode: GenerationMode, token: str, ids: list[str], examples: int) -> None:
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # an operation that takes nothing cannot be misused
        if mode is GenerationMode.NEGATIVE:
            return
        raise error

    @seed(1)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, known=st.sampled_from([*ids, None]))
    def send(case: Any, known: str | None) -> None:
        if known is not None and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = known
        case.headers = dict(case.headers or {}) | {"Authorization": f"Bearer {token}"}
        answer = case.call()
        case.validate_response(answer, checks=TRUE_TO_IT)

    send()


def _role_of(operation: Any) -> Role:
    """Somebody for whom the operation is meant."""
    words = operation.definition.raw.get("description", "")
    if words.startswith("For: "):
        return Role(words.removeprefix("For: ").split(".")[0].split(", ")[0])
    if operation.method == "post":
        return Role.SPECIALIST
    return min(THINGS[operation.tags[0]].roles)


def _things_that_are_there(api: Api) -> dict[str, list[str]]:
    """Some ids of each thing, so that requests do not only meet what is absent."""
    api.paying.batch(100_00, 200_00)
    api.paying.pending(300_00, 400_00)
    api.as_(Role.SPECIALIST).post(
        "/care-requests", {"expert_id": public_id(EXPERT), "category": "housing", "text": "想租房"}
    )
    found = {}
    for name, thing in THINGS.items():
        for role in sorted(thing.roles):
            rows = api.as_(role).get(f"/{name}", limit=3).get_json()["items"]
            found.setdefault(name, []).extend(row["id"] for row in rows)
    return {name: sorted(set(ids))[:4] for name, ids in found.items()}
