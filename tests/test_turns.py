"""By day nothing is left out altogether: of two tests that differ in their database one runs."""

from collections import Counter

import pytest

from tests.databases import KINDS
from tests.turns import database_of, has_its_turn

NAMES = [f"tests/services/test_care.py::test_{number}" for number in range(100)]


def test_of_two_tests_that_differ_in_their_database_one_has_its_turn() -> None:
    ids = {f"{name}[{kind}]" for name in NAMES for kind in KINDS}
    chosen = [each for each in ids if has_its_turn(each, ids)]
    assert sorted(each.partition("[")[0] for each in chosen) == sorted(NAMES)


def test_each_database_has_about_half_of_the_turns() -> None:
    ids = {f"{name}[{kind}-7]" for name in NAMES for kind in KINDS}
    turns = Counter(database_of(each) for each in ids if has_its_turn(each, ids))
    assert min(turns[kind] for kind in KINDS) > len(NAMES) // 3


@pytest.mark.parametrize("name", [NAMES[0], f"{NAMES[0]}[postgresql]", f"{NAMES[0]}[a-sqlite]"])
def test_a_test_without_a_twin_always_runs(name: str) -> None:
    assert has_its_turn(name, {name, *NAMES})
