"""The laws that hold in every file of the product."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.reading import PRODUCT, ROOT, floor, functions, imported, modules, name, statements, tree

LONGEST_FILE = 300
LONGEST_FUNCTION = 25
NAMELESS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "stuff", "shared"}
MONEY_WORDS = ("money", "amount", "payment", "budget", "ledger", "posting", "clawback", "claim", "batch", "entitle")
READS_THE_CLOCK = {"web", "jobs", "cli", "supervisor"}
CLOCK = {"concierge/basics/clock.py", "concierge/basics/ids.py"}  # an id is time-ordered, and nobody judges by it
PARTS_OF_A_DAY = {"date", "year", "month", "day", "weekday"}  # until eight in the morning, UTC is still at yesterday
NOT_FOR_BLUEPRINTS = ("concierge.models", "concierge.db", "concierge.engine.run")


def everything_written() -> list[Path]:
    """The files people read: Python of every folder, and the templates."""
    python = [path for folder in ("concierge", "tests", "benchmarks", ".ci") for path in modules(ROOT / folder)]
    return python + sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in everything_written()}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_does_too_much() -> None:
    found = [
        f"{name(path)}:{function.lineno} {function.name} {statements(function)}"
        for path in modules()
        for function in functions(path)
        if statements(function) > LONGEST_FUNCTION
    ]
    assert found == []


def test_no_module_is_named_for_a_kind_of_thing() -> None:
    found = [name(path) for path in modules() if NAMELESS & set(path.relative_to(PRODUCT).with_suffix("").parts)]
    assert found == []


def test_every_public_function_says_what_it_does() -> None:
    found = [
        f"{name(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in _public(tree(path))
        if ast.get_docstring(node) is None
    ]
    assert found == []


def test_only_the_engine_moves_a_state() -> None:
    found = [
        f"{name(path)}:{target.lineno}"
        for path in modules()
        if floor(path) != "engine"
        for target in _assigned(tree(path))
        if isinstance(target, ast.Attribute) and target.attr == "state"
    ]
    assert found == []


def test_money_is_never_a_float() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if any(word in path.stem for word in MONEY_WORDS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id == "float"
    ]
    assert found == []


def test_a_day_is_taken_from_an_instant_in_the_zone_of_the_district_alone() -> None:
    found = [
        f"{name(path)}:{node.lineno} {ast.unparse(node)}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in PARTS_OF_A_DAY and _is_an_instant(node.value)
    ]
    assert found == []


def test_the_clock_is_read_at_the_doors_alone() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if floor(path) not in READS_THE_CLOCK and name(path) not in CLOCK
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _reads_the_clock(node.func)
    ]
    assert found == []


def test_a_blueprint_knows_its_services_and_queries_and_no_other_room() -> None:
    rooms = PRODUCT / "blueprints"
    found = []
    for path in modules(rooms):
        own = path.relative_to(rooms).parts[0].removesuffix(".py")
        for module in imported(path):
            foreign = module.startswith("concierge.blueprints.") and module.split(".")[2] != own
            if foreign or any(module == base or module.startswith(f"{base}.") for base in NOT_FOR_BLUEPRINTS):
                found.append(f"{name(path)} imports {module}")
    assert found == []


def test_nothing_swallows_every_error_but_the_edge_of_a_process() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in modules()
        if floor(path) not in {"jobs", "worker", "cli", "app", "web"}
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) in _EVERYTHING)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("body", "count"), [("pass", 1), ("if a:\n  b\nelse:\n  c", 3), ("'words'\nreturn 1", 1), ("def g():\n  a\n  b", 1)]
)
def test_statements_are_counted_as_a_reader_would(body: str, count: int) -> None:
    inside = "\n".join(f"  {line}" for line in body.splitlines())
    function = ast.parse(f"def f():\n{inside}").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert statements(function) == count


_EVERYTHING = {"Exception", "BaseException"}
_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _public(module: ast.Module) -> Iterator[_Named]:
    """Public functions and classes of a module, and public methods of those classes."""
    for node in module.body:
        if isinstance(node, _Named) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef) and not _overrides(node):
                yield from (inner for inner in node.body if isinstance(inner, _Named) and _documented(inner))


def _overrides(node: ast.ClassDef) -> bool:
    """Whether a class's methods may be those of a base, which says what they do."""
    return any(ast.unparse(base).split("[")[0] != "Protocol" for base in node.bases)


def _documented(inner: _Named) -> bool:
    """Overloads and property setters say nothing new; names with an underscore are nobody else's matter."""
    decorators = [ast.unparse(each) for each in inner.decorator_list]
    repeated = any(each.endswith((".setter", "overload", ".expression", "override")) for each in decorators)
    return not inner.name.startswith("_") and not repeated


def _assigned(module: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            yield from node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            yield node.target


def _reads_the_clock(function: ast.expr) -> bool:
    calls = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns")
    return ast.unparse(function).replace("datetime.datetime.", "datetime.").replace("datetime.date.", "date.") in calls


def _is_an_instant(node: ast.expr) -> bool:
    called = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return called == "now" or called.endswith("_at")
