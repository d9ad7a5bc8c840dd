"""The ways out of a district are few, and each stands in a list (the session refuses the rest while it runs)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.reading import PRODUCT, floor, modules, name, tree

WORD = "whole_city"
ENGINE_ROOM = {"engine", "db"}
WHOLE_CITY = {
    "concierge/queries/dashboard_city.py",  # counts by district for a prefecture, without a row's content
    "concierge/queries/gauges.py",  # counts of waiting work for the operators, without a row's content
    "concierge/services/elsewhere.py",  # counts of what another district granted to the same blind index
    "concierge/services/grants.py",  # an account's duties, before a district is chosen
    "concierge/services/log_ins.py",
    "concierge/services/tokens.py",
}


def beyond_the_engine() -> Iterator[tuple[Path, ast.AST]]:
    """Every piece of syntax outside the engine and the database's own floor."""
    for path in modules(PRODUCT):
        if floor(path) not in ENGINE_ROOM:
            yield from ((path, node) for node in ast.walk(tree(path)))


def test_an_exists_names_its_district_or_the_entity_that_the_session_will_keep_here() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path, node in beyond_the_engine()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "where"
        and ast.unparse(node.func.value) == "exists()"
        and "district_id" not in ast.unparse(node)
    ]
    assert found == []


def test_no_relationship_reaches_over_the_district() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path, node in beyond_the_engine()
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("relationship", "any_", "backref")
    ]
    assert found == []


def test_the_whole_city_is_asked_for_in_few_places() -> None:
    asked = {name(path) for path, node in beyond_the_engine() if isinstance(node, ast.Constant) and node.value == WORD}
    assert asked == WHOLE_CITY
