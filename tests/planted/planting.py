"""Bugs that somebody could have written, each beside the gate that must close before it.

A gate that has never been seen to fail proves nothing. So the tree is copied, one bug is planted in the copy, and the
gate is asked; it must say no, and for the bug's own sake, not because the planted code cannot run.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.house.reading import ROOT

COMMANDS = {
    "ruff format": ("ruff", "format", "--check", "--quiet", "."),
    "ruff check": ("ruff", "check", "--quiet", "."),
    "mypy": ("mypy",),
    "lint-imports": ("lint-imports", "--no-logo"),
}
"""The gates of `make check` that are no tests."""
WHAT_IS_BUILT = (".git", ".venv", "var", "build", "dist", "__pycache__", ".*_cache", ".coverage*", ".hypothesis")
LEFT_OUT = ("randomly", "cacheprovider", "schemathesis", "cov")
TRIES = (
    "-m",
    "pytest",
    "-q",
    "-rfE",
    *(word for plugin in LEFT_OUT for word in ("-p", f"no:{plugin}")),
)
CANNOT_RUN = re.compile(r"^E +(SyntaxError|IndentationError|NameError|ImportError|ModuleNotFoundError)\b", re.M)


@dataclass(frozen=True)
class Bug:
    """A bug, where it goes, and its gate: a command of COMMANDS, or tests with blanks between them.

    `find` stands exactly once in the file, and `replace` takes its place. Without `find` the whole file is written
    anew, or is taken away when `replace` is None.
    """

    what: str
    gate: str
    file: str
    find: str = ""
    replace: str | None = ""

    def planted(self, text: str) -> str | None:
        """The file with the bug in it, None for no file at all. Raises ValueError when the bug no longer applies."""
        if not self.find:
            return self.replace
        if text.count(self.find) != 1:
            raise ValueError(f"{self.what}: the lines to replace stand {text.count(self.find)} times in {self.file}")
        return text.replace(self.find, self.replace or "")


@dataclass(frozen=True)
class Said:
    """What a gate said, and whether it is a plain no: a test failed, or a command found fault."""

    code: int
    text: str
    is_no: bool


class Field:
    """A copy of the tree in which bugs are planted and pulled out again."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def copied(cls, into: Path) -> "Field":
        """A fresh copy of this tree."""
        root = into / "tree"
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*WHAT_IS_BUILT))
        return cls(root)

    @contextmanager
    def with_bug(self, bug: Bug) -> Iterator[None]:
        """The copy with one bug in it, and as it was afterwards."""
        path = self.root / bug.file
        before = path.read_text(encoding="utf-8") if path.exists() else None
        after = bug.planted(before or "")
        try:
            _write(path, after)
            yield
        finally:
            _write(path, before)

    def asks(self, gates: Sequence[str]) -> Said:
        """What a command, or one run of the named tests, says of the copy as it stands."""
        if command := COMMANDS.get(gates[0]):
            run = self._run(str(Path(sys.executable).parent / command[0]), *command[1:])
            return Said(run.returncode, run.stdout, run.returncode == 1)
        tests = [test for gate in gates for test in gate.split()]
        run = self._run(sys.executable, *TRIES, "-k", _on_one_database(tests), *tests)
        return Said(run.returncode, run.stdout, run.returncode == 1 and CANNOT_RUN.search(run.stdout) is None)

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
        environ["PYTHONPATH"] = str(self.root)
        environ.pop("CONCIERGE_NIGHTLY", None)
        return subprocess.run(
            command, cwd=self.root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


def _on_one_database(tests: Sequence[str]) -> str:
    """What runs on both databases is asked on one: a bug need not be caught twice. What a gate names on PostgreSQL by
    itself is asked there."""
    return "postgresql" if all("[postgresql]" in test for test in tests) else "not postgresql"


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
