"""Requests that may be repeated: whose key it is, and what it stands for."""

import pytest

from concierge.basics.errors import Invalid
from concierge.db import transaction
from concierge.engine.actor import Actor
from concierge.services.repeats import LONGEST, recall, remember
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
