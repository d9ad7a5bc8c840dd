"""Requests that may be repeated: whose key it is, and what it stands for."""

from collections.abc import Callable
from datetime import datetime

import pytest

from concierge.basics.errors import Invalid, Refusal
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.services.repeats import LONGEST, UNDER_WAY, once_in_steps, recall, remember
from tests.office import NOW, actor
from tests.paying import CHECKER, MAKER, Paying


def ask(paying: Paying, who: Actor, answer: str, act: str = "hold", key: str = "k") -> str:
    """Ask under a key: the first answer, or this one when it is the first time."""
    with paying.session() as session, transaction(session):
        known = recall(session, who, act, key, {})
        if known is None:
            remember(session, who, act, key, {}, {"said": answer}, NOW)
        return str((known or {"said": answer})["said"])


def test_a_key_belongs_to_whoever_used_it(paying: Paying) -> None:
    assert ask(paying, actor(MAKER), "the maker's") == "the maker's"
    assert ask(paying, actor(CHECKER), "the checker's") == "the checker's"
    assert ask(paying, actor(MAKER), "another") == "the maker's"
    assert ask(paying, actor(CHECKER), "another") == "the checker's"


def test_a_key_stands_for_one_kind_of_act(paying: Paying) -> None:
    assert ask(paying, actor(MAKER), "held") == "held"
    assert ask(paying, actor(MAKER), "released", act="release") == "released"
    assert ask(paying, actor(MAKER), "again") == "held"


def test_a_key_of_a_request_that_failed_is_free_again(paying: Paying) -> None:
    with paying.session() as session:
        session.begin()
        assert recall(session, actor(MAKER), "hold", "k", {}) is None
        session.rollback()
    assert ask(paying, actor(MAKER), "the second try") == "the second try"


@pytest.mark.parametrize("key", ["", "k" * (LONGEST + 1)])
def test_a_key_has_a_length(paying_here: Paying, key: str) -> None:
    with paying_here.session() as session, pytest.raises(Invalid, match="key_unusable"), transaction(session):
        recall(session, actor(MAKER), "hold", key, {})


def in_steps(paying: Paying, do: Callable[[], int], now: datetime = NOW) -> int:
    """Ask for an act with transactions of its own, under a key."""
    with paying.session() as session:
        return once_in_steps(session, actor(MAKER), now, "plans.", "k", {}, do)


def test_the_same_request_is_not_begun_while_the_first_one_is_under_way(paying: Paying) -> None:
    done: list[str] = []

    def second() -> int:
        done.append("the second")
        return 2

    def first() -> int:
        with pytest.raises(Refusal, match="under_way"):
            in_steps(paying, second)
        return 1

    assert in_steps(paying, first) == 1
    assert in_steps(paying, second) == 1
    assert not done


def test_a_request_whose_process_ended_is_begun_again_after_a_while(paying: Paying) -> None:
    def ends_unseen() -> int:
        with pytest.raises(Refusal, match="under_way"):
            in_steps(paying, lambda: 2, NOW + UNDER_WAY)
        return in_steps(paying, lambda: 3, NOW + 2 * UNDER_WAY)

    assert in_steps(paying, ends_unseen) == 3


def test_an_act_that_broke_gives_its_key_back_at_once(paying: Paying) -> None:
    def breaks() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_steps(paying, breaks)
    assert in_steps(paying, lambda: 4) == 4
