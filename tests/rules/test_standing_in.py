"""Who stands in for whom: what a deputy covers, and that no chain comes back to where it began."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concierge.rules.roles import Role
from concierge.rules.standing_in import Away, Cover, comes_back


def away(person: str, first: int, last: int, *others: str) -> Away:
    return Away(person, date(2026, 11, first), date(2026, 11, last), others)


@pytest.mark.parametrize(
    ("known", "comes"),
    [
        ([], False),
        ([away("b", 1, 30, "a")], True),
        ([away("b", 21, 30, "a")], False),
        ([away("b", 1, 30, "c", "d"), away("d", 1, 30, "e", "a")], True),
        ([away("b", 1, 12, "c"), away("c", 13, 30, "a")], False),
        ([away("b", 1, 30, "c"), away("c", 1, 30, "b")], False),
    ],
    ids=["nobody", "at-once", "other-days", "by-the-fallback", "never-on-one-day", "a-circle-of-others"],
)
def test_a_chain_comes_back_only_if_it_does_so_on_one_and_the_same_day(known: list[Away], comes: bool) -> None:
    assert comes_back(away("a", 10, 20, "b"), known) is comes


@given(st.lists(st.tuples(st.sampled_from("bcd"), st.integers(1, 30), st.integers(0, 9), st.sampled_from("abcd"))))
def test_a_chain_comes_back_exactly_when_a_walk_on_some_day_does(drawn: list[tuple[str, int, int, str]]) -> None:
    known = [away(who, first, min(first + length, 30), other) for who, first, length, other in drawn]
    wished = away("a", 10, 20, "b")
    assert comes_back(wished, known) is any(_walks_back(day, known) for day in range(10, 21))


def _walks_back(day: int, known: list[Away]) -> bool:
    reached, seen = {"b"}, set[str]()
    while fresh := reached - seen:
        seen |= fresh
        today = [each for each in known if each.starts_on.day <= day <= each.ends_on.day]
        reached |= {other for each in today if each.person in fresh for other in each.others}
    return "a" in reached


@pytest.mark.parametrize("cover", list(Cover))
def test_no_scope_hands_over_what_somebody_has_as_an_expert(cover: Cover) -> None:
    assert not cover.roles & {Role.EXPERT, Role.SYSTEM}
