"""How the laws read the tree: its files, and Python as syntax rather than as text."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "concierge"


def modules(folder: Path = PRODUCT) -> list[Path]:
    """The Python files under a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    """A file as the messages name it: from the project's root."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def floor(path: Path) -> str:
    """The floor a product's file lies on: the first folder's or the module's own name."""
    return path.relative_to(PRODUCT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Every module or name that a file imports, dotted; relative imports resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, inner ones too."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many statements a function holds at any depth, its docstring and inner functions' bodies not counted."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return sum(_weight(node) for node in body)


def _weight(node: ast.AST) -> int:
    inner = [] if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else list(ast.iter_child_nodes(node))
    return isinstance(node, ast.stmt) + sum(_weight(child) for child in inner)
