"""Every gate closes before its bug (`make nightly`), and every bug still has its place in the tree (`make test`)."""

import re

import pytest

from tests.house.reading import ROOT
from tests.planted import (
    answers,
    bank,
    campaign,
    claims,
    doors,
    flows,
    gate,
    habits,
    jobs,
    laws,
    leaks,
    ledger,
    money,
    recognition,
    vouchers,
)
from tests.planted.planting import COMMANDS, Bug, Field

ROOMS = (
    laws,
    habits,
    gate,
    flows,
    money,
    ledger,
    bank,
    jobs,
    doors,
    leaks,
    answers,
    recognition,
    campaign,
    claims,
    vouchers,
)
BUGS: tuple[Bug, ...] = tuple(bug for room in ROOMS for bug in room.BUGS)
LONG = 900  # seconds for one gate; a healthy one needs a few


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Field:
    """One copy of the tree for the whole run."""
    return Field.copied(tmp_path_factory.mktemp("planted"))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_every_bug_still_has_its_place(bug: Bug) -> None:
    path = ROOT / bug.file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    assert bug.planted(before) != before


def test_no_bug_is_told_twice() -> None:
    assert len({bug.what for bug in BUGS}) == len(BUGS)


def test_the_laws_are_kept_by_what_is_checked_before_every_landing() -> None:
    """`make check` runs the four commands and the fast folders; a law's gate must be among them."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.search(r"^FAST := (.*)$", makefile, re.M)
    assert named is not None
    fast = tuple(f"{folder}/" for folder in named[1].split())
    assert [bug.what for bug in laws.BUGS if bug.gate not in COMMANDS and not bug.gate.startswith(fast)] == []
    assert [gate for gate in COMMANDS if f"$(BIN)/{gate}" not in makefile] == []


@pytest.mark.nightly
@pytest.mark.timeout(4 * LONG)
def test_without_a_bug_every_gate_is_open(field: Field) -> None:
    tests = sorted({bug.gate for bug in BUGS} - set(COMMANDS))
    for gates in [*([command] for command in COMMANDS), tests]:
        said = field.asks(gates)
        assert said.code == 0, said.text


@pytest.mark.nightly
@pytest.mark.timeout(LONG)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_a_planted_bug_is_caught(field: Field, bug: Bug) -> None:
    with field.with_bug(bug):
        said = field.asks([bug.gate])
    assert said.is_no, f"{bug.gate} let it pass ({said.code}):\n{said.text[-3000:]}"
