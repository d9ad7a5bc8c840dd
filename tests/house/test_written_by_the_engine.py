"""Cases and their history are written by the engine alone: whoever else could would move a case without a step."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.reading import PRODUCT, floor, modules, name, tree

OF_THE_ENGINE = {"Case", "History"}
WRITES = {"update", "insert", "delete", "insert_into", "add_rows", "set_columns", "bulk_update_mappings"}
IN_WORDS = re.compile(r"\b(?:update|insert\s+into|delete\s+from)\s+(?:cases|history)\b", re.I)
TITLES = "concierge/services/erasure.py"
"""Whoever is erased is named no more in the titles of cases; what else may be wiped the table says (`erasable`)."""


def test_nobody_but_the_engine_writes_a_case_or_its_history() -> None:
    found = [
        f"{name(path)}:{line}"
        for path in modules(PRODUCT)
        if floor(path) not in {"engine", "db"} and name(path) != TITLES
        for line in written(tree(path))
    ]
    assert found == [], "a case moves by a step: services/steps.py, or engine/run.py for what a step entails"


def test_an_erasure_writes_nothing_of_a_case_but_its_title() -> None:
    path = PRODUCT.parent / TITLES
    chains = [ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    values = [re.search(r"\.values\((.*)\)$", chain) for chain in chains if chain.startswith("update(Case)")]
    assert [found[1] for found in values if found] == ["title_zh=NAMELESS, title_en=NAMELESS"]


@pytest.mark.parametrize(
    "line",
    [
        "session.execute(update(Case).where(Case.id == 1).values(state='paid'))",
        "session.execute(sqlalchemy.update(Case.__table__).values(holder_id=7))",
        "c = Case\nsession.execute(update(c).values(state='paid'))",
        "c, h = Case, History\nsession.execute(insert(h).values(step='pay'))",
        "from concierge.engine.tables import Case as Matter\nset_columns(session, Matter, ids, state='paid')",
        "rows = Case.__table__\nsession.execute(rows.update().values(state='paid'))",
        "session.execute(text('UPDATE cases SET state = 1'))",
    ],
)
def test_every_way_to_write_a_case_is_seen(line: str) -> None:
    assert list(written(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["select(Case.id)", "update(PaymentBatch).where(PaymentBatch.id == Case.id)", "delete(Comment)"]
)
def test_reading_a_case_is_free(line: str) -> None:
    assert list(written(ast.parse(line))) == []


def written(module: ast.Module) -> Iterator[int]:
    """The lines on which a case or a line of history is written."""
    named = OF_THE_ENGINE | set(_other_names(module))
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and IN_WORDS.search(node.value):
            yield node.lineno
        if isinstance(node, ast.Call) and _writes(node, named):
            yield node.lineno


def _writes(call: ast.Call, named: set[str]) -> bool:
    """Whether a call is `update(Case)`, or `Case.__table__.update()`."""
    called = ast.unparse(call.func).split(".")
    objects = {".".join(called[:-1]), *(ast.unparse(each) for each in call.args)}
    return called[-1] in WRITES and any(each.removesuffix(".__table__") in named for each in objects)


def _other_names(module: ast.Module) -> Iterator[str]:
    """What a file calls them besides: `c, h = Case, History`, `import Case as Matter`."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.asname and alias.name in OF_THE_ENGINE)
        elif isinstance(node, ast.Assign):
            for given, value in _pairs(node):
                if ast.unparse(value).removesuffix(".__table__") in OF_THE_ENGINE:
                    yield ast.unparse(given)


def _pairs(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts, strict=False)
        else:
            yield target, node.value
