"""No process of a run is left alone with a long file: those begin first, and what may be spread comes last."""

from tests.house.reading import ROOT
from tests.order import LONGEST_FIRST, ONE_BY_ONE, share_of, turn_of

WALK = "tests/faults/test_money_machine.py::test_no_walk[7]"
GATES = "tests/planted/test_planted.py::test_without_a_bug_every_gate_is_open"
SHORT = "tests/rules/test_names.py::test_a_name[zh]"
BUG = "tests/planted/test_planted.py::test_a_planted_bug_is_caught[money::twice]"
PAGES = "tests/browser/test_every_page.py::test_every_page_of_the_menu_is_clean[hr-390-zh-light]"


def test_what_takes_longest_begins_first_and_what_may_be_spread_comes_last() -> None:
    assert sorted([BUG, SHORT, GATES, WALK, PAGES], key=turn_of) == [WALK, GATES, SHORT, BUG, PAGES]


def test_what_shares_nothing_goes_to_whoever_is_free_and_any_other_test_with_its_file() -> None:
    assert [share_of(name) for name in (BUG, PAGES, WALK)] == [BUG, PAGES, WALK]
    assert [share_of(name) for name in (GATES, SHORT)] == ["tests/planted/test_planted.py", "tests/rules/test_names.py"]


def test_what_the_order_names_is_there() -> None:
    named = {name.partition("::")[0] for name in (*LONGEST_FIRST, *ONE_BY_ONE)}
    assert {name for name in named if not (ROOT / name).exists()} == set()
